/**
 * The rival "naive Node": what a good team writes in an afternoon. One object a record, avsc or JSON.parse for the whole
 * value, createHmac for tokens, ladders as Maps of strings, a Map of Set for k. It keeps the same rules and the same keyed
 * hash as the gate (levels, leftovers counted alone, one record a subject and tuple, the sensitive-field rule), so its
 * output must be the same multiset; it writes no quarantine, lineage or audit, which favours it.
 */
import { createHmac, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type avro from 'avsc';

/** One record as a consumer's callback gets it. */
export interface Message {
  readonly topic: string;
  readonly value: Buffer;
  readonly timestamp: number;
}

export interface NaiveKeys {
  /** Counting key of the epoch. */
  readonly counting: KeyObject;
}

type Row = Record<string, unknown>;

interface Held {
  readonly subject: string;
  readonly event: string;
  readonly start: number;
  readonly levels: readonly (readonly string[])[];
  readonly sensitive: string | null;
}

interface NaiveView {
  readonly name: string;
  readonly event: string;
  readonly attributes: readonly string[];
  project(row: Row): (string | null)[][];
  readonly sensitive: string | null;
}

const K = 20;
const WINDOW_MS = 3_600_000;
const EPOCH_FUTURE = { household: 2, event: 1 };

const table = (path: string): Map<string, string[]> =>
  new Map(
    readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => {
        const cells = [...line.matchAll(/(?:^|,)(?:"([^"]*)"|([^,]*))/g)].map((match) => match[1] ?? match[2]);
        return [cells[0].normalize('NFKC').trim().toLowerCase(), cells] as const;
      }),
  );

/** os and version as `major.minor`, `major`, `family`. */
const versions = (name: unknown, version: unknown): (string | null)[] => {
  const family = typeof name === 'string' ? name.toLowerCase() : null;
  const match = /^(\d+)(?:\.(\d+))?/.exec(String(version ?? ''));
  if (family === null) return [null, null, null];
  if (match === null) return [null, null, family];
  return [`${family} ${match[1]}.${match[2] ?? 0}`, `${family} ${match[1]}`, family];
};

const lookup = (ladder: Map<string, string[]>, value: unknown): string[] =>
  ladder.get(String(value).normalize('NFKC').trim().toLowerCase()) ??
  (ladder.get('*') as string[]).map((cell) => (cell === '*' ? '' : cell));

const cell = (cells: readonly string[], level: number): string | null =>
  cells[level] === '' || cells[level] === undefined ? null : cells[level];

/** The views of bench/policy.yaml, written by hand. */
const views = (ladders: string): NaiveView[] => {
  const models = table(`${ladders}/model.csv`);
  const operations = table(`${ladders}/operation.csv`);
  return [
    {
      name: 'health',
      event: 'device',
      attributes: ['model', 'os'],
      sensitive: null,
      project(row) {
        const model = lookup(models, row['model']);
        const os = versions(row['osName'], row['osVersion']);
        return [
          [cell(model, 0), os[0]],
          [cell(model, 1), os[1]],
          [cell(model, 2), os[1]],
          [cell(model, 3), os[2]],
        ];
      },
    },
    {
      name: 'usage',
      event: 'operation',
      attributes: ['model', 'operation'],
      sensitive: 'result',
      project(row) {
        const model = lookup(models, row['model']);
        const operation = lookup(operations, row['operation']);
        return [
          [cell(model, 1), cell(operation, 1)],
          [cell(model, 2), cell(operation, 1)],
          [cell(model, 2), cell(operation, 2)],
        ];
      },
    },
  ];
};

const token = (key: KeyObject, label: number, ...parts: string[]): string =>
  createHmac('sha256', key)
    .update(Buffer.from([label]))
    .update(parts.join('\0'))
    .digest('hex')
    .slice(0, 32);

const canonical = (id: unknown): string =>
  String(id)
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s:._-]/g, '');

