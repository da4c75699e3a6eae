import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { orderByKey } from '../../src/gate/order.ts';
import { clearTally, count, countOf, createTally, mark } from '../../src/gate/tally.ts';
import { createTokenTable, internToken, lookupToken, readWord, writeToken } from '../../src/gate/tokens.ts';
import { createTupleTable, internTuple, lookupTuple } from '../../src/gate/tuples.ts';

const tokens = fc.array(fc.uint8Array({ minLength: 16, maxLength: 16 }), { maxLength: 200 });
const wordsOf = (token: Uint8Array): number[] => [0, 4, 8, 12].map((at) => readWord(token, at));

t.test('tokens are numbered by first sight, and their words give the bytes back', async () => {
  fc.assert(
    fc.property(tokens, (list) => {
      const table = createTokenTable();
      const seen = new Map<string, number>();
      for (const token of list) {
        const name = Buffer.from(token).toString('hex');
        assert.equal(lookupToken(table, token, 0), seen.get(name) ?? -1);
        if (!seen.has(name)) seen.set(name, seen.size);
        assert.equal(internToken(table, token, 0), seen.get(name));
      }
      assert.equal(table.count, seen.size);
      for (const [name, id] of seen) {
        const bytes = new Uint8Array(16);
        writeToken(table.words, id * 4, bytes, 0);
        assert.equal(Buffer.from(bytes).toString('hex'), name);
      }
    }),
  );
});

t.test('tokens that differ in one byte are apart, wherever it is', async (t) => {
  const table = createTokenTable();
  const ids = Array.from({ length: 16 }, (_, at) => internToken(table, new Uint8Array(16).fill(1, at, at + 1), 0));
  t.equal(new Set(ids).size, 16);
});

t.test('the order of words is the order of bytes, ties by the comparison given', async () => {
  const few = fc.array(fc.array(fc.constantFrom(0, 1, 127, 128, 255), { minLength: 16, maxLength: 16 }), { maxLength: 60 });
  fc.assert(
    fc.property(few, tokens, (short, long) => {
      const list = [...short, ...short, ...long].map((bytes) => Uint8Array.from(bytes));
      const expected = list.map((_, i) => i).sort((a, b) => Buffer.compare(list[a]!, list[b]!) || b - a);
      assert.deepEqual([...orderByKey(Int32Array.from(list.flatMap(wordsOf)), list.length, (a, b) => b - a)], expected);
    }),
  );
});

t.test('tuples are numbered by first sight, exactly', async () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer(), fc.integer({ min: -1, max: 3 })), { maxLength: 300 }), (list) => {
      const table = createTupleTable(2);
      const seen = new Map<string, number>();
      for (const codes of list) {
        assert.equal(lookupTuple(table, Int32Array.from(codes), 0), seen.get(codes.join()) ?? -1);
        if (!seen.has(codes.join())) seen.set(codes.join(), seen.size);
        assert.equal(internTuple(table, Int32Array.from([7, ...codes]), 1), seen.get(codes.join()));
      }
    }),
  );
});

t.test('a tally starts anew in each round', async (t) => {
  const tally = createTally(3);
  clearTally(tally);
  t.strictSame([count(tally, 0), count(tally, 0), count(tally, 2)], [1, 2, 1]);
  t.strictSame([tally.distinct, countOf(tally, 0), countOf(tally, 1)], [2, 2, 0]);
  clearTally(tally);
  t.strictSame([tally.distinct, countOf(tally, 0), count(tally, 0)], [0, 0, 1]);
  clearTally(tally);
  t.strictSame([mark(tally, 1, 1), mark(tally, 1, 4), tally.distinct], [1, 5, 1]);
});
