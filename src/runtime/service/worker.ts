import { TransportError } from '../../model/log.ts';
import type { Clock } from '../../model/ports.ts';
import type { Logger } from '../logger.ts';
import { codeOf } from '../logger.ts';
import type { ClosedWindow, Task } from '../task.ts';

/** A task that was opened, with what it holds. */
export interface OpenedTask {
  readonly task: Task;
  close(): Promise<void>;
}

export type WorkerState = 'opening' | 'running' | 'waiting' | 'halted' | 'stopped';

/** Runs one task for as long as it is ours. */
export interface Worker {
  readonly number: number;
  state(): WorkerState;
  /** Our clock at the end of its last step, ms. */
  steppedAtMs(): number;
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
  onClosed(windows: readonly ClosedWindow[]): void;
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
  isStopping: boolean;
  isOurs: boolean;
  /** Settles when it is stopped. */
  readonly stopped: Promise<void>;
}

const steps = async (run: Run, { task }: OpenedTask): Promise<void> => {
  const { number, clock, logger, onClosed } = run.options;
  while (!run.isStopping) {
    const startedMs = clock.nowMs();
    const { closed, isWritten } = await task.step();
    run.steppedAtMs = clock.nowMs();
    if (closed.length > 0) onClosed(closed);
    if (isWritten) logger.log('step-done', { task: number, windows: closed.length, tookMs: run.steppedAtMs - startedMs });
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
    run.steppedAtMs = clock.nowMs();
    logger.log('restored', { task: number, tookMs: run.steppedAtMs - startedMs });
    await steps(run, opened);
  } finally {
    await opened.close();
  }
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
      if (run.state === 'halted') return;
      await Promise.race([confirmed(), run.stopped]);
    }
  }
};

export const startWorker = (options: WorkerOptions): Worker => {
  let wake = (): void => {};
  const stopped = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const run: Run = { options, state: 'opening', steppedAtMs: options.clock.nowMs(), isStopping: false, isOurs: true, stopped };
  const done = loop(run).finally(() => {
    if (run.state !== 'halted') run.state = 'stopped';
  });
  return {
    number: options.number,
    state: () => run.state,
    steppedAtMs: () => run.steppedAtMs,
    async stop(isOurs) {
      run.isStopping = true;
      run.isOurs = isOurs;
      wake();
      await done;
    },
  };
};
