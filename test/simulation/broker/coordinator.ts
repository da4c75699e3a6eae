import { CODE } from './partition.ts';

/** One transactional id, as its coordinator has it (KIP-98; EndTxn answers before the markers are written). */
export interface TransactionalId {
  readonly id: string;
  readonly producerId: number;
  epoch: number;
  state: 'empty' | 'ongoing' | 'prepare-commit' | 'prepare-abort' | 'complete-commit' | 'complete-abort';
  timeoutMs: number;
  startedMs: number;
  /** Partitions of the transaction; while it ends, those whose marker is not written yet. */
  readonly partitions: Set<string>;
  /** Markers that are written and not replicated yet: `partition name` by offset. */
  readonly unreplicated: Map<string, number>;
}

export interface Coordinator {
  readonly ids: Map<string, TransactionalId>;
  nextProducerId: number;
}

export const createCoordinator = (): Coordinator => ({ ids: new Map(), nextProducerId: 1000 });

type Answer<T> = { readonly code: 0; readonly value: T } | { readonly code: Exclude<number, 0> };

const refused = (code: number): { readonly code: number } => ({ code });
const ok = <T>(value: T): { readonly code: 0; readonly value: T } => ({ code: 0, value });

const isEnding = ({ state }: TransactionalId): boolean => state === 'prepare-commit' || state === 'prepare-abort';

/** Makes the caller the only owner of the id: an open transaction of an earlier one is aborted first, with a newer epoch. */
export const initProducerId = (
  coordinator: Coordinator,
  id: string,
  timeoutMs: number,
): Answer<{ readonly producerId: number; readonly epoch: number }> | { readonly code: number } => {
  const known = coordinator.ids.get(id);
  if (known === undefined) {
    const producerId = coordinator.nextProducerId++;
    coordinator.ids.set(id, { id, producerId, epoch: 0, state: 'empty', timeoutMs, startedMs: 0, partitions: new Set(), unreplicated: new Map() }); // biome-ignore format: a line
    return ok({ producerId, epoch: 0 });
  }
  if (isEnding(known)) return refused(CODE.concurrentTransactions);
  if (known.state === 'ongoing') {
    known.epoch++;
    known.state = 'prepare-abort';
    return refused(CODE.concurrentTransactions);
  }
  known.epoch++;
  known.state = 'empty';
  known.timeoutMs = timeoutMs;
  return ok({ producerId: known.producerId, epoch: known.epoch });
};

export interface Caller {
  readonly id: string;
  readonly producerId: number;
  readonly epoch: number;
}

const find = (coordinator: Coordinator, { id, producerId, epoch }: Caller): TransactionalId | null => {
  const known = coordinator.ids.get(id);
  return known !== undefined && known.producerId === producerId && known.epoch === epoch ? known : null;
};

export const addPartitions = (coordinator: Coordinator, caller: Caller, names: readonly string[], nowMs: number): number => {
  const known = find(coordinator, caller);
  if (known === null) return CODE.invalidProducerEpoch;
  if (isEnding(known)) return CODE.concurrentTransactions;
  if (known.state !== 'ongoing') {
    known.state = 'ongoing';
    known.startedMs = nowMs;
    known.partitions.clear();
  }
  for (const name of names) known.partitions.add(name);
  return CODE.none;
};

export const endTransaction = (coordinator: Coordinator, caller: Caller, isCommit: boolean): number => {
  const known = find(coordinator, caller);
  if (known === null) return CODE.invalidProducerEpoch;
  const outcome = isCommit ? 'commit' : 'abort';
  switch (known.state) {
    case 'ongoing':
      known.state = `prepare-${outcome}`;
      return CODE.none;
    case 'prepare-commit':
    case 'prepare-abort':
      return known.state === `prepare-${outcome}` ? CODE.concurrentTransactions : CODE.invalidTransactionState;
    case 'complete-commit':
    case 'complete-abort':
      return known.state === `complete-${outcome}` ? CODE.none : CODE.invalidTransactionState;
    case 'empty':
      return CODE.invalidTransactionState;
  }
};

/** Aborts what was open for too long, with a newer epoch: its owner is fenced by that. */
export const expire = (coordinator: Coordinator, nowMs: number): readonly string[] => {
  const expired: string[] = [];
  for (const known of coordinator.ids.values()) {
    if (known.state !== 'ongoing' || nowMs - known.startedMs <= known.timeoutMs) continue;
    known.epoch++;
    known.state = 'prepare-abort';
    expired.push(known.id);
  }
  return expired;
};

/** Ends that wait for a marker to be written. */
export const endings = (coordinator: Coordinator): TransactionalId[] => [...coordinator.ids.values()].filter(isEnding);

/** Once every marker is written and replicated, the next transaction may begin. */
export const completeIfDone = (known: TransactionalId): void => {
  if (!isEnding(known) || known.partitions.size > 0 || known.unreplicated.size > 0) return;
  known.state = known.state === 'prepare-commit' ? 'complete-commit' : 'complete-abort';
};

/** Whether a partition is in the open transaction of this very epoch (KIP-890, verification): 0, or why it is not. */
export const verify = (coordinator: Coordinator, caller: Caller, name: string): number => {
  const known = find(coordinator, caller);
  if (known === null) return CODE.invalidProducerEpoch;
  return known.state === 'ongoing' && known.partitions.has(name) ? CODE.none : CODE.invalidTransactionState;
};
