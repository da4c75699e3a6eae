import type { Log, Transaction } from '../../src/model/log.ts';
import { decodeLedger } from '../../src/record/ledger.ts';

/** Wraps a log so that `reach` is called at one named point of a task's life. */
type Point = (log: Log, reach: () => void) => Log;

/** Calls `reach` before or behind the appends that `isMeant`. */
const appending =
  (when: 'before' | 'after', isMeant: (transaction: Transaction) => boolean): Point =>
  (log, reach) => ({
    ...log,
    async append(transaction) {
      const isReached = isMeant(transaction);
      if (isReached && when === 'before') reach();
      const told = await log.append(transaction);
      if (isReached && when === 'after') reach();
      return told;
    },
  });

const decides = ({ ledger }: Transaction): boolean => {
  const entry = ledger === null ? null : decodeLedger(ledger);
  return entry?.ok === true && entry.value.decided.length > 0;
};

const releases = ({ outputs }: Transaction): boolean => outputs.some(({ count }) => count > 0);

/** The named fail-points at the border of a task and its log. Those within a transaction are told by the proxy: faults/points.ts. */
export const POINTS = {
  /** It is the owner, and knows the ledger; nothing is restored. */
  'after-fence': (log, reach) => ({
    ...log,
    async recover() {
      const entry = await log.recover();
      reach();
      return entry;
    },
  }),
  /** Some of what was held is offered again. */
  'in-restore': (log, reach) => ({
    ...log,
    async *held(from) {
      for await (const record of log.held(from)) {
        yield record;
        reach();
      }
    },
  }),
  'after-fetch': (log, reach) => ({
    ...log,
    async fetch() {
      const batches = await log.fetch();
      if (batches.length > 0) reach();
      return batches;
    },
  }),
  'before-append': appending('before', () => true),
  /** Committed, and the task does not know. */
  'after-commit': appending('after', () => true),
  /** A window is decided for good, and nothing of it is out. */
  'between-decided-and-output': appending('after', decides),
  'before-output': appending('before', releases),
  'after-output': appending('after', releases),
  'after-held': appending('after', ({ held }) => held.length > 0),
} as const satisfies Record<string, Point>;

export type PointName = keyof typeof POINTS;

export const isPoint = (name: string | undefined): name is PointName => name !== undefined && Object.hasOwn(POINTS, name);
