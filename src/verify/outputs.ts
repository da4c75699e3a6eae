import { createHash } from 'node:crypto';
import type { PeriodOutput } from '../model/output.ts';
import { outputBytes } from './avro.ts';
import { jsonName, schemaOf, typeOf } from './avro-schema.ts';
import type { Corpus } from './identifiers/corpus.ts';
import type { ViewRows } from './inputs.ts';
import { hasDuplicateKeys, isObject, parseJson } from './json.ts';
import type { Findings } from './report.ts';
import type { ViewRule } from './rules.ts';
import { createInterner, type Interner } from './sources.ts';

/** The released records of one view; equal records share an entry. Columns are indexed by entry. */
export interface OutputTable {
  /** Entry by digest (8 bytes as latin1); -1 when no such record was released. */
  find(digest: string): number;
  readonly windowEnd: number[];
  readonly level: number[];
  /** Numbers of `tuples`, `sensitives`, `pseudonyms`; -1 where the view has none. */
  readonly tuple: number[];
  readonly sensitive: number[];
  readonly pseudonym: number[];
  /** How often it was released, and how many lineage rows name it. */
  readonly count: number[];
  readonly linked: number[];
  /** Sum of its positions in the file, to test the order. */
  readonly position: number[];
  /** By window end, the outputs that hold its records: ids of periods, and null for the view's own. */
  readonly homes: Map<number, Set<string | null>>;
  /** Periods whose output is not there, and may be deleted. */
  readonly gone: Set<string>;
  /** When outputs were recalled last, ms, by id of the period; null: of the view's own. Those of windows that ended by then may be gone. */
  readonly recalledMs: Map<string | null, number>;
  /** Entries in the order of the file, by window end. */
  readonly sequences: Map<number, number[]>;
  readonly tuples: Interner;
  readonly sensitives: Interner;
  readonly pseudonyms: Interner;
  /** What left of subjects who authorised a period, over all periods of the view; texts have the same numbers. Null: nothing was read. */
  authorised: OutputTable | null;
  /** Records in all. */
  total: number;
}

const PSEUDONYM = /^[0-9a-f]{32}$/;
/** What stands in its place in a combined-use period. */
export const NO_PSEUDONYM = '*';

const digestOf = (windowEnd: number, level: number, texts: readonly string[]): string =>
  createHash('sha256')
    .update(outputBytes(windowEnd, level, texts))
    .digest()
    .toString('latin1', 0, 8);

/** One released record with exactly the view's fields in their order; null otherwise. */
const fieldsOf = (record: unknown, view: ViewRule): { windowEnd: number; level: number; texts: string[] } | null => {
  if (!isObject(record) || JSON.stringify(Object.keys(record)) !== JSON.stringify(view.fields)) return null;
  const [windowEnd, level, ...texts] = Object.values(record);
  const whole =
    typeof windowEnd === 'number' &&
    Number.isSafeInteger(windowEnd) &&
    typeof level === 'number' &&
    Number.isInteger(level) &&
    level >= 0 &&
    level < view.path.length;
  return whole && texts.every((text) => typeof text === 'string')
    ? { windowEnd: windowEnd as number, level: level as number, texts: texts as string[] }
    : null;
};

/** A property name that a programmer wrote. */
const WORD = /^[A-Za-z][A-Za-z-]{0,23}$/;

/** Every string of an arbitrary value goes into the search, and every key that is no plain word. */
export const addTexts = (corpus: Corpus, value: unknown, origin: string): void => {
  if (typeof value === 'string') corpus.text(value, origin);
  else if (typeof value === 'number') corpus.number(value, origin);
  else if (Array.isArray(value)) for (const item of value) addTexts(corpus, item, origin);
  else if (isObject(value)) {
    for (const [name, item] of Object.entries(value)) {
      if (!WORD.test(name)) corpus.text(name, origin);
      addTexts(corpus, item, origin);
    }
  }
};

const emptyTable = (beside: OutputTable | null): { table: OutputTable; index: Map<string, number> } => {
  const index = new Map<string, number>();
  const table: OutputTable = {
    find: (digest: string) => index.get(digest) ?? -1,
    windowEnd: [],
    level: [],
    tuple: [],
    sensitive: [],
    pseudonym: [],
    count: [],
    linked: [],
    position: [],
    homes: new Map<number, Set<string | null>>(),
    gone: new Set<string>(),
    recalledMs: new Map<string | null, number>(),
    sequences: new Map<number, number[]>(),
    tuples: beside?.tuples ?? createInterner(),
    sensitives: beside?.sensitives ?? createInterner(),
    pseudonyms: beside?.pseudonyms ?? createInterner(),
    authorised: null,
    total: 0,
  };
  return { table, index };
};

const addRecord = (
  table: OutputTable,
  index: Map<string, number>,
  view: ViewRule,
  record: { windowEnd: number; level: number; texts: string[] },
): void => {
  const { windowEnd, level, texts } = record;
  const digest = digestOf(windowEnd, level, texts);
  let entry = index.get(digest);
  if (entry === undefined) {
    const width = view.attributes.length;
    entry = table.count.length;
    index.set(digest, entry);
    table.windowEnd.push(windowEnd);
    table.level.push(level);
    table.tuple.push(table.tuples.of(JSON.stringify(texts.slice(0, width))));
    table.sensitive.push(view.sensitive === null ? -1 : table.sensitives.of(texts[width]));
    table.pseudonym.push(view.pseudonym ? table.pseudonyms.of(texts[texts.length - 1]) : -1);
    table.count.push(0);
    table.linked.push(0);
    table.position.push(0);
  }
  table.count[entry]++;
  table.position[entry] += table.total;
  const sequence = table.sequences.get(windowEnd) ?? [];
  sequence.push(entry);
  table.sequences.set(windowEnd, sequence);
};

