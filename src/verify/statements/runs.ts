import type { ControlLog } from '../control/index.ts';
import type { VerifyInputs } from '../inputs.ts';
import { isObject, parseJson, type Value } from '../json.ts';
import { type OutputTable, readOutputs } from '../outputs.ts';
import { createFindings, type Findings } from '../report.ts';
import type { Rules, ViewRule } from '../rules.ts';

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

/** Epochs by number in `ring.json` that it says are destroyed. */
const destroyedEpochs = (ring: Value): [number, { readonly [name: string]: Value }][] => {
  const epochs = isObject(ring) && isObject(ring['epochs']) ? ring['epochs'] : {};
  return Object.entries(epochs).flatMap(([name, epoch]) =>
    isObject(epoch) && epoch['state'] === 'destroyed' ? [[Number(name), epoch] as const] : [],
  ) as [number, { readonly [name: string]: Value }][];
};

/** I15: nothing that was released lies in a window of a destroyed epoch, and its keys are gone. */
export const checkDestroyed = (ring: string | null, rules: Rules, tables: ReadonlyMap<string, OutputTable>, findings: Findings): void => {
  const parsed = ring === null ? null : parseJson(ring);
  if (parsed === undefined) findings.fail('I15', 'key ring', 'key ring cannot be read');
  const destroyed = new Map(destroyedEpochs(parsed ?? null));
  for (const [epoch, left] of destroyed)
    if (Object.keys(left).length > 1) findings.fail('I15', `epoch ${epoch}`, 'key kept after its epoch was destroyed');
  if (destroyed.size === 0) {
    findings.skip('I15', 'no destroyed key epoch is known');
    return;
  }
  for (const view of rules.views) {
    const table = tables.get(view.name) as OutputTable;
    for (const end of table.windowEnd) {
      const start = end - view.windowMs;
      if (destroyed.has(Math.floor(start / rules.epochMs)))
        findings.fail('I15', `${view.name} window ${start}`, 'output under a destroyed key');
    }
  }
};
