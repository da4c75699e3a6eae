import type { ControlLog } from '../control/index.ts';
import type { VerifyInputs } from '../inputs.ts';
import { type OutputTable, readOutputs } from '../outputs.ts';
import { createFindings, type Findings } from '../report.ts';
import type { ViewRule } from '../rules.ts';

const copiesIn = (table: OutputTable, kind: string): [string, number][] => {
  const { windowEnd, level, tuple, sensitive, pseudonym, count, tuples, sensitives, pseudonyms } = table;
  return count.map((copies, i): [string, number] => {
    const texts = [
      tuples.text(tuple[i]),
      sensitive[i] < 0 ? '' : sensitives.text(sensitive[i]),
      pseudonym[i] < 0 ? '' : pseudonyms.text(pseudonym[i]),
    ];
    return [JSON.stringify([kind, windowEnd[i], level[i], ...texts]), copies];
  });
};

const multisetOf = (table: OutputTable): Map<string, number> =>
  new Map([...copiesIn(table, ''), ...(table.authorised === null ? [] : copiesIn(table.authorised, 'authorised'))]);

/** I18: the outputs of a second run are the same multiset, view by view. */
export const compareRuns = async (
  views: readonly ViewRule[],
  tables: ReadonlyMap<string, OutputTable>,
  second: VerifyInputs['second'],
  control: ControlLog | null,
  findings: Findings,
): Promise<void> => {
  if (second == null) {
    findings.skip('I18', 'no second run was given');
    return;
  }
  for (const view of views) {
    const one = multisetOf(tables.get(view.name) as OutputTable);
    const of = control?.periods.of(view) ?? [];
    const periods = of.map((period) => ({ ...period, rows: second(view.name, period.id), authorised: second(view.name, period.id, true) }));
    const two = multisetOf(await readOutputs(view, second(view.name), null, createFindings(), { periods }));
    for (const record of new Set([...one.keys(), ...two.keys()])) {
      if (one.get(record) !== two.get(record)) findings.fail('I18', view.name, 'record that the other run does not have, or not as often');
    }
  }
};
