import t from 'tap';
import { createTextIndex } from '../../../src/control/dataset/texts.ts';
import type { GuardPlan } from '../../../src/model/dataset.ts';
import { InvariantError } from '../../../src/model/invariant.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { planOf, viewOf } from '../../gate/fakes.ts';

/** Two attributes by two ladders that write a code as a letter; the second is `*` at the last level. */
const planWith = (text: (level: number, code: number) => string): Plan => {
  const bare = planOf(viewOf());
  const attributes = bare.events[0].attributes.map((attribute) => ({
    ...attribute,
    ladder: { ...attribute.ladder, levels: ['fine', 'coarse'], text },
  }));
  const view = { ...bare.views[0], attributes: [0, 1, 2], path: [[0, 0, 0], [1, 2, 1]] }; // biome-ignore format: a path
  return { ...bare, events: [{ ...bare.events[0], attributes }], views: [view] };
};
const letters = planWith((level, code) => `${'abcdef'[code]}${level}`);

/** The dataset has the first and the last attribute of the view, but not the one in the middle. */
const guardOf = (...positions: number[]): GuardPlan => ({
  view: 0,
  kMap: 1,
  attributes: positions.map((position) => ({ position, inputs: [0], hasName: false })),
});

const WILD = -1;
const countsOf = (width: number, ...chains: number[][]) => ({
  width,
  chains: Int32Array.from(chains.flat()),
  starts: Int32Array.of(0),
  members: new Int32Array(0),
  counts: new Int32Array(0),
});

t.test('a text is led back to the code that the index has for it at that level', async (t) => {
  const index = createTextIndex(letters, guardOf(0, 2), countsOf(4, [1, 2, 0, 3], [4, WILD, 1, WILD]), null, () => false);
  t.same([...index.codesOf(0, ['b0', 'x', 'c0'])], [1, -2, 2]);
  t.same([...index.codesOf(1, ['b1', 'x', 'd1'])], [1, -2, 3]);
  t.same([...index.codesOf(0, ['e0', 'x', 'a0'])], [4, -2, -2], "what nobody has is nobody's, and no wildcard");
  t.same([...index.codesOf(1, ['b0', 'x', 'd1'])], [-2, -2, 3], 'a text of another level is none of this one');
});

t.test('at `*` everybody has the one code that there is', async (t) => {
  const index = createTextIndex(letters, guardOf(1), countsOf(2, [5, 0]), null, () => false);
  t.same([...index.codesOf(1, ['a1', '*', 'a1'])], [-2, 0, -2]);
});

t.test('without counts no text has a code', async (t) => {
  t.same([...createTextIndex(letters, guardOf(0), null, null, () => false).codesOf(0, ['a0', 'b0', 'c0'])], [-2, -2, -2]);
});

t.test('two codes of one text are not told apart, and nothing is asked', async (t) => {
  const alike = createTextIndex(planWith(() => 'same'), guardOf(0), countsOf(2, [1, 1], [2, 1]), null, () => false); // biome-ignore format: a call
  t.throws(() => alike.codesOf(0, ['same', 'same', 'same']), InvariantError);
});
