import { encodeBatch } from '../../runtime/log/kafka/wire/encode.ts';

/** Broker error codes (Kafka protocol guide) that the model answers with. */
export const CODE = {
  none: 0,
  outOfRange: 1,
  leaderNotAvailable: 5,
  notLeader: 6,
  tooLarge: 10,
  notCoordinator: 16,
  outOfOrderSequence: 45,
  invalidProducerEpoch: 47,
  invalidTransactionState: 48,
  concurrentTransactions: 51,
} as const;

export interface ModelRecord {
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly timestampMs: number;
}

/** A record batch as it lies in a partition. A marker is a batch of its own and occupies an offset. */
export interface ModelBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly producerId: number;
  readonly isTransactional: boolean;
  readonly control: 'commit' | 'abort' | null;
  records: readonly ModelRecord[];
  /** Made when first fetched. */
  bytes: Buffer | null;
}

/** What a partition remembers of a producer (KIP-98). */
interface ProducerState {
  epoch: number;
  nextSequence: number;
  /** The last five batches, by which a repeated one is known again. */
  recent: { readonly firstSequence: number; readonly baseOffset: number }[];
  /** First offset of its open transaction. */
  openFrom: number | null;
}

export interface AbortedRange {
  readonly producerId: number;
  readonly firstOffset: number;
  readonly markerOffset: number;
}

export interface Partition {
  readonly topic: string;
  readonly partition: number;
  readonly isAppendTime: boolean;
  leader: number;
  /** Where the log ended when its leader took over: until the high watermark is there, its ends are not told (KIP-207). */
  leaderFrom: number;
  logStart: number;
  /** Next offset. */
  end: number;
  /** Replicated: what readers see. It may lag, and go back when the leader moves. */
  highWatermark: number;
  /** Until then no follower catches up. */
  stalledUntilMs: number;
  batches: ModelBatch[];
  readonly producers: Map<number, ProducerState>;
  /** In the order in which their markers were written. */
  readonly aborted: AbortedRange[];
  /** Transactions whose marker is not replicated yet still hold the last stable offset back. */
  ending: { readonly firstOffset: number; readonly markerOffset: number }[];
  maxBytes: number;
}

export const createPartition = (topic: string, partition: number, leader: number, isAppendTime: boolean): Partition => ({
  topic,
  partition,
  isAppendTime,
  leader,
  leaderFrom: 0,
  logStart: 0,
  end: 0,
  highWatermark: 0,
  stalledUntilMs: 0,
  batches: [],
  producers: new Map(),
  aborted: [],
  ending: [],
  maxBytes: 1 << 20,
});

export const lastStableOffset = ({ highWatermark, producers, ending }: Partition): number => {
  let stable = highWatermark;
  for (const { openFrom } of producers.values()) if (openFrom !== null) stable = Math.min(stable, openFrom);
  for (const { firstOffset, markerOffset } of ending) if (markerOffset >= highWatermark) stable = Math.min(stable, firstOffset);
  return stable;
};

/** Everything appended is replicated. */
export const replicate = (partition: Partition): void => {
  partition.highWatermark = partition.end;
  partition.ending = [];
};

/** The leadership goes to a replica that has everything but does not know yet how far the others are. */
export const moveLeader = (partition: Partition, leader: number, highWatermark: number): void => {
  partition.leader = leader;
  partition.leaderFrom = partition.end;
  const lagging = Math.min(partition.highWatermark, highWatermark);
  for (const { firstOffset, markerOffset } of partition.aborted)
    if (markerOffset >= lagging) partition.ending.push({ firstOffset, markerOffset });
  partition.highWatermark = lagging;
};

export interface Produced {
  readonly producerId: number;
  readonly epoch: number;
  readonly firstSequence: number;
  readonly isTransactional: boolean;
  readonly messages: readonly { readonly key: Buffer | null; readonly value: Buffer | null; readonly timestampMs: number }[];
}

export type Appended = { readonly code: 0; readonly baseOffset: number } | { readonly code: number };

/** Epochs and sequences (KIP-98): 0 when the batch is the next one, the offset of a known one, or why it is refused. */
const checkSequence = (state: ProducerState | undefined, { epoch, firstSequence }: Produced): Appended | null => {
  if (state === undefined) return null;
  if (epoch < state.epoch) return { code: CODE.invalidProducerEpoch };
  if (epoch > state.epoch) return firstSequence === 0 ? null : { code: CODE.outOfOrderSequence };
  const known = state.recent.find((batch) => batch.firstSequence === firstSequence);
  if (known !== undefined) return { code: CODE.none, baseOffset: known.baseOffset };
  return firstSequence === state.nextSequence ? null : { code: CODE.outOfOrderSequence };
};

const push = (partition: Partition, batch: Omit<ModelBatch, 'baseOffset' | 'lastOffset' | 'bytes'>): number => {
  const baseOffset = partition.end;
  partition.end += Math.max(1, batch.records.length);
  partition.batches.push({ ...batch, baseOffset, lastOffset: partition.end - 1, bytes: null });
  return baseOffset;
};

