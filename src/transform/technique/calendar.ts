/** Text of calendar days and ISO weeks, without a clock or a locale. Days are counted from 1970-01-01. */

interface Civil {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** Civil date of a day (Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days). */
const civilOf = (days: number): Civil => {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  };
};

const digits = (value: number, width: number): string => String(value).padStart(width, '0');

/** `2026-11-23` */
export const dayText = (days: number): string => {
  const { year, month, day } = civilOf(days);
  return `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}`;
};

const DAYS_BEFORE = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

/** Weeks since the Monday-to-Sunday week that holds 1970-01-01, a Thursday. */
export const weekOfDay = (days: number): number => Math.floor((days + 3) / 7);

/** `2026-W48` (ISO 8601): a week belongs to the year that holds its Thursday. */
export const weekText = (week: number): string => {
  const { year, month, day } = civilOf(week * 7);
  const dayOfYear = DAYS_BEFORE[month - 1] + (month > 2 && isLeap(year) ? 1 : 0) + day - 1;
  return `${digits(year, 4)}-W${digits(Math.floor(dayOfYear / 7) + 1, 2)}`;
};
