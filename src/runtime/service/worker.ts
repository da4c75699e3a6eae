import type { DatasetCode } from '../../model/dataset-error.ts';
import { TransportError } from '../../model/log.ts';
import type { Plan } from '../../model/plan.ts';
import type { Clock } from '../../model/ports.ts';
import type { Logger } from '../logger.ts';
import { codeOf } from '../logger.ts';
import type { PlanRequest } from '../task/change.ts';
import type { ClosedWindow, StepInfo, Task } from '../task.ts';

/** A task that was opened, with what it holds. */
export interface OpenedTask {
  readonly task: Task;
  /** The plan by which it decides. */
  readonly plan: Plan;
  close(): Promise<void>;
}

/** `holding`: the log waits for a schema registry, or windows for an index of a dataset; `waiting`: the task is opened again soon; `halted`: an operator has to look. */
export type WorkerState = 'opening' | 'running' | 'holding' | 'waiting' | 'halted' | 'stopped';

/** Runs one task for as long as it is ours. */
export interface Worker {
  readonly number: number;
  state(): WorkerState;
  /** Our clock at the end of its last step, ms. */
  steppedAtMs(): number;
  /** Digest of the plan that decides next, once it was named; null otherwise. */
  next(): string | null;
  /** Ends of the oldest windows that wait to be decided, ms, by view, as of the last step. */
  openSince(): ReadonlyMap<string, number>;
  /** Tries again what an operator had to mend. */
  retry(): void;
  /** Finishes the step that is under way, holds all survivors and lets go; `isOurs` false: another owner is there already. */
  stop(isOurs: boolean): Promise<void>;
}

export interface WorkerOptions {
  readonly number: number;
  open(): Promise<OpenedTask>;
  /** Settles when membership was confirmed after the call: a fenced zombie that opens again would fence its successor. */
  confirmed(): Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether anything may be fetched now, and a wait until it is asked again; always, when left out. */
  readonly intake?: { readonly mayFetch: () => boolean; readonly wait: () => Promise<unknown> };
  /** What a task that runs by a plan is to be asked for: the plan that is wanted. */
  requestFor(plan: Plan): PlanRequest;
  onClosed(windows: readonly ClosedWindow[]): void;
  /** Windows that were found to be past their objective. */
  readonly onLate?: (windows: StepInfo['late']) => void;
  /** The task stops for good; an operator has to look at what the error says. */
  onHalted(error: TransportError): void;
  /** A broken invariant or key: the whole process ends before anything else is written. */
  onFatal(error: unknown): void;
}

/** What waiting does not mend: the task stops, releases nothing, and an operator has to look. */
const HALTING = new Set<string>(['misconfigured', 'corrupt', 'out-of-range', 'denied', 'unreadable', 'unwritable']);

const isFatal = (error: unknown): boolean => !(error instanceof TransportError);

/** What a worker is about just now. */
interface Run {
  readonly options: WorkerOptions;
  state: WorkerState;
  steppedAtMs: number;
  isHeld: boolean;
  heldAtMs: number;
  waits: StepInfo['waits'];
  isStopping: boolean;
  isOurs: boolean;
  openSince: ReadonlyMap<string, number>;
  /** Of the task that is open. */
  next: () => string | null;
  /** Called when a task that was halted may be tried again. */
  wake: () => void;
  /** Settles when it is stopped. */
  readonly stopped: Promise<void>;
}

/** Nothing passes and nothing goes to quarantine while nobody can tell what records are: the task goes on by itself. */
const hold = (run: Run, isHeld: boolean): void => {
  const { number, clock, logger } = run.options;
  if (isHeld === run.isHeld) return;
  run.isHeld = isHeld;
  if (isHeld) run.heldAtMs = clock.nowMs();
  if (isHeld) logger.log('held', { task: number, error: 'unreachable' });
  else logger.log('resumed', { task: number, heldMs: clock.nowMs() - run.heldAtMs });
};

