import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { createCountIndex } from '../../../src/control/dataset/count-index.ts';
import { areSound } from '../../../src/control/dataset/counts.ts';
import { createCollector } from '../../../src/control/dataset/persons.ts';
import { createReleasedTuples } from '../../../src/gate/released-tuples.ts';
import type { DatasetIndex } from '../../../src/model/controls.ts';
import { createReference, type Left, type Person, type Question } from './reference.ts';

const LEVELS = 3;
const VIEW_WIDTH = 4;
const ORIGIN = { dataset: 'people', untilMs: 1000 };

interface World {
  readonly positions: readonly number[];
  readonly persons: readonly Person[];
  readonly left: readonly Left[];
  readonly questions: readonly Question[];
}

/** Fine codes climb by halving, as ladders do; a value is missing from a level down, or at all levels, or is `*` at the last. */
const chainOf = (fine: readonly number[], missing: readonly number[], stars: readonly boolean[]) =>
  Array.from({ length: LEVELS }, (_, level) =>
    fine.map((code, i) => (level === LEVELS - 1 && stars[i] ? 0 : level < missing[i] ? null : code >> level)),
  );

const worlds: fc.Arbitrary<World> = fc
  .record({
    positions: fc.subarray([0, 1, 2, 3], { minLength: 1, maxLength: 3 }),
    stars: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
  })
  .chain(({ positions, stars }) => {
    const each = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: positions.length, maxLength: positions.length });
    const row = fc
      .record({ fine: each(fc.integer({ min: 0, max: 5 })), missing: each(fc.constantFrom(0, 0, 0, 0, 1, 2, 3)) })
      .map(({ fine, missing }) => chainOf(fine, missing, stars));
    const codes = fc
      .record({ fine: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: VIEW_WIDTH, maxLength: VIEW_WIDTH }), level: fc.nat(2) })
      .map(({ fine, level }) => ({
        level,
        codes: fine.map((code, position) => (level === LEVELS - 1 && stars[positions.indexOf(position)] ? 0 : code >> level)),
      }));
    return fc.record({
      positions: fc.constant(positions),
      persons: fc.array(fc.array(row, { minLength: 1, maxLength: 4 }), { maxLength: 25 }),
      left: fc.array(codes, { maxLength: 6 }),
      questions: fc.array(
        codes.chain((question) => fc.subarray([...positions], { minLength: 1 }).map((asked) => ({ ...question, asked }))),
        { minLength: 1, maxLength: 12 },
      ),
    });
  });

const indexOf = ({ positions, persons }: World): DatasetIndex => {
  const collector = createCollector(LEVELS * positions.length);
  for (const [number, rows] of persons.entries()) {
    for (const row of rows)
      collector.add(
        number,
        Int32Array.from(row.flat(), (code) => code ?? -1),
        0,
      );
  }
  const counts = collector.finish(persons.length);
  assert.ok(persons.length === 0 || areSound(counts));
  const guard = { view: 7, kMap: 20, attributes: positions.map((position) => ({ position, inputs: [], hasName: false })) };
  return createCountIndex(counts, guard, VIEW_WIDTH, ORIGIN);
};

const bits = (positions: readonly number[]): number => positions.reduce((sum, position) => sum | (1 << position), 0);

/** What left, as the gate tells it to an index while a level is under trial. */
const toldOf = (left: readonly Left[], at: number) => {
  const levels = createReleasedTuples(LEVELS, VIEW_WIDTH);
  for (const { level, codes } of left) levels.note(level, Int32Array.from(codes));
  return { has: (level: number, codes: Int32Array, columns?: number) => level < at && levels.has(level, codes, columns) };
};

