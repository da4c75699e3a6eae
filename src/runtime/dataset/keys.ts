import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatasetError } from '../../model/dataset-error.ts';
import type { Prf } from '../../model/keys.ts';
import type { Plan } from '../../model/plan.ts';
import { openKeyFolder, readKeyFile, writeKeyFile } from '../keys/files.ts';
import { createPrf } from '../keys/prf.ts';

/** The keys of one registration: independent random values, so that destroying them destroys its index and nothing else. */
export interface DatasetKeys {
  readonly id: string;
  /** Seals the index (AES-256-GCM). */
  readonly seal: Uint8Array;
  /** Makes tokens of values that join, and of persons. */
  readonly prf: Prf;
}

const KEY_BYTES = 32;
const ID_BYTES = 8;

/** Not `.key`: those are the private halves that whoever runs the service moves away. */
const fileOf = (dir: string, id: string): string => join(dir, `dataset.${id}.secret`);

/** Whether a file of a key folder is the key of a dataset. */
export const isDatasetKey = (name: string): boolean => /^dataset\..*\.secret$/.test(name);

const keysOf = (id: string, bytes: Uint8Array, prf: Plan['prf']): DatasetKeys => ({
  id,
  seal: bytes.subarray(0, KEY_BYTES),
  prf: createPrf(prf, bytes.subarray(KEY_BYTES)),
});

/** Fresh keys. Nothing is written: `saveKeys` does that, before the index that needs them is. */
export const makeKeys = (prf: Plan['prf']): { readonly keys: DatasetKeys; readonly bytes: Uint8Array } => {
  const bytes = randomBytes(2 * KEY_BYTES);
  return { keys: keysOf(randomBytes(ID_BYTES).toString('hex'), bytes, prf), bytes };
};

export const saveKeys = (dir: string, id: string, bytes: Uint8Array): void => {
  openKeyFolder(dir);
  writeKeyFile(fileOf(dir, id), `${Buffer.from(bytes).toString('base64')}\n`);
};

/** Keys of an index. Throws `DatasetError` `dataset-key-missing`, and `KeyError` when others could read them. */
export const loadKeys = (dir: string, id: string, prf: Plan['prf']): DatasetKeys => {
  openKeyFolder(dir);
  const text = readKeyFile(fileOf(dir, id));
  const bytes = Buffer.from(text ?? '', 'base64');
  if (bytes.length !== 2 * KEY_BYTES) throw new DatasetError('dataset-key-missing', 'the key of the index in the key folder');
  return keysOf(id, bytes, prf);
};
