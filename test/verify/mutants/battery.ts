import t from 'tap';
import { formatReport, type Report, type StatementId, verifyRun } from '../../../src/verify/index.ts';
import { MUTATIONS, type Mutation } from '../toy/mutations.ts';
import { toyRun } from '../toy/run.ts';

const CHECKED = ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I8', 'I9', 'I10', 'I15', 'I17', 'I18', 'I19'];

const idsOf = (report: Report, wanted: 'pass' | 'fail'): StatementId[] =>
  report.findings.filter(({ verdict }) => verdict === wanted).map(({ id }) => id);

/** The toy gate passes everything that applies; broken in any one way it is rejected by the statements that must see it. */
export const mutantBattery = (seed: string): void => {
  t.setTimeout(240_000);
  t.test(`seed ${seed}: the toy gate without a mistake passes`, async (t) => {
    const report = await verifyRun(toyRun(seed));
    t.same(idsOf(report, 'fail'), [], formatReport(report).join('\n'));
    t.ok(report.ok);
    t.same(idsOf(report, 'pass'), CHECKED);
    t.notMatch(formatReport(report).join('\n'), /did not leave/, 'and releases all that it may');
  });
  for (const [mutation, expected] of Object.entries(MUTATIONS)) {
    t.test(`seed ${seed}: ${mutation} is rejected by ${expected.join(' and ')}`, async (t) => {
      const report = await verifyRun(toyRun(seed, mutation as Mutation));
      const failed = idsOf(report, 'fail');
      for (const id of expected) t.ok(failed.includes(id), `${id} fails; failing: ${failed.join(' ')}`);
      t.notOk(report.ok);
    });
  }
};
