import { randomBytes } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { KeyError, type Prf } from '../../model/keys.ts';
import type { Plan } from '../../model/plan.ts';
import { openKeyFolder, readKeyFile, replaceKeyFile, withLock, writeKeyFile } from './files.ts';
import { createPrf } from './prf.ts';

const VERSION = 1;
const KEY_BYTES = 32;
const FILE = 'control.json';

interface StoredControl {
  readonly version: typeof VERSION;
  readonly prf: Plan['prf'];
  /** 32 random bytes in base64. */
  readonly key: string;
}

const broken = (expected: string): KeyError => new KeyError('key-file-broken', expected);

const parse = (text: string, prf: Plan['prf']): StoredControl => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's text quotes what it read, which is a key.
    throw broken('a control.json that is whole');
  }
  const stored = value as StoredControl;
  if (typeof value !== 'object' || value === null || stored.version !== VERSION) throw broken(`a control.json of version ${VERSION}`);
  if (stored.prf !== prf) throw broken('a control key of the PRF that the policy names');
  if (typeof stored.key !== 'string' || Buffer.from(stored.key, 'base64').length !== KEY_BYTES)
    throw broken('a control.json that is whole');
  return stored;
};

/**
 * The control key of a key folder (`control.json`, mode 0600), by which control records name subjects: whoever writes records and
 * every gate have the same one. It is no key of an epoch: a denial has to hold beyond its end. Throws `KeyError`.
 */
export const openControlKey = (dir: string, { prf, create }: { readonly prf: Plan['prf']; readonly create: boolean }): Prf => {
  openKeyFolder(dir);
  const path = join(dir, FILE);
  const load = (): StoredControl | null => {
    const text = readKeyFile(path);
    return text === null ? null : parse(text, prf);
  };
  const make = (): StoredControl =>
    withLock(dir, () => {
      // Another process may have made it since.
      const there = load();
      if (there !== null) return there;
      const made: StoredControl = { version: VERSION, prf, key: randomBytes(KEY_BYTES).toString('base64') };
      writeKeyFile(path, `${JSON.stringify(made, null, 2)}\n`);
      return made;
    });
  const stored = load() ?? (create ? make() : null);
  if (stored === null) throw broken('a control.json that unjoin wrote, in the key folder');
  const key = Buffer.from(stored.key, 'base64');
  const handle = createPrf(prf, key);
  key.fill(0);
  return handle;
};

/** Destroys the control key for good: whom control records were about cannot be told any more. Nothing to do where there is none. */
export const destroyControlKey = (dir: string): void => {
  const path = join(dir, FILE);
  if (!existsSync(path)) return;
  // What the file held is overwritten where it lay.
  replaceKeyFile(path, '{}\n');
  rmSync(path);
};
