import type { Named, NamedIndex } from '../../control/fold.ts';
import { type Controls, type DatasetIndex, type DirectIndex, NO_CONTROLS } from '../../model/controls.ts';
import type { DatasetPlan } from '../../model/dataset.ts';
import { DatasetError } from '../../model/dataset-error.ts';
import type { Plan, ViewPlan } from '../../model/plan.ts';
import { requireFresh } from './guards.ts';
import { type DatasetFolders, loadDatasets } from './load.ts';
import type { Shelf } from './shelf.ts';

/** What a run has of registered datasets. */
export type Guards = Pick<Controls, 'datasets' | 'direct'>;

/** Says which indexes guard a window. */
export interface Guarding {
  /** For a window of a view that ends at a time, ms; an error: one of its indexes is not to be had, and it cannot be decided. */
  of(view: ViewPlan, windowEndMs: number, named: Named): Guards | DatasetError;
  /** What guards every window alike, so that it can be looked at before the first; null where the control log says it. */
  readonly fixed: Guards | null;
  /** Looks again at the folder of indexes. Throws `DatasetError` when what lies there cannot guard; then all is as before. */
  refresh(): void;
}

/** Whether the control log of a plan says which indexes are in force: somebody may say it. */
export const isNamedByLog = ({ signers }: Plan): boolean => signers.some(({ may }) => may.includes('dataset'));

/** The same indexes for every window: of policies without datasets, and of tests. */
export const fixedGuarding = (guards: Guards = NO_CONTROLS): Guarding => ({ of: () => guards, fixed: guards, refresh: () => {} });

/** The newest index of the folder when it was last read, for policies whose control log says nothing of datasets. */
export const folderGuarding = (plan: Plan, folders: DatasetFolders): Guarding => {
  let guards: Guards = loadDatasets(plan, folders).controls;
  return {
    of: () => guards,
    get fixed() {
      return guards;
    },
    refresh() {
      guards = loadDatasets(plan, folders).controls;
    },
  };
};

/** Fails every tuple: what guards a view when no index is in force, or one that is too old or given up. The gate takes it for stale. */
const barred = (dataset: DatasetPlan, view: number): Guards => {
  const origin = { dataset: dataset.name, view, untilMs: Number.NEGATIVE_INFINITY };
  const guard = dataset.guards.find((one) => one.view === view);
  const counts: DatasetIndex = { ...origin, kMap: guard?.kMap ?? 1, possible: () => 1, certain: () => 0 };
  const direct: DirectIndex = { ...origin, has: () => true };
  return { datasets: guard?.attributes.length === 0 ? [] : [counts], direct: dataset.direct.length === 0 ? [] : [direct] };
};

const guardedBy = (plan: Plan, shelf: Shelf, dataset: DatasetPlan, view: number, { digest, asOfMs }: NamedIndex): Guards | DatasetError => {
  const loaded = shelf.get(plan, dataset, digest);
  if (loaded instanceof DatasetError) return loaded;
  // The record says how old the data are, so that age is a fact of the log like the index itself.
  const untilMs = asOfMs + dataset.maxAgeMs;
  const ofView = <T extends DatasetIndex | DirectIndex>(indexes: readonly T[]): T[] =>
    indexes.flatMap((index) => (index.view === view ? [{ ...index, untilMs }] : []));
  return { datasets: ofView(loaded.datasets), direct: ofView(loaded.direct) };
};

/**
 * The indexes that the control log names as of the window's end. None named, one too old, or one given up: everything is blocked, which
 * is decided without the index, and the same whoever decides. Named and not to be had: the window waits, as nobody could tell. What was
 * given up is blocked whether its file is there or not: what can be reached on a machine decides nothing.
 */
export const namedGuarding = (plan: Plan, shelf: Shelf): Guarding => ({
  of(view, windowEndMs, named) {
    const guards: Guards[] = [];
    for (const dataset of plan.datasets) {
      if (!dataset.guards.some((guard) => guard.view === view.index)) continue;
      const index = named(dataset, windowEndMs);
      const isInForce = index !== null && !index.isLost && windowEndMs <= index.asOfMs + dataset.maxAgeMs;
      const found = isInForce ? guardedBy(plan, shelf, dataset, view.index, index) : barred(dataset, view.index);
      if (found instanceof DatasetError) return found;
      guards.push(found);
    }
    return { datasets: guards.flatMap(({ datasets }) => datasets), direct: guards.flatMap(({ direct }) => direct) };
  },
  fixed: null,
  refresh: shelf.refresh,
});

/**
 * Over files nobody waits for an index: one that is missing ends the run, and so does one of the folder that is too old, as the run
 * can be repeated with a newer. `of` throws `DatasetError`.
 */
export const impatient = (plan: Plan, guarding: Guarding): Guarding => ({
  ...guarding,
  of(view, windowEndMs, named) {
    const guards = guarding.of(view, windowEndMs, named);
    if (guards instanceof DatasetError) throw guards;
    if (guarding.fixed !== null) requireFresh(plan, guards, view.index, windowEndMs);
    return guards;
  },
});
