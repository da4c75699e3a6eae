import fc from 'fast-check';
import t from 'tap';
import { createDictionary, dictionaryKey, lookUp } from '../../../src/transform/technique/dictionary.ts';
import { numberColumn, type Raw, textColumn } from './support.ts';

const find = (keys: readonly string[], value: Raw): number =>
  lookUp(createDictionary(keys), typeof value === 'number' ? numberColumn([value]) : textColumn([value]), 0);

t.test('finds what a map of canonical texts finds', async () => {
  const text = fc.oneof(
    fc.string({ unit: fc.constantFrom('a', 'B', 'ß', 'é', ' ', '\t', 'ﬁ', '１'), maxLength: 4 }),
    fc.string({ unit: 'binary' }),
  );
  fc.assert(
    fc.property(fc.array(text, { maxLength: 30 }), text, (listed, value) => {
      const keys = [...new Set(listed.map(dictionaryKey))];
      return find(keys, value) === keys.indexOf(dictionaryKey(value)) && keys.every((key, i) => find(keys, key) === i);
    }),
    { numRuns: 1000 },
  );
});

t.test('spellings of one value are one', async (t) => {
  for (const text of ['RB 250', 'rb 250', ' RB  250 ', 'ＲＢ 250', 'R\u200bB\u00a0250', 'RB 250\u0000'])
    t.equal(find(['x', 'rb 250'], text), 1, JSON.stringify(text));
  for (const text of ['', 'RB250', 'RB 25', 'RB 2500', 'x y']) t.equal(find(['x', 'rb 250'], text), -1, text);
});

t.test('numbers are looked up as they are written, missing values are told apart', async (t) => {
  t.equal(find(['7', '0.5'], 7), 0);
  t.equal(find(['7', '0.5'], 0.5), 1);
  t.equal(find(['7'], Number.NaN), -2);
  t.equal(find(['7'], undefined), -2);
  t.equal(lookUp(createDictionary(['7']), undefined, 0), -2);
  t.equal(find([], 'a'), -1, 'an empty dictionary has nothing');
});