/** Windows that wait for an index hold nothing but their view; each view is told once, and again when something else is wrong. */
const tellWaits = (run: Run, waits: ReadonlyMap<number, DatasetCode>): void => {
  const { number: task, logger } = run.options;
  for (const [view, dataset] of waits) if (run.waits.get(view) !== dataset) logger.log('dataset-held', { task, view, dataset });
  for (const view of run.waits.keys()) if (!waits.has(view)) logger.log('dataset-resumed', { task, view });
  run.waits = waits;
};

const steps = async (run: Run, { task, plan }: OpenedTask): Promise<void> => {
  const { number, clock, logger, intake, onClosed, onLate, requestFor } = run.options;
  while (!run.isStopping) {
    const startedMs = clock.nowMs();
    task.request(requestFor(plan));
    const mayFetch = intake?.mayFetch() ?? true;
    const { closed, late, openSince, isWritten, isHeld, isHandedOver, waits } = await task.step(mayFetch);
    run.steppedAtMs = clock.nowMs();
    // A step that waits for an index alone is told as such.
    hold(run, isHeld && waits.size === 0);
    tellWaits(run, waits);
    run.state = isHeld || waits.size > 0 ? 'holding' : 'running';
    run.openSince = openSince;
    if (late.length > 0) onLate?.(late);
    if (closed.length > 0) onClosed(closed);
    if (isWritten) logger.log('step-done', { task: number, windows: closed.length, tookMs: run.steppedAtMs - startedMs });
    // The ledger names another plan: it is opened anew, as after a restart.
    if (isHandedOver) return logger.log('policy-in-force', { task: number });
    if ((!mayFetch || isHeld) && !isWritten) await Promise.race([intake?.wait(), run.stopped]);
  }
  if (run.isOurs) await task.settle();
};

const once = async (run: Run): Promise<void> => {
  const { number, clock, logger, open } = run.options;
  run.state = 'opening';
  const startedMs = clock.nowMs();
  const opened = await open();
  try {
    run.state = 'running';
    run.isHeld = false;
    run.waits = new Map();
    run.next = opened.task.next;
    run.steppedAtMs = clock.nowMs();
    logger.log('restored', { task: number, tookMs: run.steppedAtMs - startedMs });
    await steps(run, opened);
  } finally {
    run.next = none;
    await opened.close();
  }
};

const none = (): null => null;

/** Waits until somebody has mended what halts the task, or stops it. */
const halted = async (run: Run, error: TransportError): Promise<void> => {
  const woken = new Promise<void>((resolve) => {
    run.wake = resolve;
  });
  run.options.onHalted(error);
  await Promise.race([woken, run.stopped]);
};

/** Opens the task again after every error that another owner, or time, may mend. */
const loop = async (run: Run): Promise<void> => {
  const { number, logger, confirmed, onFatal } = run.options;
  while (!run.isStopping) {
    try {
      await once(run);
    } catch (error) {
      logger.log('step-failed', { task: number, error: codeOf(error) });
      if (isFatal(error)) return onFatal(error);
      const { code, canRetry } = error as TransportError;
      run.state = HALTING.has(code) && !canRetry ? 'halted' : 'waiting';
      await (run.state === 'halted' ? halted(run, error as TransportError) : Promise.race([confirmed(), run.stopped]));
    }
  }
};

export const startWorker = (options: WorkerOptions): Worker => {
  let wake = (): void => {};
  const stopped = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const nowMs = options.clock.nowMs();
  const run: Run = {
    options,
    state: 'opening',
    steppedAtMs: nowMs,
    isHeld: false,
    heldAtMs: nowMs,
    waits: new Map(),
    isStopping: false,
    isOurs: true,
    openSince: new Map(),
    next: none,
    wake: () => {},
    stopped,
  };
  const done = loop(run).finally(() => {
    if (run.state !== 'halted') run.state = 'stopped';
  });
  return {
    number: options.number,
    state: () => run.state,
    steppedAtMs: () => run.steppedAtMs,
    next: () => run.next(),
    openSince: () => run.openSince,
    retry: () => run.wake(),
    async stop(isOurs) {
      run.isStopping = true;
      run.isOurs = isOurs;
      wake();
      await done;
    },
  };
};
