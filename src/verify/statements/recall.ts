import type { ControlLog } from '../control/index.ts';
import type { RunOutputs } from '../inputs.ts';
import type { OutputTable } from '../outputs.ts';
import type { Findings } from '../report.ts';
import type { ViewRule } from '../rules.ts';

/**
 * I13, recall: what was recalled from the ordinary output of a view is there no more. From then on nobody can tell which records were
 * deleted: those of windows that ended before may be missing.
 */
export const checkRecalls = async (
  view: ViewRule,
  table: OutputTable,
  outputs: RunOutputs,
  { periods }: ControlLog,
  findings: Findings,
): Promise<void> => {
  const recalls = periods.recallsOf(view);
  if (recalls.length === 0) return;
  table.recalledMs = Math.max(...recalls.map(({ atMs }) => atMs));
  // A file keeps everything: there, nothing can have been recalled.
  const starts = (await outputs.starts?.(view.name)) ?? new Map<number, number>();
  for (const { partition, before } of recalls)
    if ((starts.get(partition) ?? 0) < before)
      findings.fail('I13', `views/${view.name} partition ${partition}`, 'was recalled, and can still be read');
};
