import t from 'tap';
import { formatReport, type Report, verifyRun } from '../../../src/verify/index.ts';
import type { MemoryRun } from '../../properties/world.ts';
import { cutLog } from './rekeyed-log.ts';
import { BOUND, createWorldOf, idsOf, inputsOf, runControlled } from './world.ts';

/** Runs with another control key from the midst of it on, by a log with everything in it. */
const text = (report: Report): string => formatReport(report).join('\n');

t.setTimeout(400_000);

/** Households that only bindings tell are drawn by their control tokens, in views of places alone. */
const counts = ({ summary }: MemoryRun, hasPlaces: boolean) =>
  Object.entries(summary.views).filter(([name]) => hasPlaces || name !== 'presence-by-area');

for (const mode of ['trusted', 'bindings'] as const) {
  t.test(`households by ${mode}: every verdict is the one that it is without another key, and the checker takes it`, async (t) => {
    const isBound = mode === 'bindings';
    const world = createWorldOf(71, 9, ...(isBound ? BOUND : []));
    const plain = await runControlled(world, cutLog(world, 71, isBound, false));
    const log = cutLog(world, 71, isBound, true);
    const keyed = await runControlled(world, log);
    t.ok(keyed.outputs.length > 300);
    t.same(counts(keyed, !isBound), counts(plain, !isBound));
    if (!isBound) t.same(keyed.outputs, plain.outputs);
    const report = await verifyRun(inputsOf(world, keyed, log));
    t.same(idsOf(report, 'fail'), [], text(report));
    for (const id of ['I1', 'I2', 'I3', 'I13', 'I14', 'I19'] as const) t.ok(idsOf(report, 'pass').includes(id), `${id} was checked`);
    t.notMatch(text(report), /did not leave/, 'and all leaves that may');
  });
}

t.test('of the windows of a control key that is destroyed nothing leaves, and the others are as before', async (t) => {
  const world = createWorldOf(72, 9);
  const log = cutLog(world, 72, false, true, true);
  const run = await runControlled(world, log);
  const report = await verifyRun(inputsOf(world, run, log));
  t.same(idsOf(report, 'fail'), [], text(report));
  t.ok(idsOf(report, 'pass').includes('I15'), text(report));
  const whole = await runControlled(world, cutLog(world, 72, false, true));
  t.ok(run.outputs.length > 0 && run.outputs.length < whole.outputs.length);
  const kept = new Set(whole.outputs);
  t.ok(
    run.outputs.every((output) => kept.has(output)),
    'what leaves left before, too',
  );
});
