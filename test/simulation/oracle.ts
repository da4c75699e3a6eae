import { createHash } from 'node:crypto';
import { verifyChain } from '../../src/record/audit.ts';
import type { ModelBroker } from './broker/broker.ts';
import { type ModelRecord, type Partition, visible } from './broker/partition.ts';
import { FLOOR, K } from './policy.ts';
import { SOURCE, TOPICS } from './process.ts';

interface LineageChunk {
  readonly windowStart: number;
  readonly chunk: number;
  readonly rows: readonly (readonly [partition: number, offset: number, verdict: number, digest: string | null])[];
}

interface AuditLine {
  readonly windowStart: number;
  readonly windowEnd: number;
  readonly inputs: readonly unknown[];
  readonly counts: unknown;
}

const PREFIX_BYTES = 5;

const partitionsOf = ({ partitions }: ModelBroker, topic: string): Partition[] =>
  [...partitions.values()].filter((of) => of.topic === topic);

const textsOf = (of: Partition): string[] => visible(of, 1).flatMap(({ value }) => (value === null ? [] : [value.toString('utf8')]));

const count = <T>(items: readonly T[]): Map<T, number> => {
  const counts = new Map<T, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
};

interface Reading {
  readonly deviceId: string;
  readonly room: string;
}

/** Records of the source that readers see, by place; null for one that is no reading. */
const sourceOf = (broker: ModelBroker): Map<string, Reading | null> =>
  new Map(
    partitionsOf(broker, SOURCE).flatMap((of) =>
      visible(of, 1).map(({ offset, value }) => {
        const text = (value as Buffer).toString('utf8');
        return [`${of.partition}:${offset}`, text.startsWith('{broken') ? null : (JSON.parse(text) as Reading)] as const;
      }),
    ),
  );

/** Each record has one fate, and only records have one: none is lost, none counted twice. */
const judgeFates = (broker: ModelBroker, source: ReadonlyMap<string, Reading | null>, isWhole: boolean): string[] => {
  const findings: string[] = [];
  const quarantined = partitionsOf(broker, TOPICS.quarantine).flatMap(textsOf).map((line) => {
    const { partition, offset } = JSON.parse(line) as { partition: number; offset: number };
    return `${partition}:${offset}`;
  }); // biome-ignore format: a chain
  const decided = partitionsOf(broker, TOPICS.lineage)
    .flatMap(textsOf)
    .flatMap((line) => (JSON.parse(line) as LineageChunk).rows.map(([partition, offset]) => `${partition}:${offset}`));
  for (const [place, times] of count([...quarantined, ...decided])) {
    if (times > 1) findings.push(`duplicate: ${times} fates of record ${place}`);
    if (!source.has(place)) findings.push(`a fate of record ${place}, which was never committed`);
  }
  const fates = new Set([...quarantined, ...decided]);
  if (isWhole) for (const place of source.keys()) if (!fates.has(place)) findings.push(`loss: record ${place} has no fate`);
  return findings;
};

/** In each window of each task: what left is what lineage says, and every class that left has k subjects. */
const judgeReleases = (broker: ModelBroker, source: ReadonlyMap<string, Reading | null>): string[] => {
  const findings: string[] = [];
  const linked: string[] = [];
  for (const of of partitionsOf(broker, TOPICS.lineage)) {
    const classes = new Map<string, Set<string>>();
    for (const line of textsOf(of)) {
      const { windowStart, rows } = JSON.parse(line) as LineageChunk;
      for (const [partition, offset, verdict, digest] of rows) {
        if (digest === null) continue;
        linked.push(digest);
        const reading = source.get(`${partition}:${offset}`);
        if (!reading) continue;
        const name = `${windowStart} ${verdict === 0 ? reading.room : FLOOR[reading.room]}`;
        classes.set(name, (classes.get(name) ?? new Set()).add(reading.deviceId));
      }
    }
    for (const [name, subjects] of classes) if (subjects.size < K) findings.push(`k: class ${name} of task ${of.partition} has ${subjects.size}`); // biome-ignore format: a line
  }
  const left = partitionsOf(broker, TOPICS.view('usage')).flatMap((of) => visible(of, 1)).map(digest); // biome-ignore format: a line
  const expected = count(linked);
  for (const [one, times] of count(left)) if (times !== (expected.get(one) ?? 0)) findings.push(`release: ${times} copies left, lineage tells of ${expected.get(one) ?? 0}`); // biome-ignore format: a line
  if (left.length !== linked.length) findings.push(`release: ${left.length} records left, lineage tells of ${linked.length}`);
  return findings;
};

