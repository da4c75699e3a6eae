import { createHash, type KeyObject } from 'node:crypto';
import { REASONS } from '../../../src/model/verdict.ts';
import { outputBytes } from '../../../src/verify/avro.ts';
import type { InputRecord, RunOutputs, VerifyInputs } from '../../../src/verify/index.ts';
import { type Rules, readRules } from '../../../src/verify/rules.ts';
import type { Candidate } from './candidate.ts';
import { fleetOf, type ToyRecord } from './fleet.ts';
import { type Decided, decideAll } from './gate.ts';
import { leakOf } from './leaks.ts';
import type { Mutation } from './mutations.ts';
import { FILES, POLICY_FILE, POLICY_TEXT } from './policy.ts';
import { newKey, sealLine, textBytes, varint } from './sealing.ts';

const files = {
  read: (path: string): string => FILES[path],
  ipTable: () => ({ v4: '', v6: '' }),
};

/** A lineage row before it is sealed. */
interface Row {
  readonly view: string;
  window: number;
  readonly record: ToyRecord;
  verdict: number;
  digest: Buffer | null;
}

const digestOf = (output: Readonly<Record<string, unknown>>): Buffer => {
  const [windowEnd, level, ...texts] = Object.values(output);
  return createHash('sha256')
    .update(outputBytes(windowEnd as number, level as number, texts.map(String)))
    .digest()
    .subarray(0, 8);
};

const verdictByte = (verdict: string | number | null): number =>
  typeof verdict === 'number' ? verdict : REASONS[verdict as keyof typeof REASONS].code;

const rowsOf = ({ candidates, settled }: Decided): Row[] => [
  ...candidates.map(({ view, window, record, verdict, output }) => ({
    view: view.name,
    window,
    record,
    verdict: verdictByte(verdict),
    digest: output === null ? null : digestOf(output),
  })),
  ...settled.map(({ view, window, record, verdict }) => ({ view: view.name, window, record, verdict: verdictByte(verdict), digest: null })),
];

/** Mistakes of bookkeeping rather than of the gate. */
const breakRows = (rows: Row[], records: readonly ToyRecord[], mutation: Mutation | null): Row[] => {
  const released = rows.filter((row) => row.digest !== null);
  const malformed = records.find((record) => record.value === null && record.event === 'operation') as ToyRecord;
  switch (mutation) {
    case 'silent-drop':
    case 'over-quarantine':
      return rows.filter((row) => row.record !== rows[0].record);
    case 'dropped-as-folded':
    case 'dropped-as-duplicate': {
      const victim = rows.find((row) => row.view === 'habits' && row.verdict === REASONS.k.code) as Row;
      victim.verdict = mutation === 'dropped-as-folded' ? REASONS.folded.code : REASONS.duplicate.code;
      return rows;
    }
    case 'blocked-without-cause':
      (rows.find((row) => row.verdict === REASONS.k.code) as Row).verdict = REASONS['no-level'].code;
      return rows;
    case 'malformed-decided':
      return [...rows, { view: 'usage', window: rows[0].window, record: malformed, verdict: REASONS.k.code, digest: null }];
    case 'double-lineage':
      return [...rows, { ...released[0] }];
    case 'lineage-swapped': {
      const other = released.find(
        (row) => row.view === released[0].view && row.window === released[0].window && !row.digest?.equals(released[0].digest as Buffer),
      ) as Row;
      [released[0].digest, other.digest] = [other.digest, released[0].digest];
      return rows;
    }
    default:
      return rows;
  }
};

const sealRows = (rows: readonly Row[], key: KeyObject, mutation: Mutation | null): string[] => {
  const lines: string[] = [];
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(`${row.view} ${row.window}`, [...(groups.get(`${row.view} ${row.window}`) ?? []), row]);
  for (const group of groups.values()) {
    const places = [...new Set(group.map(({ record }) => JSON.stringify([record.topic, record.partition])))].sort();
    const indexOf = ({ record }: Row): number => places.indexOf(JSON.stringify([record.topic, record.partition]));
    // A second chunk, so that chunks are read together.
    for (const [chunk, part] of [group.filter((_, i) => i % 3 === 0), group.filter((_, i) => i % 3 > 0)].entries()) {
      const sorted = [...part].sort((a, b) => indexOf(a) - indexOf(b) || a.record.offset - b.record.offset);
      const sources = places.map((place) => JSON.parse(place) as [string, number]);
      const plain = Buffer.concat([
        Buffer.from([1]),
        varint(sources.length),
        ...sources.flatMap(([topic, partition]) => [textBytes(topic), varint(partition)]),
        varint(sorted.length),
        ...sorted.flatMap((row) => [
          varint(indexOf(row)),
          varint(row.record.offset),
          Buffer.from([row.verdict]),
          ...(row.verdict <= 63 ? [row.digest as Buffer] : []),
        ]),
      ]);
      lines.push(sealLine({ v: 1, view: group[0].view, windowStart: group[0].window, chunk }, plain, key, 'lineage', chunk));
    }
  }
  if (mutation === 'lineage-damaged') lines[0] = lines[0].replace('"chunk":0', '"chunk":7');
  return lines;
};

