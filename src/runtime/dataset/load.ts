import { decodeBody } from '../../control/dataset/codec.ts';
import { createCountIndex } from '../../control/dataset/count-index.ts';
import { createDirectIndex, createJoins } from '../../control/dataset/direct.ts';
import { createTextIndex, type TextIndex } from '../../control/dataset/texts.ts';
import type { Controls, DatasetIndex, DirectIndex } from '../../model/controls.ts';
import type { DatasetPlan } from '../../model/dataset.ts';
import { DatasetError } from '../../model/dataset-error.ts';
import type { Plan } from '../../model/plan.ts';
import { parseInstant } from '../../model/time.ts';
import { loadKeys } from './keys.ts';
import { newestIndex, openBody, refuseForeign, type StoredIndex } from './store.ts';

export interface DatasetFolders {
  /** Folder of indexes. */
  readonly index: string;
  /** Folder of keys. */
  readonly keys: string;
}

/** What guards a plan's views, and which files it came from. */
export interface LoadedDatasets {
  readonly controls: Pick<Controls, 'datasets' | 'direct'>;
  readonly stored: readonly StoredIndex[];
}

/**
 * Loads the newest index, by as-of time, of every dataset that the plan declares. Throws `DatasetError` when one is missing,
 * broken, of other columns, paths or ladders, or under another key: nothing may start then.
 */
export const loadDatasets = (plan: Plan, folders: DatasetFolders): LoadedDatasets => {
  const loaded = plan.datasets.map((dataset) => loadOne(plan, dataset, folders));
  return {
    controls: { datasets: loaded.flatMap(({ datasets }) => datasets), direct: loaded.flatMap(({ direct }) => direct) },
    stored: loaded.map(({ stored }) => stored),
  };
};

/** One index, ready to guard. */
export interface LoadedIndex {
  readonly datasets: readonly DatasetIndex[];
  readonly direct: readonly DirectIndex[];
  /** What it says of texts that have left, by guarded view. */
  readonly texts: readonly TextIndex[];
  readonly stored: StoredIndex;
}

const loadOne = (plan: Plan, dataset: DatasetPlan, { index, keys }: DatasetFolders): LoadedIndex =>
  loadStored(plan, dataset, keys, newestIndex(index, dataset));

/** Opens an index. Throws `DatasetError` when it is not the plan's, or not under its key. */
export const loadStored = (plan: Plan, dataset: DatasetPlan, keyFolder: string, stored: StoredIndex): LoadedIndex => {
  const { name, basis } = dataset;
  if (stored.header.basis !== basis) refuseForeign(name);
  const keys = loadKeys(keyFolder, stored.header.keyId, plan.prf);
  const body = decodeBody(openBody(stored, keys.seal), plan, dataset);
  if (body === null) throw new DatasetError('dataset-index-broken', `a whole index of \`${name}\``);
  const origin = { dataset: name, untilMs: parseInstant(stored.header.asOf) + dataset.maxAgeMs };
  const views = dataset.guards.map((guard) => plan.views[guard.view]);
  const counted = dataset.guards.map((guard, i) => {
    const counts = body.counts[i];
    return counts === null ? null : createCountIndex(counts, guard, views[i].attributes.length, origin);
  });
  const joins = createJoins(body.direct, keys.prf);
  return {
    stored,
    datasets: counted.filter((index) => index !== null),
    texts: dataset.guards.map((guard, i) => createTextIndex(plan, guard, body.counts[i], counted[i], joins)),
    direct: body.direct.kinds.length === 0 ? [] : views.map((view) => createDirectIndex(body.direct, plan, view, keys.prf, origin)),
  };
};
