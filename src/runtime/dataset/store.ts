import { type CipherGCM, createCipheriv, createDecipheriv, createHash, type Hash, randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { decodeHeader, encodeHeader, type IndexHeader } from '../../control/dataset/header.ts';
import type { DatasetPlan } from '../../model/dataset.ts';
import { DatasetError } from '../../model/dataset-error.ts';
import { parseInstant } from '../../model/time.ts';
import { makeFolder } from '../make-folder.ts';

/**
 * An index file: version, header, then nonce (12), ciphertext and tag (16) of AES-256-GCM (NIST SP 800-38D) with the front as
 * additional data. Its name ends in the first 12 digits of the SHA-256 over the whole file.
 */
const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const NAME_DIGITS = 12;
const SLICE_BYTES = 1 << 24;

/** An index file that is whole: its bytes are those that its name says. */
export interface StoredIndex {
  readonly header: IndexHeader;
  /** SHA-256 hex over the file. */
  readonly digest: string;
  readonly path: string;
}

const fileName = (name: string, digest: string): string => `${name}.${digest.slice(0, NAME_DIGITS)}.index`;

const missingIndex = (name: string): DatasetError =>
  new DatasetError('dataset-missing', `an index of \`${name}\` in the folder of indexes`);

export const refuseForeign = (name: string): never => {
  throw new DatasetError('dataset-index-foreign', `an index of \`${name}\` that was made for this policy`);
};

const broken = (name: string): DatasetError => new DatasetError('dataset-index-broken', `a whole index of \`${name}\``);

const writeWhole = (file: number, bytes: Uint8Array): void => {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, Math.min(SLICE_BYTES, bytes.length - at));
};

/** Encrypts chunk by chunk, so that an index is in memory once. */
const writeSealed = (file: number, hash: Hash, cipher: CipherGCM, body: readonly Uint8Array[]): void => {
  const put = (bytes: Uint8Array): void => {
    hash.update(bytes);
    writeWhole(file, bytes);
  };
  for (const chunk of body) for (let at = 0; at < chunk.length; at += SLICE_BYTES) put(cipher.update(chunk.subarray(at, at + SLICE_BYTES)));
  put(cipher.final());
  put(cipher.getAuthTag());
};

/** Writes an index so that it is on disk, whole and 0600, before it has its name. */
export const writeIndex = (dir: string, header: IndexHeader, body: readonly Uint8Array[], key: Uint8Array): StoredIndex => {
  makeFolder(dir, 0o700);
  const aside = join(dir, `${header.name}.${process.pid}.new`);
  rmSync(aside, { force: true });
  const front = encodeHeader(header);
  const nonce = randomBytes(NONCE_BYTES);
  const hash = createHash('sha256').update(front).update(nonce);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(front);
  const file = openSync(aside, 'wx', 0o600);
  try {
    writeWhole(file, front);
    writeWhole(file, nonce);
    writeSealed(file, hash, cipher, body);
    fsyncSync(file);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  const digest = hash.digest('hex');
  const path = indexPath(dir, header.name, digest);
  renameSync(aside, path);
  const folder = openSync(dir, 'r');
  fsyncSync(folder);
  closeSync(folder);
  return { header, digest, path };
};

/** Opens the body of an index. Throws `DatasetError`: changed, torn, or sealed under another key. */
export const openBody = ({ path, header: { name }, digest }: StoredIndex, key: Uint8Array): Uint8Array => {
  const bytes = readFileSync(path);
  const { front } = decodeHeader(bytes) ?? {};
  // Whoever changes a file between two looks at it finds its seal in between.
  if (front === undefined || createHash('sha256').update(bytes).digest('hex') !== digest) throw broken(name);
  const from = front.length + NONCE_BYTES;
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(front.length, from), { authTagLength: TAG_BYTES });
  decipher.setAAD(front);
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
  const body = new Uint8Array(Math.max(0, bytes.length - TAG_BYTES - from));
  try {
    for (let at = 0; at < body.length; at += SLICE_BYTES) {
      body.set(decipher.update(bytes.subarray(from + at, from + Math.min(at + SLICE_BYTES, body.length))), at);
    }
    decipher.final();
  } catch {
    throw new DatasetError('dataset-key-missing', `the key that the index of \`${name}\` was sealed under`);
  }
  return body;
};

/** Reads one file as an index; the digest in its name has to be its own. */
const readStored = (dir: string, file: string, name: string): StoredIndex => {
  const path = join(dir, file);
  const bytes = readFileSync(path);
  const digest = createHash('sha256').update(bytes).digest('hex');
  const found = decodeHeader(bytes);
  if (found === null || found.header.name !== name || file !== fileName(name, digest)) throw broken(name);
  if (bytes.length < found.front.length + NONCE_BYTES + TAG_BYTES) throw broken(name);
  return { header: found.header, digest, path };
};

/** An index file by its name, which says whose it is. Throws `DatasetError` when it is not there, or not what it was. */
export const readIndex = (dir: string, file: string): StoredIndex => {
  const [, name] = /^(.+)\.[0-9a-f]+\.index$/.exec(file) ?? [];
  if (name === undefined) throw new DatasetError('dataset-index-broken', 'a file that is named as unjoin register named it');
  if (!existsSync(join(dir, file))) throw missingIndex(name);
  return readStored(dir, file, name);
};

/** Where an index of a digest lies, if it lies in a folder. */
export const indexPath = (dir: string, name: string, digest: string): string => join(dir, fileName(name, digest));

/** The index of a digest. Throws `DatasetError`: not there, or not what it was. */
export const findIndex = (dir: string, name: string, digest: string): StoredIndex => {
  if (!existsSync(indexPath(dir, name, digest))) throw missingIndex(name);
  const stored = readStored(dir, fileName(name, digest), name);
  if (stored.digest !== digest) throw broken(name);
  return stored;
};

/** All indexes of a dataset in a folder, the newest as-of time first. Throws `DatasetError` when any of them is broken. */
const listIndexes = (dir: string, name: string): StoredIndex[] => {
  if (!existsSync(dir)) return [];
  const isOfName = (file: string): boolean => file.startsWith(`${name}.`) && /^\.[0-9a-f]*\.index$/.test(file.slice(name.length));
  return readdirSync(dir)
    .filter(isOfName)
    .sort()
    .map((file) => readStored(dir, file, name))
    .sort((a, b) => parseInstant(b.header.asOf) - parseInstant(a.header.asOf));
};

/**
 * The newest index that was made for a policy's dataset: one that is made for the next policy does not hide it. Throws `DatasetError`:
 * none is there, all are of other columns, paths or ladders, or any of them is broken.
 */
export const newestIndex = (dir: string, { name, basis }: Pick<DatasetPlan, 'name' | 'basis'>): StoredIndex => {
  const all = listIndexes(dir, name);
  if (all.length === 0) throw missingIndex(name);
  return all.find(({ header }) => header.basis === basis) ?? refuseForeign(name);
};
