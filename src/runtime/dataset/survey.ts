import { type ControlLine, createControlFold } from '../../control/fold.ts';
import type { DatasetPlan } from '../../model/dataset.ts';
import { type DatasetCode, DatasetError } from '../../model/dataset-error.ts';
import type { Plan } from '../../model/plan.ts';
import { parseInstant } from '../../model/time.ts';
import type { DatasetFolders } from './load.ts';
import { createShelf, type Shelf } from './shelf.ts';
import { newestIndex } from './store.ts';

/** How a dataset stands for a window that would end now. Times are ms. */
export interface DatasetStatus {
  readonly name: string;
  /** SHA-256 hex of the index in force; null: there is none. */
  readonly digest: string | null;
  readonly asOfMs: number | null;
  /** Windows that end later find it too old. */
  readonly untilMs: number | null;
  /** What keeps it from guarding; null: it guards. */
  readonly code: DatasetCode | null;
}

interface Chosen {
  readonly digest: string;
  readonly asOfMs: number;
  readonly isLost: boolean;
}

/** The newest of the folder. Throws `DatasetError`. */
const newest = ({ index }: DatasetFolders, dataset: DatasetPlan): Chosen => {
  const { digest, header } = newestIndex(index, dataset);
  return { digest, asOfMs: parseInstant(header.asOf), isLost: false };
};

const statusOf = (plan: Plan, dataset: DatasetPlan, shelf: Shelf, choose: () => Chosen | null, nowMs: number): DatasetStatus => {
  const nothing = { name: dataset.name, digest: null, asOfMs: null, untilMs: null };
  try {
    const chosen = choose();
    if (chosen === null) return { ...nothing, code: 'dataset-unnamed' };
    const { digest, asOfMs, isLost } = chosen;
    const status = { name: dataset.name, digest, asOfMs, untilMs: asOfMs + dataset.maxAgeMs };
    if (isLost) return { ...status, code: 'dataset-lost' };
    const found = shelf.get(plan, dataset, digest);
    return { ...status, code: found instanceof DatasetError ? found.code : nowMs <= status.untilMs ? null : 'dataset-stale' };
  } catch (error) {
    if (error instanceof DatasetError) return { ...nothing, code: error.code };
    throw error;
  }
};

/**
 * How the datasets of a plan stand. `lines`: the control log, where it says which indexes are in force; null: the newest of the
 * folder is.
 */
export const surveyDatasets = (
  plan: Plan,
  folders: DatasetFolders,
  lines: readonly ControlLine[] | null,
  nowMs: number,
): DatasetStatus[] => {
  const shelf = createShelf(folders);
  const fold = createControlFold(plan);
  for (const line of lines ?? []) fold.take(line);
  return plan.datasets.map((dataset) => {
    const choose = lines === null ? () => newest(folders, dataset) : () => fold.named(dataset, Number.POSITIVE_INFINITY);
    return statusOf(plan, dataset, shelf, choose, nowMs);
  });
};