interface AuditBody {
  seq: number;
  view: string;
  windowStart: number;
  windowEnd: number;
}

const auditLines = (rules: Rules, rows: readonly Row[], id: string, mutation: Mutation | null): string[] => {
  const bodies: (AuditBody & Record<string, unknown>)[] = [];
  for (const view of rules.views) {
    const own = rows.filter((row) => row.view === view.name);
    for (const window of [...new Set(own.map((row) => row.window))].sort((a, b) => a - b)) {
      const inside = own.filter((row) => row.window === window);
      const floor = (verdict: number): number => {
        const exact = inside.filter((row) => row.verdict === verdict).length;
        return mutation === 'audit-exact-counts' ? exact : Math.floor(exact / view.k) * view.k;
      };
      const places = [...new Set(inside.map(({ record }) => JSON.stringify([record.topic, record.partition])))].map(
        (place) => JSON.parse(place) as [string, number],
      );
      const inputs = places.map(([topic, partition]) => {
        const offsets = inside
          .filter(({ record }) => record.topic === topic && record.partition === partition)
          .map(({ record }) => record.offset);
        return { topic, partition, from: Math.min(...offsets), to: Math.max(...offsets) };
      });
      const blocked = Object.fromEntries(
        Object.entries(REASONS).flatMap(([name, { code }]) => (floor(code) > 0 ? [[name, floor(code)]] : [])),
      );
      bodies.push({
        v: 1,
        seq: bodies.length,
        view: view.name,
        windowStart: window,
        windowEnd: window + view.windowMs,
        windows: 1,
        inputs,
        policy: createHash('sha256').update('toy').digest('hex'),
        controls: 0,
        epoch: Math.floor(window / rules.epochMs),
        counts: { released: view.path.map((_, level) => floor(level)), blocked },
        ...(mutation === 'id-in-audit' && bodies.length === 0 ? { error: `cannot decode ${id}` } : {}),
      });
    }
  }
  if (mutation === 'audit-gap') bodies.splice(1, 1);
  for (const [i, body] of bodies.entries()) body.seq = i;
  let prev = '0'.repeat(64);
  const lines = bodies.map((body) => {
    const text = JSON.stringify({ ...body, prev });
    prev = createHash('sha256').update(text).digest('hex');
    return `${text.slice(0, -1)},"hash":"${prev}"}`;
  });
  if (mutation === 'audit-edited') lines[1] = lines[1].replace('"controls":0', '"controls":1');
  if (mutation === 'audit-removed') lines.splice(1, 1);
  if (mutation === 'audit-reordered') [lines[1], lines[2]] = [lines[2], lines[1]];
  return lines;
};

const quarantineLines = (records: readonly ToyRecord[], key: KeyObject, id: string, mutation: Mutation | null): string[] =>
  records
    .filter(
      (record, i) =>
        record.value === null ||
        (mutation === 'over-quarantine' && i === records.findIndex(({ event, value }) => event !== 'ping' && value !== null)),
    )
    .slice(mutation === 'quarantine-lost' ? 1 : 0)
    .map((record, i) => {
      const plain = Buffer.concat([
        Buffer.from([1]),
        textBytes(record.topic),
        varint(record.partition),
        varint(record.offset),
        Buffer.from(record.line),
      ]);
      const leak = mutation === 'id-in-quarantine' && i === 0 ? { error: `Unexpected token in ${id}` } : {};
      const clear = {
        v: 1,
        reason: 'malformed',
        stage: 'decode',
        hour: Math.floor(record.timestamp / 3_600_000) * 3_600_000,
        size: '<=1k',
        schema: null,
        ...leak,
      };
      return mutation === 'plaintext-sealed'
        ? `${JSON.stringify(clear).slice(0, -1)},"sealed":"${plain.toString('base64')}"}`
        : sealLine(clear, plain, key, 'quarantine', i);
    });

