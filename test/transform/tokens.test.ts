import fc from 'fast-check';
import t from 'tap';
import type { TextColumn } from '../../src/model/columns.ts';
import { scheduledEpochs } from '../../src/model/epochs.ts';
import { type Keys, LABEL } from '../../src/model/keys.ts';
import { canonicalise } from '../../src/policy/canonical/index.ts';
import { memoryKeys } from '../../src/runtime/keys/memory.ts';
import { epochRuns, eventTokens, identifierTokens, textColumn } from '../../src/transform/tokens.ts';
import { hex } from './world.ts';

const keys = memoryKeys('tokens');
const WEEK = 604_800_000;

/** Texts as a column; null is a missing value. Bytes of other fields lie around them. */
const columnOf = (texts: readonly (string | null)[]): TextColumn => {
  const parts = texts.map((text) => Buffer.from(text ?? ''));
  const bytes = Buffer.concat(parts.flatMap((part) => [Buffer.from('~'), part]));
  const start = new Int32Array(texts.length);
  for (let i = 0, at = 0; i < texts.length; at += 1 + parts[i].length, i++) start[i] = at + 1;
  return { kind: 'text', bytes, start, length: Int32Array.from(texts, (text, i) => (text === null ? -1 : parts[i].length)) };
};

const oneRun = (count: number) => [{ epoch: 7, from: 0, to: count }];
const tokensOf = (
  texts: readonly (string | null)[],
  label: number,
  kind: 'mac' | 'device-id' | 'other' = 'mac',
  use: Keys = keys,
): string[] => {
  const tokens = identifierTokens(columnOf(texts), kind, label, texts.length, oneRun(texts.length), use);
  return texts.map((_, row) => hex(tokens, row));
};
const eventsOf = (ids: readonly (string | null)[], devices: readonly (string | null)[], at = (row: number) => `t:0:${row}`): string[] => {
  const count = ids.length;
  const tokens = eventTokens(columnOf(ids), columnOf(devices), 'mac', at, count, oneRun(count), keys);
  return ids.map((_, row) => hex(tokens, row));
};

const SPELLINGS = [
  'aa:bb:cc:0d:0e:0f',
  'AA:BB:CC:0D:0E:0F',
  'aa-bb-cc-0d-0e-0f',
  'AA-BB-CC-0D-0E-0F',
  'aabb.cc0d.0e0f',
  'AABB.CC0D.0E0F',
  'aabbcc0d0e0f',
  'AABBCC0D0E0F',
  'aa:bb:cc:d:e:f',
  ' aa:bb:cc:0d:0e:0f ',
  'ａａ：ｂｂ：ｃｃ：０ｄ：０ｅ：０ｆ',
  'aa:bb:cc:\u200b0d:0e:0f',
];

t.test('twelve spellings of one MAC address are one token', async (t) => {
  t.equal(SPELLINGS.length, 12);
  t.equal(new Set(tokensOf(SPELLINGS, LABEL.device)).size, 1);
  t.equal(new Set(tokensOf(SPELLINGS, LABEL.device, 'device-id')).size, 1, 'device ids are MAC addresses often');
  t.not(tokensOf(SPELLINGS, LABEL.device)[0], tokensOf(['aa:bb:cc:0d:0e:10'], LABEL.device)[0]);
});

t.test('a token is the PRF of label and canonical id, under the counting key of the epoch', async (t) => {
  for (const label of [LABEL.household, LABEL.device, LABEL.gateway]) {
    const message = Buffer.concat([Buffer.from([label]), Buffer.from(canonicalise('mac', SPELLINGS[0]))]);
    t.equal(tokensOf([SPELLINGS[1]], label)[0], Buffer.from(keys.epoch(7).counting.one(message)).toString('hex'));
  }
});

t.test('different labels and different epochs have nothing in common', async (t) => {
  const ids = ['one', 'two', 'three'];
  const all = [LABEL.household, LABEL.device, LABEL.gateway].flatMap((label) => tokensOf(ids, label));
  t.equal(new Set(all).size, all.length);
  const column = columnOf(['one', 'one', 'one', 'one']);
  const runs = [{ epoch: 7, from: 0, to: 2 }, { epoch: 8, from: 2, to: 4 }]; // biome-ignore format: a list
  const tokens = identifierTokens(column, 'other', LABEL.device, 4, runs, keys);
  t.equal(hex(tokens, 0), hex(tokens, 1));
  t.equal(hex(tokens, 2), hex(tokens, 3));
  t.not(hex(tokens, 1), hex(tokens, 2));
});

