import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { Prf } from '../../../src/model/keys.ts';

/** One case of Wycheproof's MAC vectors; `tag` of a case that is not valid was tampered with. */
export interface MacCase {
  readonly tcId: number;
  readonly key: Buffer;
  readonly message: Buffer;
  readonly tag: Buffer;
  readonly valid: boolean;
}

interface Group {
  readonly tests: readonly {
    readonly tcId: number;
    readonly key: string;
    readonly msg: string;
    readonly tag: string;
    readonly result: string;
  }[];
}

export const wycheproof = (name: string): MacCase[] => {
  const file = join(import.meta.dirname, '..', '..', 'fixtures', 'wycheproof', `${name}.json.gz`);
  const { testGroups } = JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')) as { readonly testGroups: readonly Group[] };
  return testGroups.flatMap(({ tests }) =>
    tests.map(({ tcId, key, msg, tag, result }) => ({
      tcId,
      key: Buffer.from(key, 'hex'),
      message: Buffer.from(msg, 'hex'),
      tag: Buffer.from(tag, 'hex'),
      valid: result === 'valid',
    })),
  );
};

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** MACs of messages by one `batch` call, over an arena in which messages lie apart, unaligned and out of order. */
export const batchOf = (prf: Prf, messages: readonly Uint8Array[]): string[] => {
  const parts: Uint8Array[] = [];
  const start = new Int32Array(messages.length);
  let used = 0;
  for (let i = messages.length - 1; i >= 0; i--) {
    parts.push(Uint8Array.of(0xff), messages[i], Uint8Array.of(0xee));
    start[i] = used + 1;
    used += messages[i].length + 2;
  }
  const arena = new Uint8Array(3 + used);
  arena.set(Buffer.concat(parts), 3);
  const out = new Uint8Array(messages.length * 16 + 1);
  prf.batch(
    arena.subarray(3),
    start,
    Int32Array.from(messages, (message) => message.length),
    messages.length,
    out.subarray(1),
  );
  return messages.map((_, i) => hex(out.subarray(1 + i * 16, 1 + i * 16 + 16)));
};

/** Batches of messages around the block borders, empty ones among them. */
export const messageBatches = fc.array(fc.uint8Array({ maxLength: 70 }), { maxLength: 40 });
