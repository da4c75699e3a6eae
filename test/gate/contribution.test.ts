import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { sharedCounts } from '../../src/gate/contribution.ts';
import { InvariantError } from '../../src/model/invariant.ts';

/** Subjects per number of records, from 0 records on. */
const shared = (subjectsWith: readonly number[], k: number): number[] => [...sharedCounts(Int32Array.from(subjectsWith), k)].slice(1);

t.test('a number of records that k subjects share stays', async (t) => {
  t.strictSame(shared([0, 3, 3, 3], 3), [1, 2, 3]);
  t.strictSame(shared([0, 0, 0, 5], 3), [1, 2, 3]);
});

t.test('a number that fewer share is lowered by one, and again when that is not enough', async (t) => {
  t.strictSame(shared([0, 3, 2, 1], 3), [1, 2, 2]);
  t.strictSame(shared([0, 3, 1, 1], 3), [1, 1, 1]);
  t.strictSame(shared([0, 3, 3, 2], 3), [1, 2, 2]);
});

t.test('when fewer than k have one record, the next number comes down to one', async (t) => {
  t.strictSame(shared([0, 2, 3, 0, 3], 3), [1, 1, 3, 4]);
  t.strictSame(shared([0, 2, 0, 3], 3), [1, 2, 1]);
  t.strictSame(shared([0, 1, 1, 1], 3), [1, 1, 1]);
});

t.test('fewer than k subjects are a contradiction', async (t) => {
  t.throws(() => shared([0, 2], 3), InvariantError);
});

t.test('every number that occurs is shared by k; none is raised, none comes to zero', async () => {
  const scenes = fc
    .record({ subjectsWith: fc.array(fc.nat({ max: 8 }), { minLength: 1, maxLength: 8 }), k: fc.integer({ min: 2, max: 6 }) })
    .filter(({ subjectsWith, k }) => subjectsWith.reduce((sum, n) => sum + n, 0) >= k);
  fc.assert(
    fc.property(scenes, ({ subjectsWith, k }) => {
      const allowed = shared([0, ...subjectsWith], k);
      const left = new Map<number, number>();
      for (const [i, subjects] of subjectsWith.entries()) {
        assert.ok(allowed[i]! >= 1 && allowed[i]! <= i + 1);
        if (subjects > 0) left.set(allowed[i]!, (left.get(allowed[i]!) ?? 0) + subjects);
      }
      for (const subjects of left.values()) assert.ok(subjects >= k);
      if (subjectsWith.every((subjects) => subjects === 0 || subjects >= k))
        assert.deepEqual(
          allowed,
          subjectsWith.map((_, i) => i + 1),
        );
    }),
  );
});
