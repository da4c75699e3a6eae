import fc from 'fast-check';
import t from 'tap';
import { createList, createSequences, groupsOf } from '../../../src/verify/datasets/sequences.ts';

t.test('a list grows and keeps what is in it', async (t) => {
  const list = createList();
  for (let i = 0; i < 5000; i++) list.push(i);
  list.set(4999, -1);
  t.same([list.count(), list.at(0), list.at(4998), list.at(4999), list.values().length], [5000, 0, 4998, -1, 5000]);
});

t.test('sequences are numbered as they are met, and none is taken for another', async (t) => {
  const sequence = fc.array(fc.integer({ min: -2, max: 3 }), { maxLength: 4 });
  fc.assert(
    fc.property(fc.array(sequence, { maxLength: 60 }), sequence, (all, other) => {
      const sequences = createSequences();
      const numbers = new Map<string, number>();
      for (const one of all) {
        const known = numbers.get(one.join()) ?? numbers.size;
        numbers.set(one.join(), known);
        t.equal(sequences.of(one), known);
      }
      t.equal(sequences.find(other), numbers.get(other.join()) ?? -1);
      t.equal(sequences.count(), numbers.size);
    }),
  );
});

t.test('groups hold their items in order', async (t) => {
  const groups = groupsOf(Int32Array.of(1, 0, 1, 3), Int32Array.of(10, 11, 12, 13), 4);
  t.same([-1, 0, 1, 2, 3].map((group) => [...groups.of(group)]), [[], [11], [10, 12], [], [13]]); // biome-ignore format: a line
});
