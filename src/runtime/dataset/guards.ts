import type { Controls } from '../../model/controls.ts';
import { DatasetError } from '../../model/dataset-error.ts';
import type { Plan } from '../../model/plan.ts';

type Guards = Pick<Controls, 'datasets' | 'direct'>;

/**
 * Refuses to go on without an index for every dataset and view that the plan says (or for one view): whatever way a task is
 * opened, nothing is released unguarded. Throws `DatasetError` `dataset-missing`.
 */
export const requireGuards = (plan: Plan, { datasets, direct }: Guards, only?: number): void => {
  for (const dataset of plan.datasets) {
    const isOf = (view: number) => (index: { readonly dataset?: string; readonly view: number }) =>
      index.dataset === dataset.name && index.view === view;
    for (const { view, attributes } of dataset.guards) {
      if (only !== undefined && view !== only) continue;
      const isGuarded = (attributes.length === 0 || datasets.some(isOf(view))) && (dataset.direct.length === 0 || direct.some(isOf(view)));
      if (!isGuarded)
        throw new DatasetError('dataset-missing', `an index of \`${dataset.name}\` for the view \`${plan.views[view]?.name}\``);
    }
  }
};

/**
 * The dataset whose index is too old for a window; undefined: none is. The window's end decides, not our clock, so that whoever
 * decides again decides the same. The gate lets nothing out then.
 */
export const staleDataset = ({ datasets, direct }: Guards, view: number, windowEndMs: number): string | undefined => {
  const stale = [...datasets, ...direct].find(
    (index) => index.view === view && index.untilMs !== undefined && !(windowEndMs <= index.untilMs),
  );
  return stale === undefined ? undefined : (stale.dataset ?? '');
};

/** Refuses to decide a window by an index that is too old for it. Throws `DatasetError` `dataset-stale`. */
export const requireFresh = (plan: Plan, guards: Guards, view: number, windowEndMs: number): void => {
  const stale = staleDataset(guards, view, windowEndMs);
  if (stale === undefined) return;
  throw new DatasetError('dataset-stale', `a newer index of \`${stale}\` for a window of \`${plan.views[view]?.name}\``);
};
