import t from 'tap';
import { formatReport, type Report } from '../../../src/verify/index.ts';
import { richLog } from './rich-log.ts';
import { BOUND, check, createWorld, idsOf } from './world.ts';

/** Honest runs by a control log with everything in it: no statement may fail, and those about control records must have been checked. */
const text = (report: Report): string => formatReport(report).join('\n');

t.setTimeout(400_000);

for (const seed of [51, 52]) {
  for (const mode of ['trusted', 'bindings'] as const) {
    t.test(`seed ${seed}, households by ${mode}`, async (t) => {
      const isBound = mode === 'bindings';
      const world = createWorld(seed, ...(isBound ? BOUND : []));
      const log = richLog(world, seed, isBound);
      const report = await check(world, log);
      t.same(idsOf(report, 'fail'), [], text(report));
      for (const id of ['I1', 'I2', 'I3', 'I13', 'I14', 'I19'] as const) t.ok(idsOf(report, 'pass').includes(id), `${id} was checked`);
      t.notMatch(text(report), /did not leave/, 'and all leaves that may');
    });
  }
}
