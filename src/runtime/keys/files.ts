import { closeSync, fstatSync, fsyncSync, linkSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { KeyError } from '../../model/keys.ts';
import { makeFolder } from '../make-folder.ts';

/** Group and others: read, write, execute; and what they may not do even to a public key. */
const ANY_BITS = 0o077;
const WRITE_BITS = 0o022;

const openMode = (): KeyError => new KeyError('key-file-mode', 'a key folder of mode 0700 and key files of mode 0600 that belong to you');

const refuse = ({ mode, uid }: { readonly mode: number; readonly uid: number }, bits: number): void => {
  const mine = process.getuid === undefined || uid === process.getuid();
  if ((mode & bits) !== 0 || !mine) throw openMode();
};

/** Refuses a key file or folder that anybody else could open: open to group or others, or owned by another user. */
export const refuseOpenModes = (path: string): void => refuse(statSync(path), ANY_BITS);

/** Makes the folder of a key ring, or refuses one that others can open. */
export const openKeyFolder = (dir: string): void => {
  makeFolder(dir, 0o700);
  refuseOpenModes(dir);
};

/** What `work` gives; null when it fails with this system error. */
const unless = <T>(code: string, work: () => T): T | null => {
  try {
    return work();
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === code) return null;
    throw error;
  }
};

const forceToDisk = (path: string): void => {
  const file = openSync(path, 'r');
  fsyncSync(file);
  closeSync(file);
};

/** Writes a key file so that it is on disk, whole and 0600, before anything is decided under it. */
export const writeKeyFile = (path: string, text: string | Uint8Array): void => {
  const aside = `${path}.${process.pid}.new`;
  rmSync(aside, { force: true });
  const file = openSync(aside, 'wx', 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(aside, path);
  forceToDisk(dirname(path));
};

/**
 * The same, after which the bytes that the file had before are overwritten where they lay. A best effort: journals,
 * snapshots and flash cells may still hold them.
 */
export const replaceKeyFile = (path: string, text: string): void => {
  const old = openSync(path, 'r+');
  try {
    writeKeyFile(path, text);
    writeFileSync(old, Buffer.alloc(fstatSync(old).size));
    fsyncSync(old);
  } finally {
    closeSync(old);
  }
};

/** Text of a key file; null when it does not exist. The mode checked is that of the very file that is read. */
export const readKeyFile = (path: string, secrecy: 'secret' | 'public' = 'secret'): string | null => {
  const file = unless('ENOENT', () => openSync(path, 'r'));
  if (file === null) return null;
  try {
    refuse(fstatSync(file), secrecy === 'secret' ? ANY_BITS : WRITE_BITS);
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
};

/** True unless the lock's owner is certain to be gone: a process of this host that is no more, or an earlier one of our number. */
const isAlive = (owner: string): boolean => {
  const [pid, host] = owner.split('@');
  if (host !== hostname()) return true;
  if (Number(pid) === process.pid) return false;
  return unless('ESRCH', () => process.kill(Number(pid), 0)) !== null;
};

/** Takes the lock away from a dead owner; puts it back if a living one took it in between. */
const clearStale = (lock: string): void => {
  const aside = `${lock}.${process.pid}.stale`;
  if (unless('ENOENT', () => [renameSync(lock, aside)]) === null) return;
  if (isAlive(readKeyFile(aside) ?? '')) unless('EEXIST', () => linkSync(aside, lock));
  rmSync(aside, { force: true });
};

/** Takes the lock by linking a file that names this process to it; false while somebody else may hold it. */
const take = (lock: string): boolean => {
  const mine = `${lock}.${process.pid}`;
  writeFileSync(mine, `${process.pid}@${hostname()}`, { mode: 0o600 });
  const taken = unless('EEXIST', () => [linkSync(mine, lock)]) !== null;
  rmSync(mine, { force: true });
  const owner = taken ? null : readKeyFile(lock);
  if (owner !== null && !isAlive(owner)) clearStale(lock);
  return taken;
};

const ATTEMPTS = 200;
const PAUSE_MS = 10;

/**
 * Does something to a key folder while no other process does: two that made keys of one epoch at the same time would
 * otherwise decide under keys of which one set is lost. The lock of a process of this host that died is taken over.
 */
export const withLock = <T>(dir: string, work: () => T, attempts = ATTEMPTS): T => {
  const lock = join(dir, 'lock');
  for (let attempt = 0; !take(lock); attempt++) {
    if (attempt >= attempts)
      throw new KeyError('key-file-broken', 'a key folder that no other process keeps locked (remove its lock file)');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
  }
  try {
    return work();
  } finally {
    rmSync(lock, { force: true });
  }
};
