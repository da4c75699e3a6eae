import { isObject, type Value } from './json.ts';

const ISO = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
const LATEST_MS = 8.64e15;
const UNIT_MS = { ms: 1, s: 1000, us: 0.001 } as const;

export interface TimeRule {
  readonly path: string;
  readonly unit: keyof typeof UNIT_MS;
  /** It comes from around the value, where numbers are written in digits. */
  readonly isText: boolean;
}

/** Days from 1970-01-01 to a civil date, counted year by year and month by month. */
export const daysTo = (year: number, month: number, day: number): number => {
  const leap = (y: number): boolean => (y % 4 === 0 && y % 100 !== 0) || y % 400 === 0;
  let days = 0;
  for (let y = 1970; y < year; y++) days += leap(y) ? 366 : 365;
  for (let y = year; y < 1970; y++) days -= leap(y) ? 366 : 365;
  const lengths = [31, leap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  for (let m = 1; m < month; m++) days += lengths[m - 1];
  return day <= lengths[month - 1] ? days + day - 1 : Number.NaN;
};

/** RFC 3339 text to ms since 1970; NaN for anything else. */
export const parseIso = (text: string): number => {
  const found = ISO.exec(text);
  if (found === null) return Number.NaN;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number);
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return Number.NaN;
  const millis = Math.floor(Number(`0.${found[7] ?? 0}`) * 1000);
  const zone =
    found[8].toUpperCase() === 'Z' ? 0 : Number(`${found[8][0]}1`) * (Number(found[8].slice(1, 3)) * 60 + Number(found[8].slice(-2)));
  return (((daysTo(year, month, day) * 24 + hour) * 60 + minute - zone) * 60 + second) * 1000 + millis;
};

/** What a time field says, in ms since 1970; NaN when it does not say. */
export const instantOf = (value: Value | undefined, unit: keyof typeof UNIT_MS): number => {
  const ms = typeof value === 'number' ? Math.floor(value * UNIT_MS[unit]) : typeof value === 'string' ? parseIso(value) : Number.NaN;
  return ms >= 0 && ms <= LATEST_MS ? ms : Number.NaN;
};

/** What the time of a record says, in ms since 1970: NaN when it is no time, null when there is none. */
export const timeAt = (value: Value, { path, unit, isText }: TimeRule): number | null => {
  const told = valueAt(value, path) ?? null;
  if (told === null) return null;
  return instantOf(isText && typeof told === 'string' && /^\d{1,16}$/.test(told) ? Number(told) : told, unit);
};

/** The value at a dotted path, or under the path as a whole (what is derived stands there); undefined when there is none. */
export const valueAt = (value: Value | undefined, path: string): Value | undefined => {
  if (isObject(value) && Object.hasOwn(value, path)) return value[path];
  if (!path.includes('.')) return undefined;
  let at: Value | undefined = value;
  for (const part of path.split('.')) {
    if (!isObject(at) || !Object.hasOwn(at, part)) return undefined;
    at = at[part];
  }
  return at;
};

/** Text of a scalar, bytes as hex; null when there is none. */
export const textOf = (value: Value | undefined): string | null => {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
};
