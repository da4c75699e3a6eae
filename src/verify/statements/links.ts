import { AUTHORISED, isReleased } from '../../model/verdict.ts';
import type { ControlLog } from '../control/index.ts';
import type { Decisions } from '../decisions.ts';
import { mayBeRecalled, type OutputTable } from '../outputs.ts';
import type { Findings } from '../report.ts';
import type { Sources } from '../sources.ts';

interface Told {
  readonly sources: Sources;
  readonly findings: Findings;
  readonly control: ControlLog | null;
}

/** Where a row's output has to be: among those of classes, or among those of subjects who authorised a period. */
const targetOf = ({ outputs, output, authorised, verdict }: Decisions, row: number): readonly [OutputTable | null, number] =>
  verdict[row] === AUTHORISED ? [outputs.authorised, authorised[row]] : [outputs, output[row]];

/** I1: each verdict is of a record in order, and each release of an output. */
export const checkLinks = (decisions: Decisions, { sources, findings, control }: Told): void => {
  const { verdict, read, windowStart, view } = decisions;
  let [gone, recalled, unknown] = [0, 0, 0];
  for (let row = 0; row < decisions.count; row++) {
    const [table, entry] = targetOf(decisions, row);
    const isMissing = read[row] >= 0 && isReleased(verdict[row]) && entry < 0;
    if (table !== null && entry >= 0) table.linked[entry]++;
    else if (isMissing && table?.gone.has(decisions.periodOf(windowStart[row]).output ?? '')) {
      gone++;
      continue;
    } else if (
      isMissing &&
      table !== null &&
      mayBeRecalled(table, decisions.periodOf(windowStart[row]).output, windowStart[row] + view.windowMs)
    ) {
      recalled++;
      continue;
    }
    if (read[row] >= 0 && !isMissing) continue;
    const where = sources.name(decisions.source[row], decisions.offset[row]);
    if (read[row] >= 0 && control === null) unknown++;
    else if (read[row] < 0) findings.fail('I1', where, 'verdict for a record that is not in the source, or is malformed');
    else findings.fail('I1', where, 'released by lineage, but there is no such output');
  }
  if (unknown > 0) findings.skip('I1', `needs the control log: ${unknown} outputs may be those of periods`);
  if (gone > 0) findings.note('I13', `${gone} outputs of ${view.name} were in periods whose outputs are deleted`);
  if (recalled > 0) findings.note('I13', `${recalled} outputs of ${view.name} were recalled, or are said to be`);
};
