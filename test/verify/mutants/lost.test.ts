import { renameSync } from 'node:fs';
import t from 'tap';
import type { Named } from '../../../src/control/fold.ts';
import { STAGES } from '../../../src/pipeline.ts';
import { foldedControls } from '../../../src/runtime/control/source.ts';
import { type Guarding, namedGuarding } from '../../../src/runtime/dataset/guarding.ts';
import { verifyRun } from '../../../src/verify/index.ts';
import { controlledText } from '../../control/world.ts';
import { framed, runInMemory } from '../../properties/world.ts';
import { cardsOf, DAY_MS, HOUR_MS, LINES, losing, namedWorld, PLAN, START_MS } from '../../runtime/dataset/named-world.ts';
import { CARDS } from '../../runtime/dataset/world.ts';
import { idsOf, inputsOf } from '../control/world.ts';

const WORLD = { plan: PLAN, text: controlledText(['\nevents:\n', `${CARDS}\nevents:\n`]), lines: LINES, people: [] };
const BASES = new Map(PLAN.datasets.map(({ name, basis }) => [name, basis]));

/** A run by a control log, by a gate that hears of it what `told` makes of it. */
const check = async (lines: ReturnType<typeof losing>, guarding: Guarding, told: (named: Named) => Named) => {
  const own: Guarding = { ...guarding, of: (view, endMs, named) => guarding.of(view, endMs, told(named)) };
  const source = foldedControls(PLAN, async () => ({ lines, untilMs: Number.POSITIVE_INFINITY }), own);
  const run = await runInMemory(PLAN, framed(PLAN, LINES, [500]), 'unjoin', STAGES, source);
  return verifyRun({ ...inputsOf(WORLD, run, lines), bases: BASES });
};

const deaf = (named: Named): Named => (dataset, endMs) => {
  const index = named(dataset, endMs);
  return index === null ? null : { ...index, isLost: false };
}; // biome-ignore format: a function of functions

t.test('a gate that releases by an index that was given up: rejected by I11', async (t) => {
  const world = namedWorld(t);
  const index = await world.register(cardsOf('7'));
  const lines = losing([[index, START_MS - DAY_MS]], [index, START_MS + 2 * HOUR_MS]);
  const guarding = namedGuarding(PLAN, world.shelf);
  const report = await check(lines, guarding, deaf);
  t.same(idsOf(report, 'fail'), ['I11']);
  t.match(report.findings.find(({ id }) => id === 'I11')?.note, /warranty-cards was given up/);
  t.match(report.findings.find(({ id }) => id === 'I11')?.first, /window/);
  renameSync(index.path, `${index.path}.aside`);
  t.same(idsOf(await check(lines, guarding, (named) => named), 'fail'), [], 'one that obeys passes, and needs no file');
});
