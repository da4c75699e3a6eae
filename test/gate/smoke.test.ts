import t from 'tap';
import { createGate } from '../../src/gate/gate.ts';
import { NO_CONTROLS } from '../../src/model/controls.ts';
import { isReleased } from '../../src/model/verdict.ts';
import { createReferenceGate, plainCandidates } from '../reference/gate.ts';
import { candidatesOf, fakeKeys, planOf, type Row, viewOf } from './fakes.ts';

/** Linear congruential (Numerical Recipes): a fixed crowd, so that a failure repeats. */
const randomFrom = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
};

t.test('a hundred thousand candidates: conserved, and as the reference says', async (t) => {
  const random = randomFrom(20);
  const below = (limit: number, skew = 1): number => Math.floor(limit * random() ** skew);
  const view = viewOf({ k: 20, contribution: 2 });
  const rows: Row[] = Array.from({ length: 100_000 }, (_, offset) => ({
    subject: below(30_000),
    codes: [below(400, 3), below(64, 2)],
    start: random() < 0.05 ? 1 : 0,
    offset,
  }));
  const plan = planOf(view);
  const gate = createGate(plan, { keys: fakeKeys() });
  const reference = createReferenceGate(plan, { keys: fakeKeys() });
  let atOnce = 0;
  for (let from = 0; from < rows.length; from += 7919) {
    const candidates = candidatesOf(view, rows.slice(from, from + 7919));
    atOnce += gate.offer(candidates).reduce((sum, { count }) => sum + count, 0);
    reference.offer(plainCandidates(candidates, plan));
  }
  const { released, verdicts, smallestClass } = gate.close(0, 0, NO_CONTROLS);
  t.equal(atOnce + verdicts.count, rows.length);
  t.equal(new Set(verdicts.offset).size, verdicts.count);
  t.equal(verdicts.verdict.filter(isReleased).length, released.count);
  t.ok(smallestClass >= 20);
  const expected = reference.close(0, 0, NO_CONTROLS);
  t.equal(smallestClass, expected.smallestClass);
  t.strictSame(
    Array.from(released.offset, (offset, i) => `${offset} ${released.level[i]}`),
    expected.released.map(({ offset, level }) => `${offset} ${level}`),
  );
  t.ok(new Set(released.level).size === 3 && verdicts.count > released.count, 'every level and some blocks are reached');
});
