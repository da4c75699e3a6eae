import { randomBytes } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type ControlKey, FIRST_CONTROL_KEY, KeyError, type Prf } from '../../model/keys.ts';
import type { Plan } from '../../model/plan.ts';
import { commitmentOf } from './commitment.ts';
import { controlsText, newControls, parseControls, type StoredControls } from './control-file.ts';
import { openKeyFolder, readKeyFile, replaceKeyFile, withLock, writeKeyFile } from './files.ts';
import { createPrf, type ErasablePrf } from './prf.ts';

const KEY_BYTES = 32;
const FILE = 'control.json';

export interface ControlOptions {
  readonly prf: Plan['prf'];
  /** Make the first key where there is none. */
  readonly create: boolean;
}

const missing = (): KeyError => new KeyError('key-file-broken', 'a control.json that unjoin wrote, in the key folder');
const other = (): KeyError => new KeyError('control-key-missing', 'the control key that was said to be in force, in control.json');

const fresh = (): string => randomBytes(KEY_BYTES).toString('base64');

const load = (dir: string, prf: Plan['prf']): StoredControls | null => {
  const text = readKeyFile(join(dir, FILE));
  return text === null ? null : parseControls(text, prf);
};

const present = (dir: string, { prf, create }: ControlOptions): StoredControls => {
  openKeyFolder(dir);
  const there = load(dir, prf);
  if (there !== null) return there;
  if (!create) throw missing();
  return withLock(dir, () => {
    // Another process may have made it since.
    const since = load(dir, prf);
    if (since !== null) return since;
    const made = newControls(prf, fresh());
    writeKeyFile(join(dir, FILE), controlsText(made));
    return made;
  });
};

const handleOf = (prf: Plan['prf'], text: string): ErasablePrf => {
  const key = Buffer.from(text, 'base64');
  const handle = createPrf(prf, key);
  key.fill(0);
  return handle;
};

/**
 * A control key of a key folder (`control.json`, mode 0600), by which control records name subjects: whoever writes records and every
 * gate have the same ones. It is no key of an epoch: a denial has to hold beyond its end. The file is read anew by each call. Throws
 * `KeyError`: `control-key-missing` when the key is not there, or is another one than was committed to.
 */
export const openControlKey = (dir: string, options: ControlOptions, of: ControlKey = FIRST_CONTROL_KEY): ErasablePrf => {
  const create = options.create && of.number === FIRST_CONTROL_KEY.number;
  const { keys } = present(dir, { ...options, create });
  const key = Object.hasOwn(keys, of.number) ? keys[of.number] : undefined;
  if (key === undefined) throw other();
  if (key === null) throw new KeyError('key-destroyed', 'a control key that was not destroyed');
  const handle = handleOf(options.prf, key);
  if (of.commitment === null || commitmentOf(handle) === of.commitment) return handle;
  handle.erase();
  throw other();
};

/** Whether there is a file of control keys. */
export const hasControlKeys = (dir: string): boolean => existsSync(join(dir, FILE));

/** Control keys that the file has, by number, rising, and whether they are still there. */
export const controlKeys = (dir: string, options: ControlOptions): readonly { readonly number: number; readonly isDestroyed: boolean }[] =>
  Object.entries(present(dir, options).keys)
    .map(([number, key]) => ({ number: Number(number), isDestroyed: key === null }))
    .sort((a, b) => a.number - b.number);

/**
 * Makes a control key ready that comes into force later: fresh random bytes, on disk before anybody is told of it. One that is there
 * already stays. Throws `KeyError`.
 */
export const stageControlKey = (dir: string, prf: Plan['prf'], number: number): Prf => {
  present(dir, { prf, create: false });
  withLock(dir, () => {
    const stored = load(dir, prf);
    if (stored === null) throw missing();
    if (Object.hasOwn(stored.keys, number)) return;
    writeKeyFile(join(dir, FILE), controlsText({ ...stored, keys: { ...stored.keys, [number]: fresh() } }));
  });
  return openControlKey(dir, { prf, create: false }, { number, commitment: null });
};

/** Destroys one control key for good; the others stay. A tombstone remains, so that it is never made again. */
export const destroyControlKey = (dir: string, prf: Plan['prf'], number: number): void => {
  present(dir, { prf, create: false });
  withLock(dir, () => {
    const stored = load(dir, prf);
    if (stored === null) throw missing();
    if (Object.hasOwn(stored.keys, number) && stored.keys[number] === null) return;
    // What the file held is overwritten where it lay.
    replaceKeyFile(join(dir, FILE), controlsText({ ...stored, keys: { ...stored.keys, [number]: null } }));
  });
};

/** Destroys all control keys for good: whom control records were about cannot be told any more. Nothing to do where there are none. */
export const destroyControlKeys = (dir: string): void => {
  const path = join(dir, FILE);
  if (!existsSync(path)) return;
  replaceKeyFile(path, '{}\n');
  rmSync(path);
};
