import type { Keys } from '../../../src/model/keys.ts';
import { type Log, type Transaction, TransportError } from '../../../src/model/log.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { createPipeline } from '../../../src/pipeline.ts';
import { createManualClock, type ManualClock } from '../../../src/runtime/clock.ts';
import type { ControlSource } from '../../../src/runtime/control/source.ts';
import { forgetKeys, keysByEpochs } from '../../../src/runtime/keys/epochs.ts';
import { memoryKeys, memoryRecipients } from '../../../src/runtime/keys/memory.ts';
import { type MemoryBroker, type MemoryLogOptions, openMemoryLog } from '../../../src/runtime/log/memory.ts';
import { openTask, type Task } from '../../../src/runtime/task.ts';
import { createWriters } from '../../../src/runtime/writers.ts';

/** Bytes that look random, the same for the same seed: nonces of tests. */
export const createBytes = (seed: number): ((count: number) => Uint8Array) => {
  let state = seed >>> 0;
  return (count) =>
    Uint8Array.from({ length: count }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state >>> 24;
    });
};

/** What an owner of the task does with the broker: how its log goes wrong, if it does. */
export type Mishap = 'none' | 'before' | 'after';

/** A log whose appends are told, one by one, what becomes of them: lost before their effect, or after it. */
export const fragile = (log: Log, next: () => Mishap): Log => ({
  ...log,
  async append(transaction: Transaction) {
    const mishap = next();
    if (mishap === 'before') throw new TransportError('unreachable', 'the reply was lost', true);
    const appended = await log.append(transaction);
    if (mishap === 'after') throw new TransportError('unreachable', 'the reply was lost', true);
    return appended;
  },
});

export interface OwnerOptions {
  readonly plan: Plan;
  readonly broker: MemoryBroker;
  readonly log?: MemoryLogOptions;
  readonly keys?: Keys;
  readonly clock?: ManualClock;
  readonly heldEveryMs?: number;
  readonly mishap?: () => Mishap;
  readonly task?: number;
  readonly wrap?: (log: Log) => Log;
  readonly delayObjectiveMs?: number;
  readonly controls?: ControlSource;
  /** What happens between reading the ledger and what follows. */
  readonly recovered?: () => Promise<void>;
}

const interrupted = (log: Log, recovered: () => Promise<void>): Log => ({
  ...log,
  async recover() {
    const entry = await log.recover();
    await recovered();
    return entry;
  },
});

/** A new owner of a durable memory log. */
export const openOwner = ({ plan, broker, ...options }: OwnerOptions): Promise<Task> => {
  const keys = keysByEpochs(options.keys ?? memoryKeys('restore'), options.controls?.epochs);
  const clock = options.clock ?? createManualClock(Number.MAX_SAFE_INTEGER / 4);
  const plain = (options.wrap ?? ((same: Log) => same))(openMemoryLog(broker, { isDurable: true, ...options.log }));
  const log = options.recovered === undefined ? plain : interrupted(plain, options.recovered);
  return openTask({
    plan,
    pipeline: createPipeline(plan, keys),
    log: options.mishap === undefined ? log : fragile(log, options.mishap),
    writers: createWriters(plan, keys, memoryRecipients('restore').recipients, options.task ?? 0),
    ...(options.controls === undefined ? {} : { controls: options.controls }),
    forget: (gone) => forgetKeys(keys, gone),
    durable: {
      task: options.task ?? 0,
      keys,
      clock,
      heldEveryMs: options.heldEveryMs ?? 0,
      idleMs: 30_000,
      ...(options.delayObjectiveMs === undefined ? {} : { delayObjectiveMs: options.delayObjectiveMs }),
      random: createBytes(broker.transactions.length),
    },
  });
};

/** Released records of all transactions, as text, sorted: the multiset. */
export const outputsOf = (broker: MemoryBroker): string[] =>
  broker.transactions
    .flatMap(({ outputs }) => outputs.flatMap(({ view, windowEndMs, json }) => json.map((line) => `${view} ${windowEndMs} ${line}`)))
    .sort();
