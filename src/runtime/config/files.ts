import { X509Certificate } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import type { ConfigCode } from './codes.ts';

/** What a file gave, or the code of what is wrong with it. */
export type FromFile = { readonly text: string; readonly code: null } | { readonly text: null; readonly code: ConfigCode };

const SHARED_BITS = 0o077;
const MAX_BYTES = 1 << 20;
const MAX_SECRET_BYTES = 4096;

const failed = (code: ConfigCode): FromFile => ({ text: null, code });

/** Opens without waiting: a pipe that nobody writes to would never open. The mode looked at is that of the file that is read. */
const readOpened = (path: string, maxBytes: number, refuse: (mode: number) => ConfigCode | null): FromFile => {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { mode, size } = fstatSync(file);
    const isFile = (mode & constants.S_IFMT) === constants.S_IFREG;
    if (!isFile) return failed('config-file-unreadable');
    const code = refuse(mode);
    if (code !== null) return failed(code);
    return size > maxBytes ? failed('config-file-unreadable') : { text: readFileSync(file, 'utf8'), code: null };
  } finally {
    closeSync(file);
  }
};

const isForbidden = (error: unknown): boolean => ['EACCES', 'EPERM'].includes(String(Reflect.get(Object(error), 'code')));

/** A file that anybody may read. */
export const readPlain = (path: string): FromFile => {
  try {
    return readOpened(path, MAX_BYTES, () => null);
  } catch {
    return failed('config-file-unreadable');
  }
};

/** A secret: one that group or others can open is none. A line feed at its end, as editors write it, is not part of it. */
export const readSecret = (path: string): FromFile => {
  try {
    const read = readOpened(path, MAX_BYTES, (mode) => ((mode & SHARED_BITS) === 0 ? null : 'config-secret-mode'));
    if (read.text === null) return read;
    const text = read.text.replace(/\r?\n$/, '');
    return text === '' || text.length > MAX_SECRET_BYTES ? failed('config-secret-empty') : { text, code: null };
  } catch (error) {
    return failed(isForbidden(error) ? 'config-secret-mode' : 'config-file-unreadable');
  }
};

/** Certificates of an authority, in PEM. */
export const readAuthority = (path: string): FromFile => {
  const read = readPlain(path);
  if (read.text === null) return read;
  try {
    new X509Certificate(read.text);
    return read;
  } catch {
    return failed('config-ca-broken');
  }
};
