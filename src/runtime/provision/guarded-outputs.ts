import type { TextIndex } from '../../control/dataset/texts.ts';
import type { PeriodState } from '../../control/state.ts';
import type { PeriodOutput } from '../../model/output.ts';
import type { Plan, ViewPlan } from '../../model/plan.ts';
import { type OwnTopics, outputTopic } from '../log/kafka/settings.ts';
import type { GuardedOutput } from './recheck-dataset.ts';

/** An output of a guarded view by its topic. */
export interface GuardedTopic extends GuardedOutput {
  readonly topic: string;
  /** Null: the view's own. */
  readonly output: PeriodOutput | null;
}

const outputsOf = (view: ViewPlan, periods: readonly PeriodState[]): readonly (PeriodOutput | null)[] => [
  null,
  ...periods
    .filter(({ record }) => record.views.includes(view.name))
    .flatMap(({ record: { id, basis } }) => [
      { period: id, authorised: false },
      ...(basis === 'none' ? [] : [{ period: id, authorised: true }]),
    ]),
];

/**
 * Every topic that a view which an index guards may have left to: its own, and those of combined-use periods. Of several periods over a
 * view the strictest k holds for each: their windows may be the same.
 */
export const guardedTopics = (
  plan: Plan,
  topics: OwnTopics,
  indexes: readonly TextIndex[],
  periods: Iterable<PeriodState>,
): readonly GuardedTopic[] => {
  const all = [...periods];
  return indexes.flatMap((index) => {
    const view = plan.views[index.view];
    const k = Math.max(0, ...all.filter(({ record }) => record.views.includes(view.name)).map(({ record }) => record.k));
    return outputsOf(view, all).map((output): GuardedTopic => {
      const isAuthorised = output?.authorised === true;
      return { plan, view, index, topic: outputTopic(topics, view.name, output), output, periodK: output === null ? 0 : k, isAuthorised };
    });
  });
};
