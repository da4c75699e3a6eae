import { type Ladder, REFUSED } from '../../model/ladder.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../model/time.ts';
import { dayText, weekOfDay, weekText } from './calendar.ts';
import { type Compiled, checkLevels, type LadderContext, type Spec } from './context.ts';

const LEVELS = ['hour', '6h', 'day', 'week'];

const FUTURE_MS = 5 * MINUTE_MS;
const SIX_HOURS_MS = 6 * HOUR_MS;

/** Years 0001 to 9999, what ISO 8601 writes with four digits; their hours fit a code. */
const FIRST_MS = -62_135_596_800_000;
const LAST_MS = 253_402_300_799_999;

const BUCKETS: Readonly<Record<string, (ms: number) => number>> = {
  hour: (ms) => Math.floor(ms / HOUR_MS),
  '6h': (ms) => Math.floor(ms / SIX_HOURS_MS),
  day: (ms) => Math.floor(ms / DAY_MS),
  week: (ms) => weekOfDay(Math.floor(ms / DAY_MS)),
};

const hourText = (hours: number): string =>
  `${dayText(Math.floor(hours / 24))}T${String(hours - Math.floor(hours / 24) * 24).padStart(2, '0')}Z`;

const TEXTS: Readonly<Record<string, (bucket: number) => string>> = {
  hour: hourText,
  '6h': (bucket) => `${hourText(bucket * 6)}/PT6H`,
  day: dayText,
  week: weekText,
};

/**
 * The event's time in UTC: `2026-11-23T18Z`, `2026-11-23T18Z/PT6H`, `2026-11-23`, `2026-W48`. An event that is late
 * against its append time is rare at fine levels and starts coarser: over 24 h at day, over 7 d at week. One from more
 * than 5 minutes in the future is refused. It reads the event time of the rows; its input is declared for form.
 */
export const compileTime = (spec: Spec<'time'>, context: LadderContext): Compiled =>
  checkLevels(context, spec.time, LEVELS) ?? timeLadder(spec.time);

const timeLadder = (levels: readonly string[]): Ladder => {
  const width = levels.length;
  const buckets = levels.map((level) => BUCKETS[level]);
  const from = (coarsestAllowed: readonly string[]): number => {
    const level = levels.findIndex((name) => coarsestAllowed.includes(name));
    return level < 0 ? width : level;
  };
  const firstAfterDay = from(['day', 'week']);
  const firstAfterWeek = from(['week']);
  const firstOf = (eventMs: number, appendMs: number): number => {
    if (!Number.isFinite(eventMs) || !Number.isFinite(appendMs)) return width;
    if (eventMs - appendMs > FUTURE_MS) return REFUSED;
    if (eventMs < FIRST_MS || eventMs > LAST_MS) return width;
    const lateMs = appendMs - eventMs;
    return lateMs > 7 * DAY_MS ? firstAfterWeek : lateMs > DAY_MS ? firstAfterDay : 0;
  };
  return {
    name: '',
    technique: 'time',
    levels,
    inputs: [{ axis: '', kind: 'number' }],
    apply(_inputs, rows, codes, first) {
      for (let row = 0; row < rows.count; row++) {
        const least = firstOf(rows.eventMs[row], rows.appendMs[row]);
        first[row] = least;
        for (let level = 0; level < width; level++) codes[row * width + level] = level < least ? 0 : buckets[level](rows.eventMs[row]);
      }
    },
    text: (level, code) => TEXTS[levels[level]](code),
  };
};