t.test('the index counts what the slow reference counts', async () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const index = indexOf(world);
      const reference = createReference(world.persons, world.positions);
      assert.equal(index.columns, bits(world.positions));
      for (const question of world.questions) {
        const { level } = question;
        const codes = Int32Array.from(question.codes);
        const told = toldOf(world.left, level);
        const whole = { ...question, asked: world.positions };
        assert.equal(index.possible(level, codes), reference.possible(whole), 'possible');
        assert.equal(index.certain(level, codes, told), reference.certain(whole, world.left), 'certain');
        assert.equal(index.certain(level, codes), reference.certain(whole, []), 'certain, nothing having left');
        assert.equal(index.possibleIn?.(level, codes, bits(question.asked)), reference.possible(question), 'possible in some columns');
        assert.equal(
          index.certainIn?.(level, codes, bits(question.asked), told),
          reference.certain(question, world.left),
          'certain in some',
        );
      }
    }),
    { numRuns: 600 },
  );
});

t.test('counting may stop, and says enough', async () => {
  fc.assert(
    fc.property(worlds, fc.integer({ min: 1, max: 6 }), (world, upTo) => {
      const index = indexOf(world);
      for (const { level, codes: asked } of world.questions) {
        const codes = Int32Array.from(asked);
        const told = toldOf(world.left, level);
        assert.equal(index.possible(level, codes, upTo) >= upTo, index.possible(level, codes) >= upTo);
        assert.equal(index.certain(level, codes, told, upTo) >= upTo, index.certain(level, codes, told) >= upTo);
        assert.equal(index.possible(level, codes, 1) === 0, index.possible(level, codes) === 0);
      }
    }),
    { numRuns: 200 },
  );
});

t.test('rows that are persons are counted as persons of one row are', async () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const rows = { ...world, persons: world.persons.flatMap((person) => person.map((row) => [row])) };
      const width = LEVELS * world.positions.length;
      const alone = createCollector(width);
      for (const [row] of rows.persons)
        alone.add(
          -1,
          Int32Array.from(row.flat(), (code) => code ?? -1),
          0,
        );
      const told = createCollector(width);
      for (const [number, [row]] of rows.persons.entries())
        told.add(
          number,
          Int32Array.from(row.flat(), (code) => code ?? -1),
          0,
        );
      const sorted = ({ chains, members, counts }: ReturnType<typeof told.finish>) =>
        Array.from(members, (chain, i) => `${chains.subarray(chain * width, (chain + 1) * width)} ${counts[i]}`).sort();
      assert.deepEqual(sorted(alone.finish(0)), sorted(told.finish(rows.persons.length)));
    }),
    { numRuns: 100 },
  );
});

t.test('a person with many rows is one person, and thousands of them are told apart', async (t) => {
  const collector = createCollector(1);
  const count = 30_000;
  for (let row = 0; row < 4 * count; row++) collector.add(row % count, Int32Array.of(row % 7), 0);
  const counts = collector.finish(count);
  t.equal(
    counts.counts.reduce((sum, persons) => sum + persons, 0),
    count,
  );
  const guard = { view: 0, kMap: 1, attributes: [{ position: 0, inputs: [], hasName: false }] };
  const index = createCountIndex(counts, guard, 1, ORIGIN);
  const holders = (code: number): number =>
    new Set(Array.from({ length: 4 * count }, (_, row) => row).flatMap((row) => (row % 7 === code ? [row % count] : []))).size;
  for (let code = 0; code < 8; code++) t.equal(index.possible(0, Int32Array.of(code)), holders(code));
});

t.test('counts that do not hang together are found', async (t) => {
  const sound = {
    width: 2,
    chains: Int32Array.of(1, 2, 3, 4),
    starts: Int32Array.of(0, 1, 3),
    members: Int32Array.of(0, 0, 1),
    counts: Int32Array.of(5, 1),
  };
  t.ok(areSound(sound));
  t.notOk(areSound({ ...sound, chains: Int32Array.of(1, 2, 3) }));
  t.notOk(areSound({ ...sound, members: Int32Array.of(0, 0, 2) }));
  t.notOk(areSound({ ...sound, members: Int32Array.of(0, 0, -1) }));
  t.notOk(areSound({ ...sound, starts: Int32Array.of(0, 3, 1) }));
  t.notOk(areSound({ ...sound, starts: Int32Array.of(0, 1, 2) }));
  t.notOk(areSound({ ...sound, starts: Int32Array.of(0, 3) }));
  t.notOk(areSound({ ...sound, counts: Int32Array.of(5, 0) }));
});