const parseLine = (line: string): unknown => {
  const record = parseJson(line);
  return record === undefined || hasDuplicateKeys(line) ? undefined : record;
};

/** With the lineage key, I5 proves every value to be one of its ladder's. */
const addOutputTexts = (corpus: Corpus, view: ViewRule, texts: readonly string[], origin: string, isProven: boolean): void => {
  for (const [i, text] of texts.entries()) {
    if (view.pseudonym && i === texts.length - 1 && text !== NO_PSEUDONYM) corpus.random(text, `${origin} pseudonym`);
    else if (isProven) corpus.value(text, origin);
    else corpus.text(text, origin);
  }
};

/** The output of a combined-use period; `hasEnd`: it may be deleted. */
export interface PeriodRows {
  readonly id: string;
  readonly hasEnd: boolean;
  readonly rows: ViewRows | null;
  /** What left of subjects who authorised it. */
  readonly authorised: ViewRows | null;
}

/** How a view's outputs are read. */
export interface OutputOptions {
  /** I5 proves the values. */
  readonly isProven?: boolean;
  readonly isOurs?: (windowStartMs: number) => boolean;
  readonly periods?: readonly PeriodRows[];
}

/** A view's output of one kind, as it is read: ordinary and those of periods into one table, authorised ones into another. */
const createReading = (
  view: ViewRule,
  beside: OutputTable | null,
  corpus: Corpus | null,
  findings: Findings,
  { isProven = false, isOurs = () => true }: OutputOptions,
) => {
  const { table, index } = emptyTable(beside);
  const isAuthorised = beside !== null;
  const take = (record: unknown, period: string | null, origin: string): void => {
    const where = `${origin} record ${table.total}`;
    const fields = fieldsOf(record, view);
    table.total++;
    if (fields === null) {
      findings.fail('I5', where, 'fields other than those of the view, or in another order or type');
      if (corpus !== null) addTexts(corpus, record, origin);
      return;
    }
    const pseudonym = fields.texts[fields.texts.length - 1];
    if (view.pseudonym && !PSEUDONYM.test(pseudonym) && (isAuthorised || period === null || pseudonym !== NO_PSEUDONYM))
      findings.fail('I8', where, 'pseudonym is not 32 hex digits');
    const isHere = isOurs(fields.windowEnd - view.windowMs);
    if (corpus !== null) addOutputTexts(corpus, view, fields.texts, origin, isProven && isHere);
    // Another policy's, whose own check it is for.
    if (!isHere) return;
    addRecord(table, index, view, fields);
    table.homes.set(fields.windowEnd, (table.homes.get(fields.windowEnd) ?? new Set()).add(period));
  };
  const read = async (from: ViewRows, period: string | null): Promise<void> => {
    const origin = outputName(view, period === null ? null : { period, authorised: isAuthorised });
    if (from.kind === 'avro') {
      checkSchema(view, from.schema, origin, findings);
      for await (const record of from.records) take(record, period, origin);
    } else for await (const line of from.lines) take(parseLine(line), period, origin);
  };
  return { table, read };
};

/** A view as its authorised outputs show it: always with a pseudonym. */
export const authorisedForm = (view: ViewRule): ViewRule => ({
  ...view,
  pseudonym: true,
  fields: [...view.fields.filter((name) => name !== 'pseudonym'), 'pseudonym'],
});

/**
 * Reads a view's released records, checks their form (I5, I17), and adds their texts to the search; keeps those of windows that are
 * ours.
 */
export const readOutputs = async (
  view: ViewRule,
  rows: ViewRows | null,
  corpus: Corpus | null,
  findings: Findings,
  options: OutputOptions = {},
): Promise<OutputTable> => {
  const own = createReading(view, null, corpus, findings, options);
  const authorised = createReading(authorisedForm(view), own.table, corpus, findings, options);
  own.table.authorised = authorised.table;
  if (rows === null) findings.fail('I5', view.name, 'file of the view is missing');
  else await own.read(rows, null);
  for (const period of options.periods ?? []) {
    if (period.rows !== null) await own.read(period.rows, period.id);
    else if (period.hasEnd) own.table.gone.add(period.id);
    if (period.authorised !== null) await authorised.read(period.authorised, period.id);
    else if (period.hasEnd) authorised.table.gone.add(period.id);
  }
  return own.table;
};

/** How an output is called in findings: the view's own (null), or one of a period. */
export const outputName = ({ name }: ViewRule, output: PeriodOutput | null): string =>
  `views/${name}${output === null ? '' : `.period-${output.period}`}${output?.authorised ? '.authorised' : ''}`;

/** Whether records of an output that are of a window which ended at a time may have been recalled. */
export const mayBeRecalled = ({ recalledMs }: OutputTable, period: string | null, windowEndMs: number): boolean =>
  windowEndMs <= (recalledMs.get(period) ?? Number.NEGATIVE_INFINITY);

/** The output schema is closed: a record of exactly the view's fields, long, int and strings. Gives whether it is. */
export const checkSchema = (view: ViewRule, json: unknown, where: string, findings: Findings): boolean => {
  const wanted = view.fields.map((name, i) => `${name}:${i === 0 ? 'long' : i === 1 ? 'int' : 'string'}`).join();
  let found = '';
  try {
    const schema = schemaOf(json);
    const type = typeOf(schema, schema.root);
    if (type.kind === 'record') found = type.fields.map((field) => `${jsonName(field)}:${typeOf(schema, field.type).kind}`).join();
  } catch {
    found = '';
  }
  if (found !== wanted) findings.fail('I5', where, 'output schema is not exactly the fields of the view');
  return found === wanted;
};
