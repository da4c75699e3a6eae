import fc from 'fast-check';
import t from 'tap';
import { assignTasks, type Member } from '../../../../src/runtime/log/kafka/assignment.ts';

const members = fc.uniqueArray(fc.record({ id: fc.stringMatching(/^[a-z]{1,4}$/), owned: fc.array(fc.integer({ min: -2, max: 20 }), { maxLength: 20 }), generation: fc.integer({ min: -1, max: 3 }) }), {
  minLength: 1,
  maxLength: 6,
  selector: ({ id }) => id,
}); // biome-ignore format: a table

t.test('every task once, loads within one of each other, whatever members claim', async () => {
  fc.assert(
    fc.property(members, fc.integer({ min: 1, max: 18 }), (group, tasks) => {
      const shares = [...assignTasks(group, tasks).values()];
      const all = shares.flat().sort((a, b) => a - b);
      const sizes = shares.map(({ length }) => length);
      return all.join() === Array.from({ length: tasks }, (_, task) => task).join() && Math.max(...sizes) - Math.min(...sizes) <= 1;
    }),
  );
});

t.test('the same members give the same answer, in any order', async () => {
  fc.assert(
    fc.property(members, fc.integer({ min: 1, max: 18 }), (group, tasks) => {
      const sorted = (given: readonly Member[]): string =>
        JSON.stringify([...assignTasks(given, tasks)].sort(([a], [b]) => (a < b ? -1 : 1)));
      return sorted(group) === sorted([...group].reverse());
    }),
  );
});

t.test('who stays keeps what it may', async () => {
  const ids = ['a', 'b', 'c', 'd', 'e'];
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 5 }),
      fc.nat(4),
      fc.boolean(),
      (tasks, count, who, isLeaving) => {
        const before = assignTasks(ids.slice(0, count).map((id) => ({ id, owned: [], generation: -1 })), tasks); // biome-ignore format: a chain
        const stay = isLeaving ? [...before].filter(([id]) => count === 1 || id !== ids[who % count]) : [...before];
        const group = [
          ...stay.map(([id, owned]) => ({ id, owned, generation: 1 })),
          ...(isLeaving ? [] : [{ id: 'z', owned: [], generation: -1 }]),
        ];
        const after = assignTasks(group, tasks);
        return stay.every(([id, owned]) => {
          const now = after.get(id) ?? [];
          const kept = owned.filter((task) => now.includes(task)).length;
          // All of its own if its share allows it: nothing is swapped.
          return kept === Math.min(owned.length, now.length);
        });
      },
    ),
  );
});

t.test('a zombie that comes back claims nothing from those who were confirmed since', async (t) => {
  const zombie = { id: 'a', owned: [0, 1, 2, 3], generation: 4 };
  const rightful = { id: 'b', owned: [0, 1, 2, 3], generation: 5 };
  t.strictSame(assignTasks([zombie, rightful], 4).get('b'), [0, 1], 'its successor keeps what it may');
  t.strictSame(assignTasks([{ ...zombie, owned: [0, 1] }, { ...rightful, owned: [0, 1] }, { id: 'c', owned: [2, 3], generation: 5 }], 6), new Map([['a', [4, 5]], ['b', [0, 1]], ['c', [2, 3]]])); // biome-ignore format: a line
});
