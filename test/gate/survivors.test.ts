import t from 'tap';
import { createDecoder } from '../../src/decode/decoder.ts';
import { createGate } from '../../src/gate/gate.ts';
import { brandCandidates } from '../../src/model/candidate.ts';
import { NO_CONTROLS } from '../../src/model/controls.ts';
import { memoryKeys } from '../../src/runtime/keys/memory.ts';
import { createTransform } from '../../src/transform/transform.ts';
import { fleetLines, framed, smartHome } from '../properties/world.ts';

const plan = smartHome();
const keys = memoryKeys('survivors');
const batches = framed(plan, fleetLines({ devices: 700, count: 2500, seed: 8, malformedShare: 0 }), [120]).flat();

/** Candidates of every batch, in order. */
const candidatesOf = () => {
  const decoder = createDecoder(plan);
  const transform = createTransform(plan, keys);
  const clocks: number[] = [];
  return batches.map((batch) => {
    const { columns, clockMs } = decoder.decode(batch, clocks[batch.source] ?? Number.NEGATIVE_INFINITY);
    clocks[batch.source] = clockMs;
    return columns.flatMap((part) => transform.transform(part, batch).candidates);
  });
};

type Gate = ReturnType<typeof createGate>;

const closeAll = (gate: Gate): string[] =>
  gate.openWindows().flatMap(({ view, windowStartMs }) => {
    const { released } = gate.close(view, windowStartMs, NO_CONTROLS);
    return Array.from(
      { length: released.count },
      (_, i) => `${view} ${windowStartMs} ${released.source[i]} ${released.offset[i]} ${released.level[i]}`,
    );
  });

t.test('what was taken fresh, offered to an empty gate, gives the same decisions', async (t) => {
  const gate = createGate(plan, { keys });
  const again = createGate(plan, { keys });
  let taken = 0;
  for (const [i, offered] of candidatesOf().entries()) {
    for (const candidates of offered) gate.offer(candidates);
    if (i % 3 !== 0) continue;
    for (const { columns } of gate.takeFresh()) {
      taken += columns.count;
      again.offer(brandCandidates(columns));
    }
  }
  for (const { columns } of gate.takeFresh()) again.offer(brandCandidates(columns));
  t.strictSame(gate.takeFresh(), [], 'and nothing is fresh any more');
  t.ok(taken > 500);
  t.equal(again.survivors(), gate.survivors());
  const expected = closeAll(gate);
  t.ok(expected.length > 300);
  t.strictSame(closeAll(again).sort(), expected.sort());
});

t.test('all survivors of a window, offered to an empty gate, are all it needs', async (t) => {
  const gate = createGate(plan, { keys });
  const again = createGate(plan, { keys });
  for (const offered of candidatesOf()) for (const candidates of offered) gate.offer(candidates);
  for (const { view, windowStartMs, survivors } of gate.openWindows()) {
    const columns = gate.survivorsOf(view, windowStartMs);
    t.equal(columns?.count, survivors);
    if (columns !== null) again.offer(brandCandidates(columns));
  }
  t.equal(gate.survivorsOf(0, 0), null, 'a window that nobody offered anything to');
  t.strictSame(closeAll(again).sort(), closeAll(gate).sort());
});
