import { invariant } from '../model/invariant.ts';
import type { Plan } from '../model/plan.ts';
import type { Summary } from './summary.ts';
import { decide } from './task/barrier.ts';
import { type Closed, closeDecided, lineageLines } from './task/close.ts';
import { nextEntry } from './task/entry.ts';
import { hold } from './task/hold.ts';
import { restore } from './task/restore.ts';
import { createState, type State, type StateOptions } from './task/state.ts';
import { take } from './task/take.ts';

/** What one step did, for progress, metrics and alarms. */
export interface StepInfo {
  /** Records read so far, since the ledger began. */
  readonly read: number;
  /** Records read by this step. */
  readonly records: number;
  /** Windows completed by this step. */
  readonly closed: readonly ClosedWindow[];
  /** Whether anything was written. */
  readonly isWritten: boolean;
  /** Whether records wait until somebody can tell how they have to be read. */
  readonly isHeld: boolean;
}

export interface ClosedWindow {
  readonly view: string;
  readonly windowEndMs: number;
  /** Exact counts by verdict byte: to be floored before anybody outside sees them. */
  readonly verdicts: Float64Array;
}

/**
 * A task, step by step. Each step is one transaction: what was fetched, what became final by it, and what the step before
 * decided. So a decision is committed before the first byte of its output: nobody, not even who reads uncommitted
 * data, sees a window that could still be decided otherwise.
 */
export interface Task {
  step(): Promise<StepInfo>;
  readonly summary: Summary;
  /** Records that entered any window of a view, since the ledger's open windows. */
  entered(view: number): number;
  /** True when a finite log was read to its end and every window is closed. */
  isDone(): boolean;
  /** Writes all survivors to `held`, so that whoever comes next need not read the source again. */
  settle(): Promise<void>;
}

/** What a step writes besides lineage, held survivors and the ledger entry. */
interface Parts {
  readonly closed: readonly Closed[];
  readonly quarantine: readonly string[];
}

const append = async (state: State, part: Parts, mustHold: boolean): Promise<void> => {
  const { durable, log } = state;
  const isOld = durable !== null && durable.clock.nowMs() - state.heldAtMs >= durable.heldEveryMs;
  const held = durable !== null && (mustHold || isOld) ? hold(state, durable) : [];
  const lineage = lineageLines(state);
  const ledger = durable === null ? null : nextEntry(state, durable.task);
  const { heldNext } = await log.append({
    outputs: part.closed.map(({ output }) => output),
    quarantine: part.quarantine,
    lineage,
    audit: part.closed.flatMap(({ audit }) => audit),
    held,
    ledger,
  });
  if (held.length > 0) state.heldNext = heldNext;
};

const stepOf = async (state: State): Promise<StepInfo> => {
  const batches = await state.log.fetch();
  const isHeld = state.log.isHeld?.() ?? false;
  const closed = closeDecided(state);
  const quarantine = batches.flatMap((batch) => take(state, batch));
  const { decided, hasBarrier } = await decide(state, state.log.isFinite && batches.length === 0 && !isHeld);
  state.decided = decided;
  const isWritten = batches.length > 0 || closed.length > 0 || decided.length > 0;
  if (isWritten) await append(state, { closed, quarantine }, hasBarrier);
  return {
    read: state.summary.read,
    records: batches.reduce((sum, { count }) => sum + count, 0),
    closed: closed.map(({ output: { view, windowEndMs }, verdicts }) => ({ view, windowEndMs, verdicts })),
    isWritten,
    isHeld,
  };
};

/** Opens a task as the only owner of its log: fences, then goes on where the last committed entry stands. */
export const openTask = async (options: StateOptions): Promise<Task> => {
  const ledger = await options.log.recover();
  const state = await createState(options);
  if (ledger !== null) {
    invariant(state.durable !== null, 'a log with a ledger is durable');
    await restore(state, state.durable, ledger);
  } else if (state.durable !== null) {
    // The beginning is an entry too: from now on an empty ledger is one that was lost.
    await append(state, { closed: [], quarantine: [] }, true);
  }
  let isDone = false;
  return {
    summary: state.summary,
    entered: (view) => state.windows.entered(view),
    isDone: () => isDone,
    async step() {
      const info = await stepOf(state);
      isDone = state.log.isFinite && !info.isWritten && !info.isHeld;
      return info;
    },
    async settle() {
      await append(state, { closed: [], quarantine: [] }, true);
    },
  };
};

/** At the end of a finite log nothing may be open, and every record of a view's event has exactly one verdict. */
const assertConservation = ({ views }: Plan, { summary, entered }: Task): void => {
  for (const { name, index } of views) {
    const { released, blocked } = summary.views[name];
    const verdicts = [...released, ...Object.values(blocked)].reduce((sum, count) => sum + count, 0);
    invariant(verdicts === entered(index), 'conservation of a view: every record of its event has one verdict');
  }
};

export interface TaskOptions extends StateOptions {
  /** Called after each step with the records read so far; what it throws ends the task. */
  readonly onStep?: (read: number) => void;
}

/**
 * Runs a task to the end of its log. Returns exact counts. Throws `InvariantError` before anything of a step is appended
 * when the sums do not add up.
 */
export const runTask = async (options: TaskOptions): Promise<Summary> => {
  const task = await openTask(options);
  while (!task.isDone()) {
    const { read } = await task.step();
    options.onStep?.(read);
  }
  assertConservation(options.plan, task);
  return task.summary;
};
