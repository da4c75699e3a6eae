import { statSync } from 'node:fs';
import type { DatasetPlan } from '../../model/dataset.ts';
import { DatasetError } from '../../model/dataset-error.ts';
import { KeyError } from '../../model/keys.ts';
import type { Plan } from '../../model/plan.ts';
import { type DatasetFolders, type LoadedIndex, loadStored } from './load.ts';
import { findIndex, indexPath } from './store.ts';

/** Indexes by digest, as they lie in the folder now. What was loaded is kept, but counts only as long as its file is there. */
export interface Shelf {
  /** The index; an error when it is not to be had: not there, torn, of another policy, without its key. */
  get(plan: Plan, dataset: DatasetPlan, digest: string): LoadedIndex | DatasetError;
  /** What was not to be had is tried again, though its file is the same: its key may have come. */
  refresh(): void;
}

/** Of a dataset, the index in force and the one before it: windows of other views or tasks may still need that. */
const KEPT = 2;

interface Place {
  readonly name: string;
  /** What the file was when it was looked at. */
  readonly mark: string | null;
  readonly found: LoadedIndex | DatasetError;
}

/** Tells whether a file is the one that it was, without reading it; null: there is none that could be looked at. */
const markOf = (path: string): string | null => {
  try {
    const { ino, size, mtimeMs } = statSync(path);
    return `${ino} ${size} ${mtimeMs}`;
  } catch {
    return null;
  }
};

/** A file or key that cannot be read is one more way of not having the index. */
const load = (plan: Plan, dataset: DatasetPlan, { index, keys }: DatasetFolders, digest: string): LoadedIndex | DatasetError => {
  try {
    return loadStored(plan, dataset, keys, findIndex(index, dataset.name, digest));
  } catch (error) {
    if (error instanceof DatasetError) return error;
    if (error instanceof KeyError) return new DatasetError('dataset-key-missing', error.message);
    if (error instanceof Error && 'syscall' in error)
      return new DatasetError('dataset-index-broken', `an index of \`${dataset.name}\` that can be read`);
    throw error;
  }
};

export const createShelf = (folders: DatasetFolders): Shelf => {
  const places = new Map<string, Place>();
  const put = (key: string, place: Place): void => {
    places.delete(key);
    places.set(key, place);
    const loaded = [...places].filter(([, { name, found }]) => name === place.name && !(found instanceof DatasetError));
    for (const [oldest] of loaded.slice(0, -KEPT)) places.delete(oldest);
  };
  return {
    get(plan, dataset, digest) {
      const key = `${plan.digest} ${dataset.name} ${digest}`;
      const mark = markOf(indexPath(folders.index, dataset.name, digest));
      const known = places.get(key);
      const found = known !== undefined && known.mark === mark ? known.found : load(plan, dataset, folders, digest);
      put(key, { name: dataset.name, mark, found });
      return found;
    },
    refresh() {
      for (const [key, { found }] of places) if (found instanceof DatasetError) places.delete(key);
    },
  };
};
