import type { DatasetCode } from '../model/dataset-error.ts';
import { invariant } from '../model/invariant.ts';
import type { Plan } from '../model/plan.ts';
import type { Summary } from './summary.ts';
import { decide, isControlled, reachBoundary } from './task/barrier.ts';
import { handOver, nameNext, type PlanRequest, passBoundary, pausedSources, untilBoundary } from './task/change.ts';
import { type Closed, closeDecided, lineageLines } from './task/close.ts';
import { oldestOpen, takeLate } from './task/delay.ts';
import { handOverEntry, nextEntry } from './task/entry.ts';
import { expel, knownBatches, lookForControls } from './task/epochs.ts';
import { hold } from './task/hold.ts';
import { restore } from './task/restore.ts';
import { createState, type Durable, type State, type StateOptions } from './task/state.ts';
import { take } from './task/take.ts';
import type { WindowEntry } from './window-book.ts';

/** What one step did, for progress, metrics and alarms. */
export interface StepInfo {
  /** Records read so far, since the ledger began. */
  readonly read: number;
  /** Records read by this step. */
  readonly records: number;
  /** Windows that were found to be past their objective: each is told once. */
  readonly late: readonly { readonly view: string; readonly index: number; readonly windowEndMs: number }[];
  /** Ends of the oldest windows that are still open, ms, by view. */
  readonly openSince: ReadonlyMap<string, number>;
  /** Windows completed by this step. */
  readonly closed: readonly ClosedWindow[];
  /** Whether anything was written. */
  readonly isWritten: boolean;
  /** Whether another plan decides from now on: this task has ended, and a new one opens with that plan. */
  readonly isHandedOver: boolean;
  /** Whether records wait until somebody can tell how they have to be read. */
  readonly isHeld: boolean;
  /** Views with windows that are over and wait for an index of a dataset, and what is wrong with it. */
  readonly waits: ReadonlyMap<number, DatasetCode>;
}

export interface ClosedWindow {
  readonly view: string;
  /** Its number in the plan that decided it, and the k there. */
  readonly index: number;
  readonly k: number;
  readonly windowEndMs: number;
  /** Exact counts by verdict byte: to be floored before anybody outside sees them. */
  readonly verdicts: Float64Array;
  /** Nothing left, as no index of a dataset was in force that is fresh enough. */
  readonly isStale: boolean;
}

/**
 * A task, step by step. Each step is one transaction: what was fetched, what became final by it, and what the step before
 * decided. So a decision is committed before the first byte of its output: nobody, not even who reads uncommitted
 * data, sees a window that could still be decided otherwise.
 */
export interface Task {
  /** `mayFetch` false: reads nothing, and finishes what was read. Default true. */
  step(mayFetch?: boolean): Promise<StepInfo>;
  /** Asks for another plan from the next boundary on. The next step writes down where that is. */
  request(plan: PlanRequest): void;
  /** Digest of the plan that was named to come next; null when there is none. */
  next(): string | null;
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
  /** Lines for windows that are late, and for what somebody accepted. */
  readonly alarms?: readonly string[];
  readonly closed: readonly Closed[];
  readonly quarantine: readonly string[];
  /** Set when this is the last entry of the plan. */
  readonly handOver?: ReturnType<typeof handOver>;
}

const ledgerOf = (state: State, { task }: Durable, { handOver: to }: Parts): Uint8Array =>
  to === undefined ? nextEntry(state, task) : handOverEntry(state, task, { plan: to.plan, change: to.change });

/** One task tells what became of control records: they are the same for all. */
const tellControls = (state: State): readonly string[] => {
  if (state.durable !== null && state.durable.task !== 0) return [];
  const verdicts = state.controls.verdicts(state.toldControls);
  state.toldControls += verdicts.length;
  return state.writers.audit.controls(verdicts);
};

const append = async (state: State, part: Parts, mustHold: boolean): Promise<void> => {
  const { durable, log } = state;
  const isOld = durable !== null && durable.clock.nowMs() - state.heldAtMs >= durable.heldEveryMs;
  const held = durable !== null && (mustHold || isOld) ? hold(state, durable) : [];
  const lineage = lineageLines(state);
  // In the order in which the chain made them.
  const audit = [
    ...(part.alarms ?? []),
    ...part.closed.flatMap((closed) => closed.audit),
    ...(part.handOver?.audit ?? []),
    ...tellControls(state),
  ];
  const ledger = durable === null ? null : ledgerOf(state, durable, part);
  const { heldNext } = await log.append({
    outputs: part.closed.flatMap(({ outputs }) => outputs),
    quarantine: part.quarantine,
    lineage,
    audit,
    held,
    ledger,
  });
  if (held.length > 0) state.heldNext = heldNext;
};

