import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';

/**
 * Holds bytes to the committed ones: whoever changes a persisted format must give it a new version, for older files and
 * topics are read for as long as they are kept. `UPDATE_GOLDEN=1` writes the files of a new version.
 */
export const golden = (t: Test, name: string, bytes: Uint8Array | string): Buffer => {
  const path = join(import.meta.dirname, '..', 'golden', name);
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, bytes);
  const committed = readFileSync(path);
  t.ok(committed.equals(Buffer.from(bytes as string)), `${name} has not changed`);
  return committed;
};

/** Every way to flip one byte of `bytes`, with one mask a byte. */
export function* flips(bytes: Uint8Array): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at++) {
    const flipped = Buffer.from(bytes);
    flipped[at] ^= 1 << (at % 8);
    yield flipped;
  }
}
