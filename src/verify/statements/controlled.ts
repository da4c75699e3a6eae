import { isReleased, type Reason, reasonOf } from '../../model/verdict.ts';
import type { Classes } from '../classes.ts';
import type { ControlLog, Refusal } from '../control/index.ts';
import { type Decisions, placeOf } from '../decisions.ts';
import { NO_PSEUDONYM, type OutputTable } from '../outputs.ts';
import type { Projection } from '../projection.ts';
import type { Findings } from '../report.ts';
import type { ViewRule } from '../rules.ts';

/** Reasons that a gate gives for what it has counted. */
const COUNTED: readonly (Reason | undefined)[] = ['k', 'gateways', 'publishers', 'dataset', 'direct', 'contribution', 'combined-use'];

const REFUSALS: readonly (Reason | undefined)[] = ['shutdown', 'erased', 'minor', 'consent'];

/** What is wrong with a verdict by what control records say of people; null when nothing is. */
const againstPeople = (verdict: number, refusal: Refusal | null): string | null => {
  const reason = isReleased(verdict) ? undefined : reasonOf(verdict);
  if (REFUSALS.includes(reason)) {
    if (refusal === null) return `blocked as ${reason} though nobody said so`;
    return refusal === reason ? null : `blocked as ${reason}, but it is ${refusal}`;
  }
  if (refusal === null) return null;
  if (isReleased(verdict)) return `released although ${refusal}`;
  return COUNTED.includes(reason) ? `counted although ${refusal}` : null;
};

/** I14: what left, and what was counted, is of nobody who denied, was erased or is a minor; who was taken away is one of these. */
export const checkPeople = (
  verdict: number,
  projection: Projection,
  view: ViewRule,
  windowStart: number,
  { people }: ControlLog,
  where: string,
  findings: Findings,
): void => {
  if (people === null) return;
  const wrong = againstPeople(verdict, people.refusal(projection.named, view, windowStart));
  if (wrong !== null) findings.fail('I14', where, wrong);
};

/** I13, record by record: what is of a period by its event time leaves in no other window, and is counted in none. */
export const checkScope = (
  verdict: number,
  { eventMs }: Projection,
  view: ViewRule,
  windowStart: number,
  { periods }: ControlLog,
  where: string,
  findings: Findings,
): void => {
  const scope = periods.scopeOf(view, windowStart, eventMs);
  const reason = isReleased(verdict) ? undefined : reasonOf(verdict);
  if (reason === 'combined-use') {
    if (scope === 'outside' && !periods.ruleOf(view, windowStart).isSuspended)
      findings.fail('I13', where, 'blocked for combined use that nobody declared');
  } else if (scope === 'inside' && isReleased(verdict)) findings.fail('I13', where, 'of a period, left outside it');
  else if (scope === 'inside' && COUNTED.includes(reason)) findings.fail('I13', where, 'of a period, counted outside it');
};

/** I13, window by window: levels and pseudonyms in a period, and nothing of one that nobody has shown to be guarded. */
export const checkPeriods = (decisions: Decisions, { all }: Classes, findings: Findings): void => {
  const { view, output, outputs } = decisions;
  for (const { windowStart, level, released } of all) {
    const period = decisions.periodOf(windowStart);
    if (period.ids.length === 0) continue;
    const where = placeOf(view, windowStart, level);
    if (period.isSuspended) findings.fail('I13', where, 'left in a period that nobody had shown to be guarded');
    if (period.isCoarsestOnly && level !== view.path.length - 1)
      findings.fail('I13', where, 'finer than the coarsest level beside unindexed information');
    const shows = (row: number): boolean => output[row] >= 0 && outputs.pseudonyms.text(outputs.pseudonym[output[row]]) !== NO_PSEUDONYM;
    if (view.pseudonym && released.some(shows)) findings.fail('I13', where, 'pseudonym in a period');
  }
};

/**
 * I13, outputs: what a window in an active period released stands in the period's own output, where only its consumers read it, and
 * nothing else does.
 */
export const checkHomes = (view: ViewRule, { homes }: OutputTable, { periods }: ControlLog, findings: Findings): void => {
  for (const [windowEnd, found] of homes) {
    const windowStart = windowEnd - view.windowMs;
    const { output } = periods.ruleOf(view, windowStart);
    const where = `${view.name} window ${windowStart}`;
    for (const home of found) {
      if (home === output) continue;
      findings.fail(
        'I13',
        where,
        home === null ? 'of a period, and in the ordinary output' : 'in the output of a period that it does not leave to',
      );
    }
  }
};

const PERIOD_FILE = /^views[/\\](.+)\.period-([^.]+)(\.authorised)?\.(?:ndjson|avro)$/;

/** I13: files of periods that nobody announced for their view. */
export const checkPeriodFiles = (
  names: readonly string[],
  views: readonly ViewRule[],
  { periods }: ControlLog,
  findings: Findings,
): void => {
  for (const name of names) {
    const [, of, id, authorised] = PERIOD_FILE.exec(name) ?? [];
    if (of === undefined) continue;
    const view = views.find((one) => one.name === of);
    const period = view === undefined ? undefined : periods.of(view).find((one) => one.id === id);
    if (period === undefined) findings.fail('I13', 'views', 'output of a period that nobody announced');
    else if (authorised !== undefined && !period.hasBasis) findings.fail('I13', 'views', 'authorised output of a period without a basis');
  }
};