t.test('epochs cut a batch into runs: whole, in order, each of one epoch', async (t) => {
  const times = fc
    .array(fc.integer({ min: -3 * WEEK, max: 5 * WEEK }), { maxLength: 50 })
    .map((all) => Float64Array.from(all.sort((a, b) => a - b)));
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(times, (appendMs) => {
        const runs = epochRuns(appendMs, appendMs.length, scheduledEpochs(WEEK));
        let at = 0;
        for (const { epoch, from, to } of runs) {
          if (from !== at || to <= from) return false;
          for (let row = from; row < to; row++) if (Math.floor(appendMs[row] / WEEK) !== epoch) return false;
          at = to;
        }
        return at === appendMs.length && new Set(runs.map(({ epoch }) => epoch)).size === runs.length;
      }),
    ),
  );
});

t.test('a row has the token that it has alone, whatever its neighbours and however long they are', async (t) => {
  const texts = fc.array(
    fc.option(
      fc.oneof(fc.string({ unit: 'binary', maxLength: 12 }), fc.constantFrom(...SPELLINGS), fc.string({ minLength: 300, maxLength: 900 })),
    ),
    { minLength: 1, maxLength: 12 },
  );
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(texts, (ids) => {
        const whole = [...ids, 'x'.repeat(5000)];
        const together = tokensOf(whole, LABEL.device);
        return whole.every((id, row) => tokensOf([id], LABEL.device)[0] === together[row]);
      }),
    ),
  );
});

t.test('events: repetitions are one token; other devices, ids and coordinates are not', async (t) => {
  t.equal(new Set(eventsOf(Array(12).fill('e1'), SPELLINGS)).size, 1, 'one event, its device spelled twelve ways');
  const distinct = eventsOf(['e1', 'e2', 'e1', 'E1', ' e1'], ['d1', 'd1', 'd2', 'd1', 'd1']);
  t.equal(new Set(distinct).size, distinct.length, 'ids of events are taken as they are');
  t.equal(new Set(eventsOf(['bc', 'c'], ['a', 'ab'])).size, 2, 'device and id do not run into each other');
  t.equal(new Set(eventsOf([null, null], ['d', 'd'])).size, 2, 'without an id no two events are the same');
  t.equal(new Set(eventsOf([null, 't:0:0'], ['d', 'd'])).size, 2, 'and none is that of an id which reads like its coordinate');
  t.equal(new Set(eventsOf(['', ''], ['d', 'd'])).size, 1, 'an empty id is an id: events rather merge than multiply');
  const columnless = eventTokens(null, null, 'other', (row) => `t:0:${row}`, 2, oneRun(2), keys);
  t.not(hex(columnless, 0), hex(columnless, 1));
});

t.test('nothing of an identifier stays in memory of the stage', async (t) => {
  const arenas: Uint8Array[] = [];
  const { counting } = keys.epoch(7);
  const spying: Keys = {
    ...keys,
    epoch: (epoch) => ({
      ...keys.epoch(epoch),
      counting: {
        ...counting,
        batch(bytes, start, length, count, out) {
          arenas.push(bytes);
          if (!Buffer.from(bytes).includes('aabbcc0d0e0f')) throw new Error('the spy sees no message');
          counting.batch(bytes, start, length, count, out);
        },
      },
    }),
  };
  tokensOf(SPELLINGS, LABEL.device, 'mac', spying);
  t.equal(arenas.length, 1);
  t.ok(arenas[0].every((byte) => byte === 0));
});

t.test('a column that is no text, or none, has no tokens', async (t) => {
  const text = columnOf(['a']);
  const numbers = { kind: 'number', values: Float64Array.of(1) } as const;
  t.equal(textColumn([numbers, text], 1), text);
  t.equal(textColumn([numbers, text], 0), null);
  t.equal(textColumn([numbers, text], -1), null);
});