const releaseWindow = (view: NaiveView, windowEnd: number, held: Held[]): string[] => {
  const out: string[] = [];
  const leaving: { held: Held; level: number }[] = [];
  let rest = held;
  const levels = held[0].levels.length;
  for (let level = 0; level < levels; level++) {
    const classes = new Map<string, Set<string>>();
    const gone = new Set(leaving.map(({ held: record }) => `${record.levels[level].join('|')}|${record.subject}`));
    for (const record of rest) {
      if (record.start > level) continue;
      const key = record.levels[level].join('|');
      if (gone.has(`${key}|${record.subject}`)) continue;
      const subjects = classes.get(key) ?? new Set();
      subjects.add(record.subject);
      classes.set(key, subjects);
    }
    const left: Held[] = [];
    const first = new Map<string, Held>();
    for (const record of rest) {
      const key = record.levels[level].join('|');
      if (record.start > level || (classes.get(key)?.size ?? 0) < K) {
        left.push(record);
        continue;
      }
      const own = `${key}|${record.subject}`;
      const known = first.get(own);
      if (known === undefined || record.event < known.event) first.set(own, record);
    }
    for (const record of first.values()) leaving.push({ held: record, level });
    rest = left;
  }
  const holders = new Map<string, Set<string>>();
  for (const { held: record } of leaving) {
    if (record.sensitive === null) continue;
    const subjects = holders.get(record.sensitive) ?? new Set();
    subjects.add(record.subject);
    holders.set(record.sensitive, subjects);
  }
  for (const { held: record, level } of leaving) {
    const row: Row = { windowEnd, level };
    for (const [a, name] of view.attributes.entries()) row[name] = record.levels[level][a];
    if (view.sensitive !== null) {
      const value = record.sensitive;
      row[view.sensitive] = value === null ? '*' : (holders.get(value) as Set<string>).size >= K ? value : 'other';
    }
    out.push(`${view.name} ${JSON.stringify(row)}`);
  }
  return out;
};

/** Runs all messages; returns the released records as `view JSON` lines. */
export const runNaive = (
  messages: Iterable<Message>,
  schemas: ReadonlyMap<number, avro.Type>,
  keys: NaiveKeys,
  ladders: string,
): string[] => {
  const all = views(ladders);
  const results = table(`${ladders}/result.csv`);
  const windows = new Map<string, { view: NaiveView; end: number; held: Map<string, Held> }>();
  for (const { topic, value, timestamp } of messages) {
    let row: Row;
    try {
      row =
        value[0] === 0
          ? (schemas.get(value.readInt32BE(1)) as avro.Type).fromBuffer(value.subarray(5))
          : JSON.parse(value.toString('utf8'));
    } catch {
      continue;
    }
    const event = topic.slice(topic.lastIndexOf('.') + 1);
    const household = row['householdId'];
    if (household === null || household === undefined) continue;
    const subject = token(keys.counting, EPOCH_FUTURE.household, canonical(household));
    const eventToken = token(keys.counting, EPOCH_FUTURE.event, canonical(row['deviceId']), String(row['eventId']));
    for (const view of all) {
      if (view.event !== event) continue;
      const levels = view.project(row);
      const start = levels.findIndex((level) => level.every((part) => part !== null));
      if (start < 0) continue;
      const end = Math.floor(timestamp / WINDOW_MS) * WINDOW_MS + WINDOW_MS;
      const windowKey = `${view.name}|${end}`;
      const window = windows.get(windowKey) ?? { view, end, held: new Map<string, Held>() };
      windows.set(windowKey, window);
      const key = `${subject}|${start}|${levels[start].join('|')}`;
      const known = window.held.get(key);
      if (known !== undefined && known.event <= eventToken) continue;
      const result = view.sensitive === null ? null : cell(lookup(results, row[view.sensitive]), 0);
      window.held.set(key, { subject, event: eventToken, start, levels: levels as string[][], sensitive: result });
    }
  }
  return [...windows.values()].flatMap(({ view, end, held }) => releaseWindow(view, end, [...held.values()]));
};
