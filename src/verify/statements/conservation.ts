import { createHash, type KeyObject } from 'node:crypto';
import { AUTHORISED, isReleased, REASONS, type Reason } from '../../model/verdict.ts';
import type { Classes } from '../classes.ts';
import type { Decisions } from '../decisions.ts';
import type { Corpus } from '../identifiers/corpus.ts';
import type { Rows } from '../inputs.ts';
import { isObject, type Value } from '../json.ts';
import { addTexts } from '../outputs.ts';
import type { Findings } from '../report.ts';
import type { ViewRule } from '../rules.ts';
import { clearPart, createOpener, createReader } from '../seal.ts';
import { smallestClass } from './k.ts';

/** What the checker itself counted in the source. */
export interface Counted {
  read: number;
  noView: number;
  /** Records that must be in quarantine: digest of their bytes to their coordinates, '' where the record does not say them. */
  readonly faulty: Map<string, string[]>;
  faultyCount: number;
}

export const bytesDigest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest().toString('latin1', 0, 16);

const UNKNOWN_BYTES = '';

/** Notes a record that must be in quarantine; null when its bytes are not known. */
export const noteFaulty = (counted: Counted, bytes: Uint8Array | null, coordinate: string): void => {
  const digest = bytes === null ? UNKNOWN_BYTES : bytesDigest(bytes);
  const places = counted.faulty.get(digest) ?? [];
  places.push(coordinate);
  counted.faulty.set(digest, places);
  counted.faultyCount++;
};

const QUARANTINE_NAMES = ['v', 'reason', 'stage', 'hour', 'size', 'schema'];
const SIZES = ['<=256', '<=1k', '<=4k', '<=16k', '<=64k', '<=1M', '>1M'];

const isClear = (clear: unknown): boolean => {
  if (!isObject(clear) || JSON.stringify(Object.keys(clear)) !== JSON.stringify(QUARANTINE_NAMES)) return false;
  const { v, reason, stage, hour, size, schema } = clear;
  return (
    v === 1 &&
    /^[a-z][a-z0-9-]*$/.test(String(reason)) &&
    ['frame', 'decode', 'transform'].includes(String(stage)) &&
    (hour === null || (typeof hour === 'number' && hour % 3_600_000 === 0)) &&
    SIZES.includes(String(size)) &&
    (schema === null || /^[0-9a-f]{16,64}$/.test(String(schema)))
  );
};

interface QuarantineRow {
  readonly digest: string;
  readonly coordinate: string;
}

/** Quarantine as it was found: how many rows, and with the operator's key what each holds (null: cannot be opened). */
export interface QuarantineRows {
  readonly count: number;
  readonly rows: readonly (QuarantineRow | null)[] | null;
}

/** Reads quarantine rows; their clear part must have its six fields, of closed sets, and nothing else. */
export const readQuarantine = async (
  rows: Rows<string>,
  key: KeyObject | null,
  corpus: Corpus,
  findings: Findings,
): Promise<QuarantineRows> => {
  const open = key === null ? null : createOpener(key, 'quarantine');
  const opened: (QuarantineRow | null)[] = [];
  let count = 0;
  for await (const line of rows) {
    const where = `quarantine line ${++count}`;
    const parts = clearPart(line);
    if (parts === null) {
      findings.fail('I19', where, 'quarantine row of another form');
      corpus.text(line, 'quarantine');
      continue;
    }
    const clear: unknown = JSON.parse(parts.clear);
    if (!isClear(clear)) findings.fail('I7', where, 'clear part of a quarantine row says more than its six fields');
    addTexts(corpus, clear, 'quarantine');
    corpus.bytes(Buffer.from(parts.sealed, 'base64'), 'quarantine');
    if (open !== null) opened.push(openRow(open(parts.sealed, parts.clear)));
  }
  return { count, rows: open === null ? null : opened };
};

/** The rows of records that the policy being checked decided on; all of them where they cannot be opened. */
export const rowsOf = (quarantine: QuarantineRows, has: (coordinate: string) => boolean): QuarantineRows => {
  if (quarantine.rows === null) return quarantine;
  const rows = quarantine.rows.filter((row) => row === null || has(row.coordinate));
  return { count: rows.length, rows };
};

