import type { TimeField } from '../model/plan.ts';
import { LATEST_MS, parseInstant } from '../model/time.ts';

const UNIT_MS: Readonly<Record<TimeField['unit'], number>> = { ms: 1, s: 1000, us: 0.001 };

/** Instant of a time field in ms since 1970, fractions cut; NaN when the value is no time. Text is RFC 3339. */
export const instantOf = (value: unknown, unit: TimeField['unit']): number => {
  const ms = typeof value === 'number' ? Math.floor(value * UNIT_MS[unit]) : typeof value === 'string' ? parseInstant(value) : Number.NaN;
  return ms >= 0 && ms <= LATEST_MS ? ms : Number.NaN;
};
