import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openKeyFolder, replaceKeyFile, withLock, writeKeyFile } from './files.ts';
import { loadPrivateKey } from './recipients.ts';

/** Ids of periods are lower-case letters, digits and hyphens. */
const FILE = /^period-([a-z0-9][a-z0-9-]{0,62})\.key$/;
const PUBLIC_BYTES = 32;

const fileOf = (dir: string, id: string): string => join(dir, `period-${id}.key`);

const publicText = (key: KeyObject): string =>
  createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-PUBLIC_BYTES).toString('base64');

/**
 * The key to which lineage of a combined-use period is sealed: its public half as an activation record names it, in base64. The
 * private half is made in the key folder (`period-<id>.key`, mode 0600) when it is not there. Throws `KeyError`.
 */
export const makePeriodKey = (dir: string, id: string): string => {
  openKeyFolder(dir);
  return withLock(dir, () => {
    const path = fileOf(dir, id);
    if (!existsSync(path)) {
      const { privateKey } = generateKeyPairSync('x25519');
      writeKeyFile(path, privateKey.export({ format: 'pem', type: 'pkcs8' }) as string);
    }
    return publicText(loadPrivateKey(path));
  });
};

/** Private keys of periods that are left in a folder, by the ids of the periods. Throws `KeyError`. */
export const periodKeys = (dir: string): ReadonlyMap<string, KeyObject> =>
  new Map(
    (existsSync(dir) ? readdirSync(dir) : []).flatMap((name) => {
      const id = FILE.exec(name)?.[1];
      return id === undefined ? [] : [[id, loadPrivateKey(join(dir, name))] as const];
    }),
  );

/** Destroys the private half for good: what became of the records of the period cannot be told any more. False: it was not there. */
export const destroyPeriodKey = (dir: string, id: string): boolean => {
  const path = fileOf(dir, id);
  if (!existsSync(path)) return false;
  // What the file held is overwritten where it lay.
  replaceKeyFile(path, '\n');
  rmSync(path);
  return true;
};
