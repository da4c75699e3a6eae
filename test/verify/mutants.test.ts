import t from 'tap';
import { formatReport, type Report, type StatementId, verifyRun } from '../../src/verify/index.ts';
import { MUTATIONS, type Mutation } from './toy/mutations.ts';
import { toyRun } from './toy/run.ts';

const SEEDS = ['one', 'two'];

const failed = (report: Report): StatementId[] => report.findings.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id);

for (const seed of SEEDS) {
  t.test(`seed ${seed}: the toy gate without a mistake passes every statement`, async (t) => {
    const report = await verifyRun(toyRun(seed));
    t.same(failed(report), [], formatReport(report).join('\n'));
    t.ok(report.ok);
    const checked = report.findings.filter(({ verdict }) => verdict === 'pass').map(({ id }) => id);
    t.same(checked, ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I8', 'I9', 'I10', 'I17', 'I18', 'I19', 'I15'].sort((a, b) => Number(a.slice(1)) - Number(b.slice(1))));
  });
  for (const [mutation, expected] of Object.entries(MUTATIONS)) {
    t.test(`seed ${seed}: ${mutation} is rejected by ${expected.join(' and ')}`, async (t) => {
      const report = await verifyRun(toyRun(seed, mutation as Mutation));
      const found = failed(report);
      for (const id of expected) t.ok(found.includes(id), `${id} fails; failing: ${found.join(' ')}`);
    });
  }
}
