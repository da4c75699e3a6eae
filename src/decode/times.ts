import type { TimeField } from '../model/plan.ts';
import { parseInstant } from '../model/time.ts';

const UNIT_MS: Readonly<Record<TimeField['unit'], number>> = { ms: 1, s: 1000, us: 0.001 };

/** Latest instant that anything here may hold: 8.64e15 ms, the end of ECMAScript's time range. */
const LATEST_MS = 8.64e15;

/** Instant of a time field in ms since 1970, fractions cut; NaN when the value is no time. Text is RFC 3339. */
export const instantOf = (value: unknown, unit: TimeField['unit']): number => {
  const ms = typeof value === 'number' ? Math.floor(value * UNIT_MS[unit]) : typeof value === 'string' ? parseInstant(value) : Number.NaN;
  return ms >= 0 && ms <= LATEST_MS ? ms : Number.NaN;
};
