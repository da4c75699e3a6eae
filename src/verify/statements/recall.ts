import type { PeriodOutput } from '../../model/output.ts';
import type { ControlLog } from '../control/index.ts';
import { groupBy } from '../decisions.ts';
import type { RunOutputs } from '../inputs.ts';
import { type OutputTable, outputName } from '../outputs.ts';
import type { Findings } from '../report.ts';
import type { ViewRule } from '../rules.ts';

/** The table that has the records of an output. */
const tableOf = (table: OutputTable, output: PeriodOutput | null): OutputTable | null => (output?.authorised ? table.authorised : table);

/**
 * I13, recall: what was recalled from an output of a view, for a period or for an index of a dataset, is there no more. From then on nobody
 * can tell which records were deleted: those of windows that ended before may be missing.
 */
export const checkRecalls = async (
  view: ViewRule,
  table: OutputTable,
  outputs: RunOutputs,
  { recalls }: ControlLog,
  findings: Findings,
): Promise<void> => {
  for (const own of groupBy(recalls(view), ({ output }) => outputName(view, output))) {
    const [{ output }] = own;
    const period = output?.period ?? null;
    const of = tableOf(table, output);
    // Of a period that is over all is gone.
    if (of === null || (period !== null && of.gone.has(period))) continue;
    of.recalledMs.set(period, Math.max(...own.map(({ atMs }) => atMs)));
    // A file keeps everything: there, nothing can have been recalled.
    const starts = (await outputs.starts?.(view.name, output)) ?? new Map<number, number>();
    for (const { partition, before } of own)
      if ((starts.get(partition) ?? 0) < before)
        findings.fail('I13', `${outputName(view, output)} partition ${partition}`, 'was recalled, and can still be read');
  }
};
