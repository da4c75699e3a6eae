import type { KeyObject } from 'node:crypto';
import { isReleased, reasonOf } from '../model/verdict.ts';
import type { Corpus } from './identifiers/corpus.ts';
import type { Rows } from './inputs.ts';
import { parseJson, type Value } from './json.ts';
import { addTexts } from './outputs.ts';
import type { Findings } from './report.ts';
import { clearPart, createOpener, createReader } from './seal.ts';
import type { Sources } from './sources.ts';

/** One (record, view) of lineage. `digest` is 8 bytes as latin1 text, '' when blocked. */
export interface LineageRow {
  readonly source: number;
  readonly offset: number;
  readonly verdict: number;
  readonly digest: string;
}

interface Clear {
  readonly v: unknown;
  readonly view: unknown;
  readonly windowStart: unknown;
  readonly chunk: unknown;
  readonly period?: unknown;
}

/** Rows must be sorted by (source, offset), which also means that a chunk names no record twice. */
const readRows = (plain: Buffer, sources: Sources): { rows: LineageRow[]; sorted: boolean } => {
  const reader = createReader(plain);
  if (reader.take(1)[0] !== 1) throw new RangeError('unknown version');
  const local: number[] = [];
  for (let left = reader.varint(); left > 0; left--) {
    const topic = reader.text();
    local.push(sources.of(topic, reader.varint()));
  }
  const rows: LineageRow[] = [];
  let sorted = true;
  let before = [-1, -1];
  for (let left = reader.varint(); left > 0; left--) {
    const place = [reader.varint(), reader.varint()];
    sorted &&= place[0] > before[0] || (place[0] === before[0] && place[1] > before[1]);
    before = place;
    const source = local[place[0]];
    const offset = place[1];
    const verdict = reader.take(1)[0];
    const digest = isReleased(verdict) ? Buffer.from(reader.take(8)).toString('latin1') : '';
    if (source === undefined) throw new RangeError('unknown source');
    rows.push({ source, offset, verdict, digest });
  }
  if (!reader.done()) throw new RangeError('bytes left over');
  return { rows, sorted };
};

const NAMES = ['v', 'view', 'windowStart', 'chunk'];

/** The clear part names its task when there are several, the period to whose key it is sealed, and nothing else besides. */
const isOfTask = (clear: Clear, task: number | null): boolean =>
  JSON.stringify(Object.keys(clear)) ===
    JSON.stringify([...NAMES, ...(task === null ? [] : ['task']), ...(clear.period === undefined ? [] : ['period'])]) &&
  (task === null || Reflect.get(clear, 'task') === task);

/** Private keys of lineage: the auditor's, and those of combined-use periods that are left. */
export interface LineageKeys {
  readonly own: KeyObject | null;
  readonly periods: ReadonlyMap<string, KeyObject>;
}

/** Windows by view, and the period each is of, of which lineage is sealed to a period whose key is gone: nobody can tell any more what became of their records. */
export const readLost = async (
  lines: Rows<string>,
  { own, periods }: LineageKeys,
): Promise<ReadonlyMap<string, ReadonlyMap<number, string>>> => {
  const lost = new Map<string, Map<number, string>>();
  for await (const line of own === null ? [] : lines) {
    const parts = clearPart(line);
    const clear =
      parts === null ? undefined : (parseJson(parts.clear) as { period?: Value; view?: Value; windowStart?: Value } | undefined);
    const { period, view, windowStart } = clear ?? {};
    if (typeof period !== 'string' || periods.has(period) || typeof view !== 'string' || typeof windowStart !== 'number') continue;
    lost.set(view, (lost.get(view) ?? new Map()).set(windowStart, period));
  }
  return lost;
};

/** Opens every chunk (with a key) and hands its rows to `take`, with the window that its clear part names. */
export const readLineage = async (
  lines: Rows<string>,
  task: number | null,
  { own, periods }: LineageKeys,
  sources: Sources,
  corpus: Corpus,
  findings: Findings,
  take: (view: string, windowStart: number, row: LineageRow, period: string | null) => void,
): Promise<void> => {
  const open = own === null ? null : createOpener(own, 'lineage');
  const openers = new Map([...periods].map(([id, key]) => [id, createOpener(key, 'lineage')]));
  const seen = new Set<string>();
  let number = 0;
  for await (const line of lines) {
    const where = `lineage line ${++number}`;
    const parts = clearPart(line);
    if (parts === null) {
      findings.fail('I1', where, 'lineage chunk of another form');
      corpus.text(line, 'lineage');
      continue;
    }
    corpus.bytes(Buffer.from(parts.sealed, 'base64'), 'lineage');
    const clear = JSON.parse(parts.clear) as Clear;
    addTexts(corpus, { ...clear, windowStart: null }, 'lineage');
    if (open === null) continue;
    const opener = typeof clear.period === 'string' ? openers.get(clear.period) : open;
    // Of a period whose key was destroyed.
    if (opener === undefined) continue;
    const plain = opener(parts.sealed, parts.clear);
    if (plain === null) {
      findings.fail('I1', where, 'lineage chunk that cannot be opened');
      continue;
    }
    if (
      !isOfTask(clear, task) ||
      clear.v !== 1 ||
      typeof clear.view !== 'string' ||
      typeof clear.windowStart !== 'number' ||
      typeof clear.chunk !== 'number'
    ) {
      findings.fail('I1', where, 'lineage chunk of another form');
      continue;
    }
    const id = `${clear.view} ${clear.windowStart} ${clear.chunk}`;
    if (seen.has(id)) findings.fail('I1', where, 'lineage chunk twice');
    seen.add(id);
    try {
      const { rows, sorted } = readRows(plain, sources);
      if (!sorted) findings.fail('I1', where, 'lineage rows out of order or twice');
      for (const row of rows) {
        if (!isReleased(row.verdict) && reasonOf(row.verdict) === undefined) findings.fail('I1', where, 'unknown verdict');
        else take(clear.view, clear.windowStart, row, typeof clear.period === 'string' ? clear.period : null);
      }
    } catch {
      findings.fail('I1', where, 'lineage chunk that cannot be read');
    }
  }
};
