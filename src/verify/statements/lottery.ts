import { DAY_MS } from '../../model/time.ts';
import { isReleased, REASONS, type Reason, reasonOf } from '../../model/verdict.ts';
import { distinct } from '../classes.ts';
import { isBound } from '../control/index.ts';
import { type Decisions, groupBy, placeOf } from '../decisions.ts';
import type { Findings } from '../report.ts';
import type { ViewRule } from '../rules.ts';

const DRAWN_HOURS = 4;
const DAY_HOURS = 24;

/** A correct lottery stays inside this many standard deviations in all but one of a million runs or more. */
const SHARE_BOUND = 6;

const AFTER: readonly (Reason | undefined)[] = ['k', 'contribution', 'gateways', 'publishers', 'dataset', 'direct', 'combined-use'];
const AFTER_UNBOUND: readonly (Reason | undefined)[] = [...AFTER, 'duplicate', 'folded', 'shutdown', 'erased', 'minor', 'consent'];

/**
 * What has come past the lottery. It is drawn before repetitions are folded and people are taken away, but after both where only
 * bindings tell the household.
 */
const isPast = (view: ViewRule, verdict: number): boolean =>
  isReleased(verdict) || (isBound(view) ? AFTER : AFTER_UNBOUND).includes(reasonOf(verdict));

/** Hours of one subject's event day in one key epoch: those past the lottery, and those that it did not draw. */
const hoursOf = (
  { view, hour, verdict }: Decisions,
  rows: readonly number[],
): { readonly open: ReadonlySet<number>; readonly lost: ReadonlySet<number> } => ({
  open: new Set(rows.filter((row) => isPast(view, verdict[row])).map((row) => hour[row])),
  lost: new Set(rows.filter((row) => verdict[row] === REASONS.lottery.code).map((row) => hour[row])),
});

/**
 * I9, places. Over all that was released, a subject shows in at most four hours of an event day. Inside one key epoch at most
 * four hours of it are drawn, none both drawn and not, and of a day that began under other keys none at all; and of all hours that occur about a sixth are drawn, no more and
 * no fewer: a gate without a lottery shows in that even when nobody was seen in five hours.
 */
export const checkLottery = (decisions: Decisions, epochOf: (atMs: number) => number, findings: Findings): void => {
  const { view, subject, hour, verdict, windowStart, start, read } = decisions;
  if (!view.location) return;
  const rows: number[] = [];
  for (let row = 0; row < decisions.count; row++)
    if (read[row] >= 0 && subject[row] >= 0 && start[row] >= 0 && hour[row] >= 0) rows.push(row);
  let [drawn, all] = [0, 0];
  for (const group of groupBy(rows, (row) => `${subject[row]} ${Math.floor(hour[row] / DAY_HOURS)}`)) {
    const where = placeOf(view, windowStart[group[0]], 0);
    const shown = group.filter((row) => isReleased(verdict[row])).map((row) => hour[row]);
    if (distinct(shown) > DRAWN_HOURS) findings.fail('I9', where, 'a subject shows in more than four hours of a day');
    for (const epoch of groupBy(group, (row) => epochOf(windowStart[row]))) {
      const { open, lost } = hoursOf(decisions, epoch);
      if (epochOf(Math.floor(hour[epoch[0]] / DAY_HOURS) * DAY_MS) !== epochOf(windowStart[epoch[0]])) {
        if (open.size > 0) findings.fail('I9', where, 'an hour is drawn under other keys than those of its day');
        continue;
      }
      if (open.size > DRAWN_HOURS) findings.fail('I9', where, 'the lottery drew more than four hours');
      if (lost.size > DAY_HOURS - DRAWN_HOURS) findings.fail('I9', where, 'the lottery drew fewer than four hours');
      if ([...open].some((at) => lost.has(at))) findings.fail('I9', where, 'an hour is both drawn and not drawn');
      drawn += open.size;
      all += open.size + lost.size;
    }
  }
  const share = DRAWN_HOURS / DAY_HOURS;
  const deviation = Math.abs(drawn - all * share) / Math.sqrt(Math.max(1, all * share * (1 - share)));
  if (deviation > SHARE_BOUND) findings.fail('I9', view.name, 'the lottery did not draw a sixth of the hours');
};
