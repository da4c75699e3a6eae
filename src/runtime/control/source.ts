import { type ControlFold, type ControlLine, type ControlVerdict, createControlFold } from '../../control/fold.ts';
import { type Controls, NO_CONTROLS } from '../../model/controls.ts';
import type { Epochs } from '../../model/epochs.ts';
import type { Plan, ViewPlan } from '../../model/plan.ts';

/** What a run has of registered datasets. */
export type Guards = Pick<Controls, 'datasets' | 'direct'>;

/** The control log as one task reads it. */
export interface ControlSource {
  /**
   * Whether every control record that was appended before a time, ms, is known: asks the log for more when it is not. A window
   * that ends there is not decided before. Throws `TransportError` only where nobody can ever tell.
   */
  isKnown(untilMs: number): Promise<boolean>;
  /** Up to when it is known to be whole, ms, without asking; absent: nobody tells. */
  readonly knownMs?: () => number;
  /** What holds for a window that `isKnown` covers. */
  at(view: ViewPlan, windowStartMs: number): Controls;
  /** Indexes of registered datasets: they guard every window alike. */
  readonly guards: Guards;
  /** Key epochs as control records cut them; absent: the policy alone does. What begins a window after what is known may change. */
  readonly epochs?: Epochs;
  /** What became of the records from a number on: for the audit. */
  verdicts(from: number): readonly ControlVerdict[];
}

/** Where there is no control log: the same for every window. */
export const fixedControls = (controls: Controls = NO_CONTROLS): ControlSource => ({
  isKnown: async () => true,
  at: () => controls,
  guards: controls,
  verdicts: () => [],
});

/** Reads what a log has beyond what was read; `untilMs`: up to when it is now known to be whole. */
export type ReadControls = () => Promise<{ readonly lines: readonly ControlLine[]; readonly untilMs: number }>;

/** Folds a control log as it is read. */
export const foldedControls = (plan: Plan, read: ReadControls, { datasets, direct }: Guards = NO_CONTROLS): ControlSource => {
  const fold: ControlFold = createControlFold(plan);
  const verdicts: ControlVerdict[] = [];
  let knownMs = Number.NEGATIVE_INFINITY;
  return {
    async isKnown(untilMs) {
      if (knownMs >= untilMs) return true;
      const { lines, untilMs: whole } = await read();
      for (const line of lines) verdicts.push(fold.take(line));
      knownMs = Math.max(knownMs, whole);
      return knownMs >= untilMs;
    },
    knownMs: () => knownMs,
    at: (view, windowStartMs) => ({ ...fold.at(view, windowStartMs), datasets, direct }),
    guards: { datasets, direct },
    epochs: fold.epochs,
    verdicts: (from) => verdicts.slice(from),
  };
};
