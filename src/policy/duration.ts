import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../model/time.ts';

const UNITS_MS = { ms: 1, s: SECOND_MS, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS, w: 7 * DAY_MS } as const;

/** `1h` to 3 600 000: a whole number and one of ms, s, m, h, d, w. NaN for anything else; the policy's shape lets nothing else through. */
export const parseDuration = (text: string): number => {
  const match = /^([1-9][0-9]*)(ms|s|m|h|d|w)$/.exec(text);
  if (match === null) return Number.NaN;
  const ms = Number(match[1]) * UNITS_MS[match[2] as keyof typeof UNITS_MS];
  return Number.isSafeInteger(ms) ? ms : Number.NaN;
};

/** The longest unit that says it exactly: 7 200 000 to `2h`. */
export const formatDuration = (ms: number): string => {
  for (const unit of ['d', 'h', 'm', 's'] as const) if (ms % UNITS_MS[unit] === 0) return `${ms / UNITS_MS[unit]}${unit}`;
  return `${ms}ms`;
};
