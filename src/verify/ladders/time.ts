import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../model/time.ts';
import { daysTo } from '../times.ts';
import type { Ladder } from './index.ts';

const FUTURE_MS = 5 * MINUTE_MS;
const FIRST_MS = daysTo(1, 1, 1) * DAY_MS;
const END_MS = daysTo(10_000, 1, 1) * DAY_MS;

const two = (value: number): string => String(value).padStart(2, '0');

/** `2026-11-23`, by trying months and days from the year's first day. */
const dayText = (day: number): string => {
  let year = 1970 + Math.floor(day / 365.2425);
  while (daysTo(year + 1, 1, 1) <= day) year++;
  while (daysTo(year, 1, 1) > day) year--;
  let month = 12;
  while (daysTo(year, month, 1) > day) month--;
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day - daysTo(year, month, 1) + 1)}`;
};

/** `2026-W48` (ISO 8601): the week of a day is that of its Thursday, counted in the Thursday's year. */
const weekText = (day: number): string => {
  const thursday = Math.floor((day + 3) / 7) * 7;
  const year = dayText(thursday).slice(0, 4);
  return `${year}-W${two(Math.floor((thursday - daysTo(Number(year), 1, 1)) / 7) + 1)}`;
};

const TEXTS: Readonly<Record<string, (ms: number) => string>> = {
  hour: (ms) => `${dayText(Math.floor(ms / DAY_MS))}T${two(Math.floor(ms / HOUR_MS) - Math.floor(ms / DAY_MS) * 24)}Z`,
  '6h': (ms) => `${TEXTS['hour'](Math.floor(ms / (6 * HOUR_MS)) * 6 * HOUR_MS)}/PT6H`,
  day: (ms) => dayText(Math.floor(ms / DAY_MS)),
  week: (ms) => weekText(Math.floor(ms / DAY_MS)),
};

/** Event time in UTC; late events have no fine level, those from the future are refused. */
export const timeLadder = (levels: readonly string[]): Ladder => ({
  technique: 'time',
  levels,
  climb(_inputs, appendMs, eventMs) {
    if (eventMs - appendMs > FUTURE_MS) return 'future';
    const late = appendMs - eventMs;
    const allowed = late > 7 * DAY_MS ? ['week'] : late > DAY_MS ? ['day', 'week'] : ['hour', '6h', 'day', 'week'];
    const isKnown = eventMs >= FIRST_MS && eventMs < END_MS;
    return levels.map((level) => (isKnown && allowed.includes(level) ? TEXTS[level](eventMs) : null));
  },
});
