import type { IdentifierKind } from '../../policy/canonical/index.ts';
import { isChance } from '../identifiers/chance.ts';
import type { TrueDataset } from '../inputs.ts';
import { authorisedForm, type OutputTable } from '../outputs.ts';
import type { Findings } from '../report.ts';
import type { Rules, ViewRule } from '../rules.ts';
import { createPersonReader, type Registered } from './persons.ts';
import { createReleasedValues, type Likeness, type ReleasedValues } from './released.ts';
import { rowsOf } from './rows.ts';
import { type DatasetRule, datasetRules } from './rules.ts';

/** A dataset of the policy with its persons. */
export interface TrueData {
  readonly rule: DatasetRule;
  readonly registered: Registered;
}

const SAID: Readonly<Record<Likeness, string>> = {
  value: 'registered value',
  encoded: 'registered value in another encoding',
  digest: 'unkeyed digest of a registered value',
  checksum: 'checksum of a registered value',
};

/** I12: looks each registered value of a row up in what left. Checksums are judged together, since some meet by chance. */
const createDirectCheck = ({ name, direct }: DatasetRule, released: ReleasedValues, findings: Findings) => {
  const met: { readonly where: string; readonly view: string }[] = [];
  let looked = 0;
  const fail = (where: string, how: Likeness, view: string): void => findings.fail('I12', where, `${SAID[how]} in views/${view}`);
  return {
    look(cells: (column: number) => string | null, row: number): void {
      const where = `${name} row ${row}`;
      for (const { kind, columns } of direct) {
        const texts = columns.map(cells);
        if (texts.includes(null)) continue;
        looked++;
        const found = released.find(kind, texts.join());
        if (found === null) continue;
        if (found.how === 'checksum') met.push({ where, view: found.view });
        else fail(where, found.how, found.view);
      }
    },
    finish(): void {
      const { words, looked: checksums } = released.checksums();
      const isByChance = met.length > 0 && isChance(met.length, words, checksums);
      if (!isByChance) for (const { where, view } of met) fail(where, 'checksum', view);
      const chance = isByChance ? `, ${met.length} checksums met by chance` : '';
      findings.note('I12', `${name}: ${looked} values looked for in ${released.values} that left${chance}`);
    },
  };
};

/** Rows of a thousand that must map; a dataset of which fewer do is not registered. */
const MAPPED_PERMILLE = 980;

/**
 * Reads the datasets that somebody gave, each once. What they hold that joins by itself is looked up in what left on the way (I12);
 * their persons are kept for I11.
 */
export const readTrueData = async (
  rules: Rules,
  given: readonly TrueDataset[],
  outputs: ReadonlyMap<string, OutputTable>,
  findings: Findings,
): Promise<TrueData[]> => {
  const all: TrueData[] = [];
  for (const rule of datasetRules(rules)) {
    const own = given.find(({ name }) => name === rule.name);
    if (own === undefined) continue;
    const tables = rule.guards.flatMap(({ view }): [ViewRule, OutputTable][] => {
      const table = outputs.get(view.name) as OutputTable;
      return [[view, table], ...(table.authorised === null ? [] : [[authorisedForm(view), table.authorised] as [ViewRule, OutputTable]])];
    });
    const kinds = new Set<IdentifierKind>(rule.direct.map(({ kind }) => kind));
    const direct = createDirectCheck(rule, createReleasedValues(tables, kinds, rules.vocabulary), findings);
    const persons = createPersonReader(rule);
    let row = 0;
    for await (const block of own.rows) {
      persons.add(block);
      if (rule.direct.length > 0) rowsOf(block, (cells) => direct.look(cells, ++row));
    }
    if (rule.direct.length > 0) direct.finish();
    const registered = persons.finish();
    if (registered.mapped * 1000 < registered.rows * MAPPED_PERMILLE || registered.rows === 0)
      findings.fail('I11', rule.name, 'fewer than 98 % of its rows map: such a dataset is not registered');
    all.push({ rule, registered });
  }
  return all;
};
