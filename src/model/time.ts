export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** Start of the tumbling interval of `lengthMs`, aligned to 1970-01-01T00:00Z, that holds `atMs`. */
export const windowStart = (atMs: number, lengthMs: number): number => Math.floor(atMs / lengthMs) * lengthMs;
