import type { PeriodRule, SubjectControls } from '../../../src/model/controls.ts';
import type { ViewPlan } from '../../../src/model/plan.ts';
import type { ControlSource } from '../../../src/runtime/control/source.ts';
import type { Change } from './world.ts';

/** A gate that goes by other periods than the log says. */
export const withPeriods = (change: (rules: readonly PeriodRule[], startMs: number, view: ViewPlan) => readonly PeriodRule[]): Change => ({
  controls: (given) => ({
    ...given,
    at(view, startMs) {
      const controls = given.at(view, startMs);
      return { ...controls, periods: change(controls.periods, startMs, view) };
    },
    periodsAt: (view, startMs) => change(given.periodsAt(view, startMs), startMs, view),
  }),
});

/** A gate that believes something else of subjects than the log says. */
export const withSubjects = (change: (given: SubjectControls, source: ControlSource, view: ViewPlan, startMs: number) => SubjectControls): Change => ({
  controls: (given) => ({
    ...given,
    at(view, startMs) {
      const controls = given.at(view, startMs);
      return { ...controls, subjects: change(controls.subjects as SubjectControls, given, view, startMs) };
    },
  }),
}); // biome-ignore format: a type
