import fc from 'fast-check';
import t from 'tap';
import { createCounting, type Left } from '../../../src/verify/datasets/count.ts';
import type { People } from '../../../src/verify/datasets/persons.ts';
import { UNKNOWN } from '../../../src/verify/datasets/rows.ts';
import type { GuardRule } from '../../../src/verify/datasets/rules.ts';
import { createSequences, groupsOf } from '../../../src/verify/datasets/sequences.ts';
import { createReference, type Person } from '../../control/dataset/reference.ts';

const LEVELS = 3;
const WIDTH = 2;

/** Persons as the checker holds them: rows by number, persons of one kind together. */
const peopleOf = (persons: readonly Person[]): People => {
  const numbers = createSequences();
  const chains: Int32Array[] = [];
  const chainOf = (row: Person[number]): number => {
    const codes = Int32Array.from(row.flat().map((code) => code ?? UNKNOWN));
    const number = numbers.of(codes);
    chains[number] = codes;
    return number;
  };
  const pairs = persons.flatMap((rows, kind) => [...new Set(rows.map(chainOf))].map((chain) => [kind, chain] as const));
  const kinds = Int32Array.from(pairs, ([kind]) => kind);
  const own = Int32Array.from(pairs, ([, chain]) => chain);
  return {
    guard: { attributes: Array.from({ length: WIDTH }), view: { path: Array.from({ length: LEVELS }) } } as unknown as GuardRule,
    numberOf: () => 0,
    chainCount: chains.length,
    chain: (number) => chains[number],
    chainsOf: groupsOf(kinds, own, persons.length),
    kindsOf: groupsOf(own, kinds, chains.length),
    counts: new Int32Array(persons.length).fill(1),
  };
};

/** A value as a ladder of three levels: coarser ones have fewer values, and what is unknown is so up to a level. */
const value = fc.record({ fine: fc.nat(4), knownFrom: fc.constantFrom(0, 0, 0, 1, 2, 3) });
const row = fc
  .tuple(value, value)
  .map((values) =>
    Array.from({ length: LEVELS }, (_, level) =>
      values.map(({ fine, knownFrom }) => (level < knownFrom ? null : Math.floor(fine / 2 ** level))),
    ),
  );
const persons = fc.array(fc.array(row, { minLength: 1, maxLength: 3 }), { maxLength: 12 });
const tuple = fc.record({ level: fc.nat(LEVELS - 1), fine: fc.tuple(fc.nat(5), fc.nat(5)) }).map(
  ({ level, fine }): Left => ({ level, codes: fine.map((one) => Math.floor(one / 2 ** level)) }),
); // biome-ignore format: a table

t.test('persons are counted as the specification says, whole tuples and parts of them', async (t) => {
  let [possible, certain] = [0, 0];
  fc.assert(
    fc.property(persons, fc.array(tuple, { maxLength: 6 }), (all, left) => {
      const reference = createReference(all, [0, 1]);
      const counter = createCounting(peopleOf(all))(left);
      for (const { level, codes } of left)
        for (const asked of [1, 2, 3]) {
          const question = { level, codes, asked: [0, 1].filter((a) => (asked >>> a) & 1) };
          const expected = { possible: reference.possible(question) > 0, certain: reference.certain(question, left) };
          const found = {
            possible: counter.isPossible({ level, codes, asked }),
            certain: counter.certain({ level, codes, asked }, Number.POSITIVE_INFINITY),
          };
          t.same(found, expected);
          t.ok(counter.certain({ level, codes, asked }, 2) >= Math.min(2, expected.certain), 'and enough is told of');
          if (found.possible) possible++;
          certain += found.certain;
        }
    }),
    { numRuns: 400, seed: 4 },
  );
  t.ok(possible > 500 && certain > 500, 'something was asked');
});

t.test('what left in one window says nothing of another', async (t) => {
  const all: Person[] = [[[[0, 0], [0, 0], [0, 0]]], [[[1, 0], [0, 0], [0, 0]]]]; // biome-ignore format: a table
  const counterOf = createCounting(peopleOf(all));
  const question = { level: 1, codes: [0, 0], asked: 3 };
  t.equal(counterOf([{ level: 0, codes: [0, 0] }, question]).certain(question, 5), 1);
  t.equal(counterOf([question]).certain(question, 5), 2);
});