const summaryOf = (
  rules: Rules,
  rows: readonly Row[],
  records: readonly ToyRecord[],
  outputs: ReadonlyMap<string, readonly Candidate[]>,
  id: string,
  mutation: Mutation | null,
): string => {
  const views = rules.views.map((view) => {
    const own = rows.filter((row) => row.view === view.name);
    const count = (verdict: number): number => own.filter((row) => row.verdict === verdict).length;
    const classes = new Map<string, Set<string>>();
    for (const one of outputs.get(view.name) ?? []) {
      const name = JSON.stringify([one.window, one.verdict, one.tuples[one.verdict as number]]);
      classes.set(name, (classes.get(name) ?? new Set()).add(one.subject));
    }
    const blocked = Object.fromEntries(
      Object.entries(REASONS).flatMap(([name, { code }]) => (count(code) > 0 ? [[name, count(code)]] : [])),
    );
    const smallestClass = Math.min(...[...classes.values()].map((subjects) => subjects.size));
    return [
      view.name,
      { released: view.path.map((_, level) => count(level)), blocked, windows: new Set(own.map((row) => row.window)).size, smallestClass },
    ];
  });
  const quarantined = records.filter(({ value }) => value === null).length + (mutation === 'over-quarantine' ? 1 : 0);
  return JSON.stringify({
    read: records.length - (mutation === 'summary-wrong' ? 1 : 0),
    noView: records.filter(({ value, event }) => value !== null && event === 'ping').length,
    quarantined,
    views: Object.fromEntries(views),
    ...(mutation === 'id-in-summary' ? { last: id } : {}),
  });
};

const avscOf = (view: Rules['views'][number]): string =>
  JSON.stringify({
    type: 'record',
    namespace: 'unjoin.view',
    name: view.name,
    fields: view.fields.map((name, i) => ({ name, type: i === 0 ? 'long' : i === 1 ? 'int' : 'string' })),
  });

/** A whole run of the toy gate in memory, with one mistake on demand, ready for the checker. */
export const toyRun = (seed: string, mutation: Mutation | null = null): VerifyInputs => {
  const rules = readRules(POLICY_TEXT, POLICY_FILE, files);
  const records = fleetOf(seed);
  const id = records.find(({ value }) => value !== null)?.value?.['deviceId'] as string;
  const decided = decideAll(rules, records, mutation);
  const rows = breakRows(rowsOf(decided), records, mutation);
  const [lineageKey, operatorKey] = [newKey(), newKey()];
  const outputs = new Map(
    [...decided.outputs].map(([name, list]): [string, string[]] => [name, list.map(({ output }) => JSON.stringify(output))]),
  );
  const usage = outputs.get('usage') as string[];
  if (mutation === 'double-release') usage.push(usage[0]);
  if (mutation === 'output-without-lineage') usage.push(usage[0].replace('"level":0', '"level":1').replace('"level":2', '"level":1'));
  const leak = leakOf(records, mutation);
  const start = rules.views[0].windowMs + (rows[0]?.window ?? 0);
  const run: RunOutputs = {
    view: (name) => ({ kind: 'ndjson', lines: outputs.get(name) as string[] }),
    avsc: (name) => avscOf(rules.views.find((view) => view.name === name) as Rules['views'][number]),
    manifest: (name) => JSON.stringify({ unjoin: 1, view: name }),
    lineage: () => sealRows(rows, lineageKey, mutation),
    audit: () => auditLines(rules, rows, id, mutation),
    quarantine: () => quarantineLines(records, operatorKey, id, mutation),
    summary: () => summaryOf(rules, rows, records, decided.outputs, id, mutation),
    names: () => ['views/usage.ndjson', 'audit.ndjson', mutation === 'id-in-file-name' ? `crash-${id}.txt` : 'lineage.ndjson'],
    others: () => (leak === null ? [] : [{ name: 'run.log', bytes: Buffer.from(`started\n${leak}\n`) }]),
  };
  const lines = records.map((record): InputRecord => ({ kind: 'line', file: 0, bytes: Buffer.from(record.line) }));
  const tombstone = mutation === 'destroyed-key-kept' ? { state: 'destroyed', counting: 'AAAA' } : { state: 'destroyed' };
  const again = (name: string): string[] =>
    mutation === 'second-run-differs' ? (outputs.get(name) as string[]).slice(1) : [...(outputs.get(name) as string[])].reverse();
  return {
    policyText: POLICY_TEXT,
    policyFile: POLICY_FILE,
    ...files,
    records: lines,
    outputs: run,
    lineageKey,
    operatorKey,
    ring: JSON.stringify({
      version: 1,
      epochs: { [Math.floor(start / rules.epochMs) - (mutation === 'destroyed-key' ? 0 : 9)]: tombstone },
    }),
    second: (name) => ({ kind: 'ndjson', lines: again(name) }),
  };
};
