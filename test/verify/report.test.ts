import t from 'tap';
import { createFindings, formatReport, STATEMENTS } from '../../src/verify/report.ts';

t.test('a statement fails, is skipped, or passes, and says where first', async (t) => {
  const findings = createFindings();
  findings.fail('I3', 'usage window 0 level 1', 'class below k');
  findings.fail('I3', 'usage window 1 level 1', 'class below k');
  findings.skip('I4', 'no view sets a gateway rule');
  findings.skip('I3', 'is checked all the same');
  findings.note('I7', '3 identifiers searched');
  const report = findings.report();
  t.notOk(report.ok);
  t.equal(report.findings.length, Object.keys(STATEMENTS).length);
  const lines = formatReport(report);
  t.match(lines[2], /^I3 {2}fail {2}2 violations, first at usage window 0 level 1 .*class below k \(2\)/);
  t.match(lines[3], /^I4 {2}not applicable .*\[no view sets a gateway rule\]$/);
  t.match(lines[6], /^I7 {2}pass .*\[3 identifiers searched\]$/);
  t.ok(createFindings().report().ok);
});
