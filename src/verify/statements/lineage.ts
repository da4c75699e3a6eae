import { isReleased } from '../../model/verdict.ts';
import type { ControlLog } from '../control/index.ts';
import type { Decisions } from '../decisions.ts';
import type { LineageRow } from '../lineage.ts';
import { mayBeRecalled, type OutputTable } from '../outputs.ts';
import type { Reigns } from '../reigns.ts';
import type { Findings } from '../report.ts';
import type { ViewRule } from '../rules.ts';

/** Windows by view, with the period each is of, whose lineage nobody can open any more. */
export type Lost = ReadonlyMap<string, ReadonlyMap<number, string>>;

/**
 * Every output is named by as many lineage rows, of whichever task, as there are copies of it. A window that tasks decided by
 * several policies has outputs of others, too; of one whose lineage is gone nobody can tell, and what was recalled may be missing.
 */
export const checkOutputs = (
  view: ViewRule,
  outputs: OutputTable,
  tasks: readonly { readonly reigns: Reigns }[],
  isLost: (windowStart: number) => boolean,
  control: ControlLog | null,
  findings: Findings,
): void => {
  let mixed = 0;
  outputs.count.forEach((count, entry) => {
    const windowStart = outputs.windowEnd[entry] - view.windowMs;
    const period = control?.periods.ruleOf(view, windowStart).output ?? null;
    const isRecalled = count < outputs.linked[entry] && mayBeRecalled(outputs, period, outputs.windowEnd[entry]);
    if (isLost(windowStart) || isRecalled) return;
    const isMixed = !tasks.every(({ reigns }) => reigns.isOurs(windowStart));
    if (isMixed && count > outputs.linked[entry]) mixed++;
    else if (count !== outputs.linked[entry])
      findings.fail(
        'I1',
        `views/${view.name}`,
        count > outputs.linked[entry] ? 'output without a lineage entry' : 'more lineage entries than outputs',
      );
  });
  if (mixed > 0)
    findings.note('I1', `${mixed} outputs of ${view.name} are of windows in which tasks had several policies: lineage may be another's`);
};

/** I13: what a period releases can be led back only with the key of the period. What was final before anybody knew of it may lie elsewhere. */
export const checkSealedTo = (
  { periodOf }: Decisions,
  windowStart: number,
  { verdict }: LineageRow,
  period: string | null,
  where: string,
  findings: Findings,
): void => {
  const { lineage } = periodOf(windowStart);
  if (period !== null && period !== lineage) findings.fail('I13', where, 'lineage sealed to a period that the window is not of');
  else if (period === null && lineage !== null && isReleased(verdict))
    findings.fail('I13', where, 'lineage of a period that can be opened when the period is over');
};

/**
 * I13: lineage is gone only of windows of the period to whose key it was sealed. Returns how many windows of the view nobody can tell of
 * any more.
 */
export const checkPeriodLineage = (
  view: ViewRule,
  tasks: readonly { readonly lost: Lost }[],
  control: ControlLog | null,
  findings: Findings,
): number => {
  const windows = new Map(tasks.flatMap(({ lost }) => [...(lost.get(view.name) ?? [])]));
  for (const [windowStart, period] of windows)
    if (control !== null && control.periods.ruleOf(view, windowStart).lineage !== period)
      findings.fail('I13', `${view.name} window ${windowStart}`, 'lineage sealed to a period that the window is not of');
  if (windows.size > 0 && control === null) findings.skip('I1', `needs the control log: lineage of ${windows.size} windows is of periods`);
  if (windows.size > 0) findings.note('I13', `lineage of ${windows.size} windows of ${view.name} is of periods whose keys are not here`);
  return windows.size;
};
