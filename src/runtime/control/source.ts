import { type ControlFold, type ControlLine, type ControlVerdict, createControlFold, type Named } from '../../control/fold.ts';
import { type Controls, NO_CONTROLS, type PeriodRule } from '../../model/controls.ts';
import { DatasetError } from '../../model/dataset-error.ts';
import type { Epochs } from '../../model/epochs.ts';
import { invariant } from '../../model/invariant.ts';
import type { Plan, ViewPlan } from '../../model/plan.ts';
import { fixedGuarding, type Guarding, type Guards } from '../dataset/guarding.ts';

/** The control log as one task reads it. */
export interface ControlSource {
  /**
   * Whether every control record that was appended before a time, ms, is known: asks the log for more when it is not. A window
   * that ends there is not decided before. Throws `TransportError` only where nobody can ever tell.
   */
  isKnown(untilMs: number): Promise<boolean>;
  /** Up to when it is known to be whole, ms, without asking; absent: nobody tells. */
  readonly knownMs?: () => number;
  /** Why a window that `isKnown` covers cannot be decided all the same: an index that guards it is not to be had. Null: it can. */
  waitsFor(view: ViewPlan, windowStartMs: number): DatasetError | null;
  /** What holds for a window that `isKnown` covers and that waits for nothing. */
  at(view: ViewPlan, windowStartMs: number): Controls;
  /** Periods over a window as far as they are known: for what is final before the window is over. */
  periodsAt(view: ViewPlan, windowStartMs: number): readonly PeriodRule[];
  /** Indexes of registered datasets that guard every window alike; null where the log says which do. */
  readonly guards: Guards | null;
  /** Key epochs as control records cut them; absent: the policy alone does. What begins a window after what is known may change. */
  readonly epochs?: Epochs;
  /** What became of the records from a number on: for the audit. */
  verdicts(from: number): readonly ControlVerdict[];
}

/** Where there is no control log: the same for every window. */
export const fixedControls = (controls: Controls = NO_CONTROLS): ControlSource => ({
  isKnown: async () => true,
  waitsFor: () => null,
  at: () => controls,
  periodsAt: () => controls.periods,
  guards: controls,
  verdicts: () => [],
});

/** Reads what a log has beyond what was read; `untilMs`: up to when it is now known to be whole. */
export type ReadControls = () => Promise<{ readonly lines: readonly ControlLine[]; readonly untilMs: number }>;

/** What guards windows, of each by its end. */
const guardsOf = (guarding: Guarding, named: Named): Pick<ControlSource, 'waitsFor' | 'guards'> & { at: ControlSource['at'] } => {
  const of = (view: ViewPlan, windowStartMs: number) => guarding.of(view, windowStartMs + view.windowMs, named);
  return {
    waitsFor(view, windowStartMs) {
      const guards = of(view, windowStartMs);
      return guards instanceof DatasetError ? guards : null;
    },
    at(view, windowStartMs) {
      const guards = of(view, windowStartMs);
      invariant(!(guards instanceof DatasetError), 'a window is decided when all of its indexes are there');
      return { ...NO_CONTROLS, datasets: guards.datasets, direct: guards.direct };
    },
    get guards() {
      return guarding.fixed;
    },
  };
};

/** Where there are datasets and no control log. */
export const guardedControls = (guarding: Guarding): ControlSource => {
  const guarded = guardsOf(guarding, () => null);
  return Object.assign(guarded, { isKnown: async () => true, periodsAt: () => [], verdicts: () => [] });
};

/** Folds a control log as it is read. */
export const foldedControls = (plan: Plan, read: ReadControls, guarding: Guarding = fixedGuarding()): ControlSource => {
  const fold: ControlFold = createControlFold(plan);
  const guarded = guardsOf(guarding, fold.named);
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
    waitsFor: guarded.waitsFor,
    periodsAt: fold.periodsAt,
    at(view, windowStartMs) {
      const { datasets, direct } = guarded.at(view, windowStartMs);
      return { ...fold.at(view, windowStartMs), datasets, direct };
    },
    get guards() {
      return guarding.fixed;
    },
    epochs: fold.epochs,
    verdicts: (from) => verdicts.slice(from),
  };
};
