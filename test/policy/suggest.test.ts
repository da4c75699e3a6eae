import fc from 'fast-check';
import t from 'tap';
import { didYouMean, editDistance, suggest } from '../../src/policy/suggest.ts';

t.test('typos find what was meant', async (t) => {
  const words = ['identifier', 'quasi', 'sensitive', 'constant', 'drop', 'householdId', 'os', 'r6'];
  const known: readonly (readonly [string, string | null])[] = [
    ['identifer', 'identifier'],
    ['qausi', 'quasi'],
    ['Sensitive', 'sensitive'],
    ['constnat', 'constant'],
    ['dorp', 'drop'],
    ['household_id', 'householdId'],
    ['householdid', 'householdId'],
    ['so', 'os'],
    ['r7', 'r6'],
    ['banana', null],
    ['x', null],
    ['', null],
    ['zz', null],
    ['identification of everybody', null],
  ];
  for (const [word, meant] of known) t.equal(suggest(word, words), meant, word);
  t.equal(suggest('any', []), null);
  t.equal(suggest('abcd', ['abce', 'abcf']), 'abce', 'of equals the first');
});

t.test('a fix suggests, or says what else', async (t) => {
  t.equal(didYouMean('dorp', ['drop'], 'other'), 'did you mean `drop`?');
  t.equal(didYouMean('banana', ['drop'], 'other'), 'other');
});

/** The same distance by its definition (restricted Damerau-Levenshtein), without a table. */
const slow = (a: string, b: string): number => {
  if (a === '' || b === '') return a.length + b.length;
  const replaced = slow(a.slice(1), b.slice(1)) + (a[0] === b[0] ? 0 : 1);
  const best = Math.min(replaced, slow(a.slice(1), b) + 1, slow(a, b.slice(1)) + 1);
  return a.length > 1 && b.length > 1 && a[0] === b[1] && a[1] === b[0] ? Math.min(best, slow(a.slice(2), b.slice(2)) + 1) : best;
};

t.test('the distance is the one of its definition', async (t) => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 });
  fc.assert(fc.property(word, word, (a, b) => editDistance(a, b) === slow(a, b)));
  fc.assert(fc.property(word, word, (a, b) => editDistance(a, b) === editDistance(b, a)));
  t.equal(editDistance('kitten', 'sitting'), 3);
  t.equal(editDistance('ab', 'ba'), 1);
});

t.test('a suggestion is a candidate, and a candidate suggests itself', async () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd'), minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(word, fc.uniqueArray(word, { maxLength: 6 }), (wanted, words) => {
      const meant = suggest(wanted, words);
      return (meant === null || words.includes(meant)) && (!words.includes(wanted) || meant === wanted);
    }),
  );
});

t.test('long words cost nothing', async (t) => {
  const long = 'a'.repeat(100_000);
  t.equal(suggest(long, [`${long}b`, long.slice(1)]), null, 'a word of that length is no typo');
});
