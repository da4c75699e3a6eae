import fc from 'fast-check';
import t from 'tap';
import { differences, isBelow, isSame, pathText } from '../../../src/policy/diff/leaves.ts';

t.test('differences are told at the leaves, and where a map comes or goes', async (t) => {
  const at = (before: unknown, after: unknown): string[] => differences(before, after).map(pathText);
  t.strictSame(at({ a: 1, b: { c: [1] } }, { b: { c: [1] }, a: 1 }), [], 'the order of keys says nothing');
  t.strictSame(at({ a: 1, b: { c: [1] } }, { a: 2, b: { c: [1, 2] } }), ['a', 'b.c'], 'a list is a leaf');
  t.strictSame(at({}, { b: { c: 1, d: { e: 2 } } }), ['b.c', 'b.d.e']);
  t.strictSame(at({ b: { c: 1 } }, {}), ['b.c']);
  t.strictSame(at({}, { b: {} }), ['b'], 'an empty map is something');
  t.strictSame(at({ b: {} }, {}), ['b']);
  t.strictSame(at({ b: { c: {} } }, {}), ['b.c']);
  t.strictSame(at({ b: { c: 1 } }, { b: 'c' }), ['b']);
  t.strictSame(at({ b: [1] }, { b: { 0: 1 } }), ['b']);
  t.strictSame(at({}, { toString: 1 }), ['toString'], 'names of the language are names like others');
  t.strictSame(at({ constructor: { a: 1 } }, {}), ['constructor.a']);
});

t.test('a path cannot be taken for another one', async (t) => {
  t.equal(pathText(['events', 'location', 'fields', 'gps.lat', 'role']), 'events.location.fields."gps.lat".role');
  t.equal(pathText(['a', 'b"c', '', 'd e']), 'a."b\\"c"."".“d e”'.replace('“d e”', '"d e"'));
  t.not(pathText(['a.b']), pathText(['a', 'b']));
  t.ok(isBelow(['a', 'b'], ['a']) && isBelow(['a'], ['a']) && isBelow(['a'], []));
  t.notOk(isBelow(['a'], ['a', 'b']) || isBelow(['ab'], ['a']));
});

t.test('law: values that are not the same differ somewhere, and only they do', async () => {
  const value = fc.letrec<{ any: unknown }>((tie) => ({
    any: fc.oneof(
      { depthSize: 'small' },
      fc.integer({ min: 0, max: 2 }),
      fc.array(fc.nat(2), { maxLength: 2 }),
      fc.dictionary(fc.constantFrom('a', 'b'), tie('any')),
    ),
  })).any;
  fc.assert(
    fc.property(value, value, (a, b) => isSame(a, b) === (differences(a, b).length === 0)),
    { numRuns: 2000 },
  );
});
