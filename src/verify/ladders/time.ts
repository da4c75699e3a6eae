import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../model/time.ts';
import type { Ladder } from './index.ts';

const LENGTHS: Readonly<Record<string, number>> = { hour: HOUR_MS, '6h': 6 * HOUR_MS, day: DAY_MS, week: 7 * DAY_MS };

export const timeLadder = (levels: readonly string[]): Ladder => ({
  technique: 'time',
  levels,
  climb(_inputs, appendMs, eventMs) {
    if (Number.isNaN(eventMs)) return levels.map(() => null);
    if (eventMs - appendMs > 5 * MINUTE_MS) return 'future';
    const age = appendMs - eventMs;
    const least = age > 7 * DAY_MS ? LENGTHS['week'] : age > DAY_MS ? DAY_MS : 0;
    return levels.map((level) => (LENGTHS[level] < least ? null : String(Math.floor(eventMs / LENGTHS[level]))));
  },
});
