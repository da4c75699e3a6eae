import fc from 'fast-check';
import t from 'tap';
import { createArena, createFiller } from '../../src/decode/fill.ts';
import type { NumberColumn, TextColumn } from '../../src/model/columns.ts';
import type { TouchedField } from '../../src/model/plan.ts';

const field = (kind: TouchedField['kind']): TouchedField => ({ path: 'f', kind, identifier: null, constant: null });

const texts = (values: readonly unknown[], arenaBytes = 0): (string | null)[] => {
  const filler = createFiller(field('text'), values.length, createArena(arenaBytes));
  for (const [row, value] of values.entries()) filler.set(row, value);
  const { bytes, start, length } = filler.done(values.length) as TextColumn;
  return Array.from(start, (from, i) => (length[i] < 0 ? null : Buffer.from(bytes.subarray(from, from + length[i])).toString('utf8')));
};

const numbers = (values: readonly unknown[]): number[] => {
  const filler = createFiller(field('number'), values.length, createArena(0));
  for (const [row, value] of values.entries()) filler.set(row, value);
  return [...(filler.done(values.length) as NumberColumn).values];
};

t.test('texts come back, however many and however long', async () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary', minLength: 60, maxLength: 3000 }));
  fc.assert(fc.property(fc.array(text, { maxLength: 8 }), (values) => JSON.stringify(texts(values)) === JSON.stringify(values)));
});

t.test('the buffer grows with the texts', async (t) => {
  for (const text of ['x', 'ü', '中', '\u{1f600}']) {
    const values = [...Array.from({ length: 300 }, (_, i) => text.repeat(1 + (i % 40))), text.repeat(5000), text.repeat(9000)];
    t.same(texts(values), values);
  }
});

t.test('what is no text has none', async (t) => {
  t.same(texts(['', 1.5, -0, true, false, null, undefined, {}, [], ['a']]), [
    '',
    '1.5',
    '0',
    'true',
    'false',
    null,
    null,
    null,
    null,
    null,
  ]);
});

t.test('what is no number has none', async (t) => {
  const none = [null, undefined, {}, [], [1], '', ' ', 'x', '1 ', '0x1', '1e9999', '1'.repeat(18), Number.POSITIVE_INFINITY, Number.NaN];
  t.same(
    numbers(none),
    none.map(() => Number.NaN),
  );
  t.same(numbers([1, -0.5, true, false, '7', '+7', '-.5', '1.25e2']), [1, -0.5, 1, 0, 7, 7, -0.5, 125]);
});

t.test('a column shows its rows and no more, and a row that is set again counts once', async (t) => {
  const filler = createFiller(field('text'), 5, createArena(0));
  filler.set(0, 'dropped');
  filler.set(0, 'kept');
  const { start, length, bytes } = filler.done(1) as TextColumn;
  t.same([start.length, length.length], [1, 1]);
  t.equal(Buffer.from(bytes.subarray(start[0], start[0] + length[0])).toString(), 'kept');
});