const digest = ({ value }: ModelRecord): string =>
  createHash('sha256').update((value as Buffer).subarray(PREFIX_BYTES)).digest('hex').slice(0, 16); // biome-ignore format: a chain

/** A window is closed once, and the audit of a task is one chain. */
const judgeWindows = (broker: ModelBroker): string[] => {
  const findings: string[] = [];
  for (const of of partitionsOf(broker, TOPICS.audit)) {
    const lines = textsOf(of);
    if (verifyChain(lines).broken !== -1) findings.push(`audit: the chain of task ${of.partition} is broken`);
    let untilMs = Number.NEGATIVE_INFINITY;
    for (const line of lines) {
      const { windowStart, windowEnd } = JSON.parse(line) as AuditLine;
      if (windowStart < untilMs) findings.push(`audit: a window of task ${of.partition} was closed twice`);
      untilMs = windowEnd;
    }
  }
  return findings;
};

/** Records of transactions that were aborted, or are open: one list for each of them, its producer and window with each record. */
const attemptsOf = (of: Partition): string[][] => {
  const offsets = new Set(visible(of, 1).map(({ offset }) => offset));
  const attempts = new Map<string, string[]>();
  for (const { producerId, baseOffset, records } of of.batches) {
    const range = of.aborted.find((one) => one.producerId === producerId && one.firstOffset <= baseOffset && baseOffset < one.markerOffset);
    const name = `${producerId} ${range?.markerOffset}`;
    for (const record of records) {
      if (offsets.has(record.offset)) continue;
      attempts.set(name, [...(attempts.get(name) ?? []), released(producerId, record)]);
    }
  }
  return [...attempts.values()];
};

const released = (producerId: number, record: ModelRecord): string => `${producerId} ${record.timestampMs} ${digest(record)}`;

/** Who reads uncommitted data sees, of each window and task, nothing that was not released in the end, and no more of it. */
const judgeUncommitted = (broker: ModelBroker): string[] => {
  const partitions = partitionsOf(broker, TOPICS.view('usage'));
  const committed = count(
    partitions.flatMap((of) => {
      const offsets = new Set(visible(of, 1).map(({ offset }) => offset));
      return of.batches.flatMap(({ producerId, records }) =>
        records.filter(({ offset }) => offsets.has(offset)).map((record) => released(producerId, record)),
      );
    }),
  );
  const findings: string[] = [];
  for (const attempt of partitions.flatMap(attemptsOf))
    for (const [name, times] of count(attempt))
      if (times > (committed.get(name) ?? 0)) findings.push('uncommitted: a record was seen that was never released');
  return findings;
};

/** A window is decided once and for all: whoever completes it, and whoever tried to, tells the same of it. */
const judgeDecisions = (broker: ModelBroker): string[] =>
  partitionsOf(broker, TOPICS.audit).flatMap((of) => {
    const told = new Map<number, string>();
    return of.batches
      .flatMap(({ records }) => records)
      .flatMap(({ value }) => {
        const { windowStart, inputs, counts } = JSON.parse((value as Buffer).toString('utf8')) as AuditLine;
        // Runs of empty windows are told together, and may be cut otherwise.
        if (inputs.length === 0) return [];
        const decision = JSON.stringify([inputs, counts]);
        const before = told.get(windowStart) ?? decision;
        told.set(windowStart, before);
        return before === decision ? [] : [`decision: a window of task ${of.partition} was decided otherwise before`];
      });
  });

/** A ledger partition is one task's alone. */
const judgeLedgers = (broker: ModelBroker): string[] =>
  partitionsOf(broker, TOPICS.ledger)
    .filter((of) => new Set(of.batches.filter(({ records, control }) => control === null && records.some(({ key }) => key?.toString() !== 'stray')).map(({ producerId }) => producerId)).size > 1) // biome-ignore format: a line
    .map((of) => `ledger: partition ${of.partition} is written by several`);

/** Everything that is wrong with what a run left. `isWhole`: it came to its end, so that nothing may be missing. */
export const judge = (broker: ModelBroker, isWhole: boolean): string[] => {
  const source = sourceOf(broker);
  return [
    ...judgeFates(broker, source, isWhole),
    ...judgeReleases(broker, source),
    ...judgeWindows(broker),
    ...judgeDecisions(broker),
    ...(isWhole ? judgeUncommitted(broker) : []),
    ...judgeLedgers(broker),
  ];
};
