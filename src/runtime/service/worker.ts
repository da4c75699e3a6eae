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
const HALTING = new Set(['misconfigured', 'corrupt', 'out-of-range', 'denied', 'unreadable']);

const isFatal = (error: unknown): boolean => !(error instanceof TransportError);

export const startWorker = (options: WorkerOptions): Worker => {
  const { number, clock, logger } = options;
  let state: WorkerState = 'opening';
  let steppedAtMs = clock.nowMs();
  let isStopping = false;
  let isOurs = true;
  let wake = (): void => {};
  const stopped = new Promise<void>((resolve) => {
    wake = resolve;
  });

  const run = async (opened: OpenedTask): Promise<void> => {
    while (!isStopping) {
      const startedMs = clock.nowMs();
      const { closed, isWritten } = await opened.task.step();
      steppedAtMs = clock.nowMs();
      if (closed.length > 0) options.onClosed(closed);
      if (isWritten) logger.log('step-done', { task: number, windows: closed.length, tookMs: steppedAtMs - startedMs });
    }
    if (isOurs) await opened.task.settle();
  };

  const once = async (): Promise<void> => {
    state = 'opening';
    const startedMs = clock.nowMs();
    const opened = await options.open();
    try {
      state = 'running';
      steppedAtMs = clock.nowMs();
      logger.log('restored', { task: number, rows: 0, tookMs: steppedAtMs - startedMs });
      await run(opened);
    } finally {
      await opened.close();
    }
  };

  const loop = async (): Promise<void> => {
    while (!isStopping) {
      try {
        await once();
      } catch (error) {
        logger.log('step-failed', { task: number, error: codeOf(error) });
        if (isFatal(error)) return options.onFatal(error);
        const { code, canRetry } = error as TransportError;
        if (HALTING.has(code) && !canRetry) {
          state = 'halted';
          return;
        }
        state = 'waiting';
        await Promise.race([options.confirmed(), stopped]);
      }
    }
  };
  const done = loop().finally(() => {
    if (state !== 'halted') state = 'stopped';
  });
  return {
    number,
    state: () => state,
    steppedAtMs: () => steppedAtMs,
    async stop(ours) {
      isStopping = true;
      isOurs = ours;
      wake();
      await done;
    },
  };
};
