import type { IdentifierKind } from '../../policy/canonical/index.ts';
import type { ControlLog } from '../control/index.ts';
import { isChance } from '../identifiers/chance.ts';
import type { TrueDataset, VerifyInputs } from '../inputs.ts';
import { authorisedForm, type OutputTable } from '../outputs.ts';
import type { Findings } from '../report.ts';
import type { Rules, ViewRule } from '../rules.ts';
import { createInForce, type InForce, type InForceRule } from './in-force.ts';
import { createPersonReader, type Registered } from './persons.ts';
import { createReleasedValues, type Likeness, type ReleasedValues } from './released.ts';
import { rowsOf } from './rows.ts';
import { type DatasetRule, datasetRules } from './rules.ts';

/** A dataset of the policy with its persons. */
export interface TrueData {
  readonly rule: DatasetRule;
  readonly registered: Registered;
  /** Whether windows that end at a time were decided by it. */
  readonly covers: (windowEndMs: number) => boolean;
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

/** What was given of a dataset, and for which windows it counts. */
interface Part {
  readonly given: TrueDataset;
  readonly covers: (windowEndMs: number) => boolean;
}

const partsOf = (name: string, given: readonly TrueDataset[], inForce: InForceRule | null): Part[] => {
  const last = inForce?.last(name) ?? null;
  return given.flatMap((one): Part[] => {
    if (one.name !== name) return [];
    const isOf = ({ digest }: InForce): boolean =>
      one.digest === undefined ? digest === last?.digest : digest !== '' && digest.startsWith(one.digest);
    return [
      {
        given: one,
        covers(windowEndMs) {
          const index = inForce?.of(name, windowEndMs) ?? null;
          return index !== null && isOf(index);
        },
      },
    ];
  });
};

/**
 * Windows in which anything left: what was in force has to be fresh, which needs nobody's data; and if the data that it was made of
 * were not given, the statements do not hold.
 */
const checkInForce = (
  { name }: DatasetRule,
  tables: readonly (readonly [ViewRule, OutputTable])[],
  parts: readonly Part[],
  inForce: InForceRule,
  findings: Findings,
): void => {
  for (const [view, { windowEnd }] of tables)
    for (const endMs of new Set(windowEnd)) {
      const where = `${view.name} window ${endMs - view.windowMs}`;
      const index = inForce.of(name, endMs);
      if (index === null) findings.fail('I11', where, `released though no index of ${name} was in force`);
      else if (endMs > index.lostMs) findings.fail('I11', where, `released though the index of ${name} was given up`);
      else if (endMs > index.untilMs) findings.fail('I11', where, `released though the index of ${name} was too old`);
      else if (!parts.some(({ covers }) => covers(endMs)))
        for (const id of ['I11', 'I12'] as const) findings.skip(id, lacking(name, index.digest));
    }
};

const SHOWN_DIGITS = 12;
const lacking = (name: string, digest: string): string =>
  `needs the true data of ${name}: --dataset ${name}${digest === '' ? '' : `@${digest.slice(0, SHOWN_DIGITS)}`}=FILE`;

/** What belongs to the windows that a part covers. */
const coveredBy = (table: OutputTable, covers: Part['covers']): OutputTable => {
  const entries = table.windowEnd.flatMap((windowEnd, entry) => (covers(windowEnd) ? [entry] : []));
  const of = (column: readonly number[]): number[] => entries.map((entry) => column[entry]);
  return { ...table, tuple: of(table.tuple), sensitive: of(table.sensitive), pseudonym: of(table.pseudonym) };
};

const readPart = async (
  rules: Rules,
  rule: DatasetRule,
  { given, covers }: Part,
  tables: readonly (readonly [ViewRule, OutputTable])[],
  findings: Findings,
): Promise<TrueData> => {
  const kinds = new Set<IdentifierKind>(rule.direct.map(({ kind }) => kind));
  const covered = tables.map(([view, table]): [ViewRule, OutputTable] => [view, coveredBy(table, covers)]);
  const direct = createDirectCheck(rule, createReleasedValues(covered, kinds, rules.vocabulary), findings);
  const persons = createPersonReader(rule);
  let row = 0;
  for await (const block of given.rows) {
    persons.add(block);
    if (rule.direct.length > 0) rowsOf(block, (cells) => direct.look(cells, ++row));
  }
  if (rule.direct.length > 0) direct.finish();
  const registered = persons.finish();
  if (registered.mapped * 1000 < registered.rows * MAPPED_PERMILLE || registered.rows === 0)
    findings.fail('I11', rule.name, 'fewer than 98 % of its rows map: such a dataset is not registered');
  return { rule, registered, covers };
};

/**
 * Reads the datasets that somebody gave, each once. What they hold that joins by itself is looked up in what left on the way (I12);
 * their persons are kept for I11. Each counts for the windows that were decided by it; `control` is null where nobody gave the log.
 */
export const readTrueData = async (
  rules: Rules,
  { datasets = [], bases }: Pick<VerifyInputs, 'datasets' | 'bases'>,
  outputs: ReadonlyMap<string, OutputTable>,
  control: ControlLog | null,
  findings: Findings,
): Promise<TrueData[]> => {
  const inForce = control === null ? null : createInForce(rules, control, bases);
  const all: TrueData[] = [];
  for (const rule of datasetRules(rules)) {
    const tables = rule.guards.flatMap(({ view }): [ViewRule, OutputTable][] => {
      const table = outputs.get(view.name) as OutputTable;
      return [[view, table], ...(table.authorised === null ? [] : [[authorisedForm(view), table.authorised] as [ViewRule, OutputTable]])];
    });
    const parts = partsOf(rule.name, datasets, inForce);
    if (inForce !== null) checkInForce(rule, tables, parts, inForce, findings);
    for (const part of parts) all.push(await readPart(rules, rule, part, tables, findings));
  }
  return all;
};