/** Appends a batch; `nowMs` is the leader's clock. `verify`: what the coordinator says of the transaction (KIP-890). */
export const append = (partition: Partition, batch: Produced, nowMs: number, verify: () => number): Appended => {
  const { producerId, epoch, firstSequence, isTransactional, messages } = batch;
  const bytes = messages.reduce((sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0), 0);
  if (bytes > partition.maxBytes) return { code: CODE.tooLarge };
  const state = producerId < 0 ? undefined : partition.producers.get(producerId);
  const checked = checkSequence(state, batch);
  if (checked !== null) return checked;
  const verified = isTransactional && (state?.openFrom ?? null) === null ? verify() : CODE.none;
  if (verified !== CODE.none) return { code: verified };
  const records = messages.map(({ key, value, timestampMs }, i) => ({
    offset: partition.end + i,
    key,
    value,
    timestampMs: partition.isAppendTime ? nowMs : timestampMs,
  }));
  const baseOffset = push(partition, { producerId, isTransactional, control: null, records });
  if (producerId >= 0) {
    const own =
      state !== undefined && state.epoch === epoch ? state : { epoch, nextSequence: 0, recent: [], openFrom: state?.openFrom ?? null };
    own.nextSequence = firstSequence + messages.length;
    own.recent = [...own.recent, { firstSequence, baseOffset }].slice(-5);
    if (isTransactional) own.openFrom ??= baseOffset;
    partition.producers.set(producerId, own);
  }
  return { code: CODE.none, baseOffset };
};

/** Writes a marker, and with it the epoch of the transaction's end: older ones are fenced from here on. */
export const appendMarker = (partition: Partition, producerId: number, epoch: number, control: 'commit' | 'abort'): number => {
  const firstOffset = partition.producers.get(producerId)?.openFrom ?? null;
  const markerOffset = push(partition, { producerId, isTransactional: true, control, records: [] });
  if (firstOffset !== null) {
    partition.ending.push({ firstOffset, markerOffset });
    if (control === 'abort') partition.aborted.push({ producerId, firstOffset, markerOffset });
  }
  const state = partition.producers.get(producerId);
  if (state !== undefined && state.epoch === epoch) state.openFrom = null;
  else partition.producers.set(producerId, { epoch, nextSequence: 0, recent: [], openFrom: null });
  return markerOffset;
};

const MARKER_VALUE = Buffer.alloc(6);

const encoded = (batch: ModelBatch, isAppendTime: boolean): Buffer => {
  const { baseOffset, lastOffset, control, records, producerId, isTransactional } = batch;
  if (control !== null) {
    const key = Buffer.from([0, 0, 0, control === 'abort' ? 0 : 1]);
    return encodeBatch({ baseOffset, producerId: BigInt(producerId), isTransactional: true, isControl: true, records: [{ key, value: MARKER_VALUE }] }); // biome-ignore format: a line
  }
  const times = records.map(({ timestampMs }) => timestampMs);
  const baseTimestampMs = times[0] ?? 0;
  return encodeBatch({
    baseOffset,
    lastOffsetDelta: lastOffset - baseOffset,
    producerId: BigInt(producerId),
    isTransactional,
    isAppendTime,
    baseTimestampMs,
    maxTimestampMs: Math.max(baseTimestampMs, ...times),
    records: records.map(({ key, value, timestampMs }) => ({ key, value, timestampDelta: timestampMs - baseTimestampMs })),
    offsetDeltas: records.map(({ offset }) => offset - baseOffset),
  });
};

export interface Fetched {
  readonly code: number;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStart: number;
  readonly aborted: readonly AbortedRange[];
  readonly bytes: Buffer;
}

/** Whole batches from the one that holds `from` on, at most `most` of them; a broker cuts its answers as it likes. */
export const fetch = (partition: Partition, from: number, isolation: number, most: number): Fetched => {
  const { logStart, end, highWatermark, batches, isAppendTime } = partition;
  const ends = { highWatermark, lastStableOffset: lastStableOffset(partition), logStart };
  const nothing = { ...ends, aborted: [], bytes: Buffer.alloc(0) };
  if (from < logStart || from > end) return { code: CODE.outOfRange, ...nothing };
  const until = isolation === 1 ? ends.lastStableOffset : highWatermark;
  const given = batches.filter(({ baseOffset, lastOffset }) => lastOffset >= from && baseOffset < until).slice(0, most);
  if (given.length === 0) return { code: CODE.none, ...nothing };
  const last = given[given.length - 1].lastOffset;
  for (const batch of given) batch.bytes ??= encoded(batch, isAppendTime);
  const aborted = isolation === 1 ? partition.aborted.filter((range) => range.markerOffset >= from && range.firstOffset <= last) : [];
  return { code: CODE.none, ...ends, aborted, bytes: Buffer.concat(given.map(({ bytes }) => bytes as Buffer)) };
};

/** Records that a reader of the whole partition sees. */
export const visible = (partition: Partition, isolation: 0 | 1): ModelRecord[] => {
  const until = isolation === 1 ? lastStableOffset(partition) : partition.end;
  return partition.batches
    .filter(({ baseOffset, control }) => control === null && baseOffset < until)
    .filter(({ baseOffset, producerId, isTransactional }) => {
      const isOut = partition.aborted.some(
        (range) => range.producerId === producerId && range.firstOffset <= baseOffset && baseOffset < range.markerOffset,
      );
      return isolation === 0 || !isTransactional || !isOut;
    })
    .flatMap(({ records }) => records);
};

/** Takes away what a later committed record of the same key has replaced, and what was aborted; offsets stay (KIP-98, cleaner). */
export const compact = (partition: Partition): void => {
  const stable = lastStableOffset(partition);
  const kept = visible(partition, 1);
  const newest = new Map(kept.map(({ key, offset }) => [key?.toString('latin1') ?? '', offset]));
  const offsets = new Set(
    kept.filter(({ key, offset }) => newest.get(key?.toString('latin1') ?? '') === offset).map(({ offset }) => offset),
  );
  for (const batch of partition.batches) {
    if (batch.control !== null || batch.lastOffset >= stable) continue;
    batch.records = batch.records.filter(({ offset }) => offsets.has(offset));
    batch.bytes = null;
  }
};