const alarmOf = ({ writers, durable }: State, window: WindowEntry): string =>
  writers.audit.late(window, durable?.delayObjectiveMs ?? 0, durable?.clock.nowMs() ?? 0);

/** Whether what was decided can be completed: who restarts has to read the control log again first. */
const areControlled = async (state: State): Promise<boolean> => {
  state.waits.clear();
  for (const window of state.decided) if (!(await isControlled(state, window))) return false;
  return true;
};

/** The line of who answers for the plan that was named, in the transaction that names it. */
const acceptedLines = ({ writers, change, durable }: State, request: PlanRequest | null): readonly string[] => {
  const acceptance = request?.acceptance ?? null;
  if (acceptance === null || change?.next == null) return [];
  return [writers.audit.accepted(acceptance, change.next.plan, durable?.clock.nowMs() ?? 0)];
};

const stepOf = async (state: State, request: PlanRequest | null, mayFetch: boolean): Promise<StepInfo> => {
  // First of all: what is said now may let go on what waits below.
  await lookForControls(state);
  if (!(await areControlled(state))) return waiting(state);
  const isNamed = request !== null && state.durable !== null && nameNext(state, request, state.durable.clock.nowMs());
  const fetched = mayFetch ? await state.log.fetch(pausedSources(state)) : [];
  const known = await knownBatches(state, fetched);
  const isHeld = known.isHeld || (state.log.isHeld?.() ?? false);
  const { before: batches, ended } = untilBoundary(state, known.batches);
  const late = takeLate(state);
  const alarms = [...(isNamed ? acceptedLines(state, request) : []), ...late.map((window) => alarmOf(state, window))];
  const gone = expel(state);
  const closed = closeDecided(state);
  const quarantine = batches.flatMap((batch) => take(state, batch));
  passBoundary(state, ended);
  const { decided, hasBarrier } = await decide(state, {
    isOver: mayFetch && state.log.isFinite && fetched.length === 0 && !isHeld,
    isBlind: !mayFetch,
  });
  state.decided = decided;
  const isHandedOver = closed.length === 0 && batches.length === 0 && reachBoundary(state);
  const isWritten =
    late.length > 0 || gone.length > 0 || batches.length > 0 || closed.length > 0 || decided.length > 0 || isNamed || isHandedOver;
  const parts = { alarms, closed, quarantine, ...(isHandedOver ? { handOver: handOver(state) } : {}) };
  if (isWritten) await append(state, parts, hasBarrier || isHandedOver);
  for (const keys of gone) state.forget(keys);
  return {
    read: state.summary.read,
    records: batches.reduce((sum, { count }) => sum + count, 0),
    closed: closed.map(({ windowEndMs, view: { name, index, k }, verdicts, isStale }) => ({
      view: name,
      index,
      k,
      windowEndMs,
      verdicts,
      isStale,
    })),
    late: late.map(({ view, windowStartMs }) => {
      const { name, index, windowMs } = state.plan.views[view];
      return { view: name, index, windowEndMs: windowStartMs + windowMs };
    }),
    openSince: oldestOpen(state),
    isWritten,
    isHandedOver,
    isHeld,
    waits: new Map(state.waits),
  };
};

/** A step that nothing happened in. */
const waiting = (state: State): StepInfo => ({
  read: state.summary.read,
  records: 0,
  late: [],
  openSince: oldestOpen(state),
  closed: [],
  isWritten: false,
  isHandedOver: false,
  isHeld: true,
  waits: new Map(state.waits),
});

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
  let request: PlanRequest | null = null;
  return {
    request(plan) {
      request = plan;
    },
    next: () => state.change?.next?.plan ?? null,
    summary: state.summary,
    entered: (view) => state.windows.entered(view),
    isDone: () => isDone,
    async step(mayFetch = true) {
      const asked = request;
      request = null;
      const info = await stepOf(state, asked, mayFetch);
      // A window that waits for the control log is open still.
      isDone = mayFetch && state.log.isFinite && !info.isWritten && !info.isHeld && state.windows.open().length === 0;
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
    const { released, authorised = 0, blocked } = summary.views[name];
    const verdicts = [...released, authorised, ...Object.values(blocked)].reduce((sum, count) => sum + count, 0);
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
