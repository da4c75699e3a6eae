import t from 'tap';
import { createCountIndex } from '../../../src/control/dataset/count-index.ts';
import { createCollector } from '../../../src/control/dataset/persons.ts';
import { createTextIndex, type TextIndex } from '../../../src/control/dataset/texts.ts';
import type { GuardPlan } from '../../../src/model/dataset.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { isNoLess } from '../../../src/runtime/provision/no-less.ts';
import { planOf, viewOf } from '../../gate/fakes.ts';

/** Two attributes with two levels, each text a letter of its code. */
const bare = planOf(viewOf());
const text = (_level: number, code: number): string => 'abcdef'[code];
const attributes = bare.events[0].attributes.map((one) => ({ ...one, ladder: { ...one.ladder, levels: ['fine', 'coarse'], text } }));
const view = { ...bare.views[0], attributes: [0, 1], path: [[0, 0], [1, 1]] }; // biome-ignore format: a path
const PLAN: Plan = { ...bare, events: [{ ...bare.events[0], attributes }], views: [view] };
const GUARD: GuardPlan = { view: 0, kMap: 2, attributes: [0, 1].map((position) => ({ position, inputs: [0], hasName: false })) };

/** A person's chain: both codes at the fine level, both at the coarse one. */
type Chain = readonly [number, number, number, number];
const indexOf = (...kinds: readonly (readonly [persons: number, ...rows: readonly Chain[]])[]): TextIndex => {
  const collector = createCollector(4);
  let person = 0;
  for (const [persons, ...rows] of kinds)
    for (let i = 0; i < persons; i++, person++) for (const row of rows) collector.add(person, Int32Array.from(row), 0);
  const counts = collector.finish(person);
  const asked = createCountIndex(counts, GUARD, 2, { dataset: 'people', untilMs: 0 });
  return createTextIndex(PLAN, GUARD, counts, asked, () => false);
};

const FINE_A: Chain = [0, 0, 4, 4];
const FINE_B: Chain = [1, 1, 4, 4];
const COARSE = { level: 1, texts: ['e', 'e'] };
const is = (before: TextIndex, now: TextIndex): boolean => isNoLess(COARSE, before, now);

t.test('of each kind as many: sums are not enough, as finer releases may leave any kind over', async (t) => {
  const before = indexOf([3, FINE_A], [2, FINE_B]);
  t.equal(is(before, indexOf([3, FINE_A], [2, FINE_B])), true);
  t.equal(is(before, indexOf([3, FINE_A], [9, FINE_B], [4, [2, 2, 4, 4]])), true, 'more of one, and others');
  t.equal(is(before, indexOf([2, FINE_A], [3, FINE_B])), false, 'one person bought the other device');
  t.equal(is(before, indexOf([2, FINE_A], [2, FINE_B], [1, FINE_A, FINE_B])), false, 'one person has both now');
  t.equal(is(before, indexOf([5, FINE_B])), false);
  t.equal(is(before, indexOf([3, FINE_A], [2, [1, -1, 4, 4]])), false, 'who lacks a value is another kind');
});

t.test('nobody is behind the whole tuple any more, or somebody is now', async (t) => {
  const nobody = indexOf([5, [2, 2, 3, 3]]);
  const byPart = indexOf([5, [0, 2, 4, 3]]);
  t.equal(is(nobody, nobody), true);
  t.equal(is(byPart, byPart), true, 'a part that pointed at as many');
  t.equal(is(byPart, indexOf([4, [0, 2, 4, 3]])), false, 'a part that points at fewer');
  t.equal(is(nobody, byPart), false, 'a part that pointed at nobody was never counted');
  t.equal(is(nobody, indexOf([5, FINE_A])), false, 'nor was the whole');
  t.equal(is(byPart, indexOf([5, FINE_A])), false);
  const whole = indexOf([5, FINE_A], [9, [0, 2, 4, 3]]);
  t.equal(is(whole, indexOf([9, [0, 2, 4, 3]])), false, 'where somebody was behind the whole, no part was asked for');
  const anybody = indexOf([1, [-1, -1, -1, -1]], [9, [0, 2, 4, 3]]);
  t.equal(is(anybody, indexOf([9, [0, 2, 4, 3]])), false, 'nor where it could be anybody');
  t.equal(is(byPart, nobody), true, 'now no part points at anybody');
});