/** Each quarantined record must be one that the checker, too, finds malformed. */
export const compareQuarantine = ({ rows }: QuarantineRows, counted: Counted, findings: Findings): void => {
  const left = new Map([...counted.faulty].map(([digest, places]) => [digest, [...places]]));
  rows?.forEach((row, i) => {
    const where = `quarantine line ${i + 1}`;
    const places = row === null ? undefined : (left.get(row.digest) ?? left.get(UNKNOWN_BYTES));
    const at = places?.findIndex((place) => place === '' || place === row?.coordinate) ?? -1;
    if (row === null) findings.fail('I19', where, 'quarantine row that cannot be opened');
    else if (at < 0) findings.fail('I19', where, 'quarantined record that the checker finds in order, or does not know');
    else places?.splice(at, 1);
  });
};

const openRow = (plain: Buffer | null): QuarantineRow | null => {
  if (plain === null) return null;
  try {
    const reader = createReader(plain);
    if (reader.take(1)[0] !== 1) return null;
    const coordinate = `${reader.text()}:${reader.varint()}:${reader.varint()}`;
    return { digest: bytesDigest(reader.rest()), coordinate };
  } catch {
    return null;
  }
};

const countVerdicts = (view: ViewRule, tasks: readonly Decisions[]) => {
  const released = view.path.map(() => 0);
  let authorised = 0;
  const blocked = new Map<string, number>();
  const names = new Map(Object.entries(REASONS).map(([name, { code }]) => [code as number, name as Reason]));
  for (const { verdict } of tasks) {
    for (const byte of verdict) {
      if (byte === AUTHORISED) authorised++;
      else if (isReleased(byte)) released[byte] = (released[byte] ?? 0) + 1;
      else blocked.set(names.get(byte) ?? '', (blocked.get(names.get(byte) ?? '') ?? 0) + 1);
    }
  }
  return { released, authorised, blocked };
};

const numberAt = (value: Value | undefined, name: string): number => {
  const found = isObject(value) ? value[name] : undefined;
  return typeof found === 'number' ? found : Number.NaN;
};

/** The summary of a run against what the checker counted in the source. */
export const checkSummary = (summary: Value | undefined, counted: Counted, quarantineRows: number, findings: Findings): void => {
  const wanted = { read: counted.read, noView: counted.noView, quarantined: counted.faultyCount };
  for (const [name, count] of Object.entries(wanted)) {
    if (numberAt(summary, name) !== count) findings.fail('I19', `summary ${name}`, 'summary differs from the source');
  }
  if (quarantineRows !== counted.faultyCount)
    findings.fail('I19', 'quarantine', 'rows in quarantine differ from the records that must be there');
};

/** The summary of one view against lineage: released per level, blocked per reason, smallest class. */
export const checkViewSummary = (
  summary: Value | undefined,
  view: ViewRule,
  tasks: readonly { readonly decisions: Decisions; readonly classes: Classes }[],
  knowsSubjects: boolean,
  findings: Findings,
): void => {
  const own = isObject(summary) && isObject(summary['views']) ? summary['views'][view.name] : undefined;
  const where = `summary ${view.name}`;
  const { released, authorised, blocked } = countVerdicts(
    view,
    tasks.map(({ decisions }) => decisions),
  );
  const said = isObject(own) && isObject(own['blocked']) ? own['blocked'] : {};
  if (!isObject(own) || JSON.stringify(own['released']) !== JSON.stringify(released))
    findings.fail('I19', where, 'released counts differ from lineage');
  if (isObject(own) && (own['authorised'] ?? 0) !== authorised)
    findings.fail('I19', where, 'count of authorised records differs from lineage');
  for (const name of new Set([...blocked.keys(), ...Object.keys(said)])) {
    if ((said[name] ?? 0) !== (blocked.get(name) ?? 0)) findings.fail('I19', where, 'blocked counts differ from lineage');
  }
  if (!knowsSubjects) return;
  const smallest = Math.min(...tasks.map(({ decisions, classes }) => smallestClass(decisions, classes.all)));
  if (Number.isFinite(smallest) && numberAt(own, 'smallestClass') !== smallest)
    findings.fail('I19', where, 'smallest class differs from the raw data');
};
