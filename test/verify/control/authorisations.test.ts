import t from 'tap';
import { formatReport, type Report, verifyRun } from '../../../src/verify/index.ts';
import { authorisedLog } from './authorised-log.ts';
import { BOUND, createWorld, idsOf, inputsOf, runControlled } from './world.ts';

/** Honest runs in which many authorised combined-use periods: no statement may fail, and something left as authorised in each period. */
const text = (report: Report): string => formatReport(report).join('\n');

t.setTimeout(400_000);

for (const seed of [71, 72]) {
  for (const mode of ['trusted', 'bindings'] as const) {
    t.test(`seed ${seed}, households by ${mode}`, async (t) => {
      const isBound = mode === 'bindings';
      const world = createWorld(seed, ...(isBound ? BOUND : []));
      const log = authorisedLog(world, seed, isBound);
      const run = await runControlled(world, log);
      const report = await verifyRun(inputsOf(world, run, log));
      t.same(idsOf(report, 'fail'), [], text(report));
      for (const id of ['I1', 'I2', 'I3', 'I5', 'I8', 'I13', 'I14', 'I19'] as const)
        t.ok(idsOf(report, 'pass').includes(id), `${id} was checked`);
      t.notMatch(text(report), /did not leave/, 'and all leaves that may');
      const left = new Map<string | null, number>();
      for (const { period, isAuthorised, count } of run.transactions.flatMap(({ outputs }) => outputs))
        if (isAuthorised) left.set(period, (left.get(period) ?? 0) + count);
      for (const period of ['spring', 'summer', 'court', 'late']) t.ok((left.get(period) ?? 0) > 20, `${period}: ${left.get(period)}`);
      t.equal(left.get('none'), undefined);
      t.equal(left.get('more'), undefined, 'of two periods the first has the records');
      const { authorised = 0, released } = run.summary.views['device-health'];
      t.equal(authorised, (left.get('spring') ?? 0) + (left.get('summer') ?? 0));
      t.ok(released.some((count) => count > 0), 'the others leave, too'); // biome-ignore format: a call
    });
  }
}
