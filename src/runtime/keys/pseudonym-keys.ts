import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { KeyError, type Prf } from '../../model/keys.ts';
import type { Plan } from '../../model/plan.ts';
import { openKeyFolder, readKeyFile, replaceKeyFile, withLock, writeKeyFile } from './files.ts';
import { createPrf } from './prf.ts';

const VERSION = 1;
const KEY_BYTES = 32;
const FILE = 'pseudonyms.json';

/** The key of a combined-use period, 32 random bytes in base64; null: destroyed, so that it is never made again. */
type StoredKey = string | null;

interface StoredPeriods {
  readonly version: typeof VERSION;
  readonly prf: Plan['prf'];
  readonly periods: Readonly<Record<string, StoredKey>>;
}

const KEY = /^[A-Za-z0-9+/]{43}=$/;

const broken = (expected: string): KeyError => new KeyError('key-file-broken', expected);

const isKey = (key: unknown): boolean => key === null || (typeof key === 'string' && KEY.test(key));

const parse = (text: string, prf: Plan['prf']): StoredPeriods => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's text quotes what it read, which is keys.
    throw broken('a pseudonyms.json that is whole');
  }
  const stored = value as Partial<StoredPeriods> | null;
  if (typeof stored !== 'object' || stored === null || stored.version !== VERSION) throw broken(`a pseudonyms.json of version ${VERSION}`);
  if (stored.prf !== prf) throw broken('period keys of the PRF that the policy names');
  const { periods } = stored;
  if (typeof periods !== 'object' || periods === null || !Object.values(periods).every(isKey))
    throw broken('a pseudonyms.json that is whole');
  return stored as StoredPeriods;
};

const load = (dir: string, prf: Plan['prf']): StoredPeriods => {
  const text = readKeyFile(join(dir, FILE));
  return text === null ? { version: VERSION, prf, periods: {} } : parse(text, prf);
};

const textOf = (stored: StoredPeriods): string => `${JSON.stringify(stored, null, 2)}\n`;

/** Key of a period; undefined: never made. */
const keyOf = ({ periods }: StoredPeriods, id: string): StoredKey | undefined => (Object.hasOwn(periods, id) ? periods[id] : undefined);

/** The key of a period as the folder has it; made of fresh random bytes, and on disk before anybody uses it, where there is none. */
const keep = (dir: string, prf: Plan['prf'], id: string): StoredKey => {
  const known = keyOf(load(dir, prf), id);
  if (known !== undefined) return known;
  return withLock(dir, () => {
    // Another process may have made it since.
    const stored = load(dir, prf);
    const there = keyOf(stored, id);
    if (there !== undefined) return there;
    const made = randomBytes(KEY_BYTES).toString('base64');
    writeKeyFile(join(dir, FILE), textOf({ ...stored, periods: { ...stored.periods, [id]: made } }));
    return made;
  });
};

const handleOf = (stored: string, prf: Plan['prf']): Prf => {
  const key = Buffer.from(stored, 'base64');
  const handle = createPrf(prf, key);
  key.fill(0);
  return handle;
};

/**
 * The key of a combined-use period from a key folder (`pseudonyms.json`, mode 0600): pseudonyms of subjects who authorised it are made with
 * it. It is independent of every epoch and of every other period, so that nothing connects two periods. It is read anew for each window,
 * so that a period that was ended elsewhere is ended here, too. Throws `KeyError`.
 */
export const openPseudonymKey = (dir: string, prf: Plan['prf'], id: string): Prf => {
  openKeyFolder(dir);
  const stored = keep(dir, prf, id);
  if (stored === null) throw new KeyError('key-destroyed', 'the key of a combined-use period that was not destroyed');
  return handleOf(stored, prf);
};

/** The key of a period as it is, and nothing is made: `none` where nothing ever left under one, or it is in another folder. */
export const knownPseudonymKey = (dir: string, prf: Plan['prf'], id: string): Prf | 'none' | 'destroyed' => {
  openKeyFolder(dir);
  const stored = keyOf(load(dir, prf), id);
  if (stored === undefined) return 'none';
  return stored === null ? 'destroyed' : handleOf(stored, prf);
};

/** Destroys the key of a period for good, also one that was never made. What the file held is overwritten where it lay. */
export const destroyPseudonymKey = (dir: string, prf: Plan['prf'], id: string): void => {
  openKeyFolder(dir);
  withLock(dir, () => {
    const stored = load(dir, prf);
    const path = join(dir, FILE);
    const save = existsSync(path) ? replaceKeyFile : writeKeyFile;
    if (keyOf(stored, id) !== null) save(path, textOf({ ...stored, periods: { ...stored.periods, [id]: null } }));
  });
};

/** Destroys the keys of all periods: when the service ends. Nothing to do where there are none. */
export const destroyPseudonymKeys = (dir: string, prf: Plan['prf']): void => {
  if (!existsSync(join(dir, FILE))) return;
  for (const [id, key] of Object.entries(load(dir, prf).periods)) if (key !== null) destroyPseudonymKey(dir, prf, id);
};
