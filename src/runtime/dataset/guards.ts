import type { Controls } from '../../model/controls.ts';
import { DatasetError } from '../../model/dataset-error.ts';
import type { Plan } from '../../model/plan.ts';

/**
 * Refuses to begin without an index for every dataset and view that the plan says: whatever way a task is opened, nothing is
 * released unguarded. Throws `DatasetError` `dataset-missing`.
 */
export const requireGuards = (plan: Plan, { datasets, direct }: Pick<Controls, 'datasets' | 'direct'>): void => {
  for (const dataset of plan.datasets) {
    const isOf = (view: number) => (index: { readonly dataset?: string; readonly view: number }) =>
      index.dataset === dataset.name && index.view === view;
    for (const { view, attributes } of dataset.guards) {
      const isGuarded = (attributes.length === 0 || datasets.some(isOf(view))) && (dataset.direct.length === 0 || direct.some(isOf(view)));
      if (!isGuarded)
        throw new DatasetError('dataset-missing', `an index of \`${dataset.name}\` for the view \`${plan.views[view]?.name}\``);
    }
  }
};

/**
 * Refuses to decide a window by an index that is too old for it. The window's end decides, not our clock, so that whoever
 * decides again decides the same. Throws `DatasetError` `dataset-stale`.
 */
export const requireFresh = (plan: Plan, { datasets, direct }: Controls, view: number, windowEndMs: number): void => {
  const stale = [...datasets, ...direct].find(
    (index) => index.view === view && index.untilMs !== undefined && !(windowEndMs <= index.untilMs),
  );
  if (stale === undefined) return;
  throw new DatasetError('dataset-stale', `a newer index of \`${stale.dataset}\` for a window of \`${plan.views[view]?.name}\``);
};
