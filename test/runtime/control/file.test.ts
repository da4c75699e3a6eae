import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { subjectOf } from '../../../src/control/subject.ts';
import { HOUR_MS } from '../../../src/model/time.ts';
import { openSealSession } from '../../../src/record/seal.ts';
import { openControlKey } from '../../../src/runtime/keys/control.ts';
import { openRecipients } from '../../../src/runtime/keys/recipients.ts';
import { openRing } from '../../../src/runtime/keys/ring.ts';
import { policyFiles } from '../../../src/runtime/policy-files.ts';
import { runFiles } from '../../../src/runtime/run-files.ts';
import { readRun } from '../../../src/runtime/verify-files.ts';
import { formatReport, type Report, verifyRun } from '../../../src/verify/index.ts';
import { envelopes } from '../../cli/world.ts';
import { controlLog, controlledPlan, controlledText } from '../../control/world.ts';
import { FILE } from '../../transform/world.ts';

const idsOf = ({ findings }: Report, wanted: string): string[] => findings.filter(({ verdict }) => verdict === wanted).map(({ id }) => id);

t.test('a run over files by a control log, and what the checker makes of the same log, of another and of none', async (t) => {
  const dir = t.testdir();
  const at = (name: string): string => join(dir, name);
  const plan = controlledPlan(['k: 20', 'k: 12'], ['k: 20', 'k: 12']);
  const log = envelopes({ devices: 240, count: 800, seed: 8, spanMs: 3_600_000 });
  writeFileSync(at('log.ndjson'), log.map((line) => `${JSON.stringify(line)}\n`).join(''));
  openRing(at('keys'), { prf: plan.prf, create: true, views: plan.views.map(({ name }) => name) });
  const { operator } = openRecipients(at('keys'), { create: true });
  const control = openControlKey(at('keys'), { prf: plan.prf, create: true });
  const session = openSealSession(operator, 'control');
  const said = controlLog(plan);
  const startMs = log[0].timestamp;
  const period = { kind: 'period', id: 'trial', basis: 'none', k: 12 } as const;
  const [start, end, alone] = [startMs - HOUR_MS, startMs + HOUR_MS, { datasets: [], views: [], unindexed: false }];
  said.say({ ...period, views: ['feature-usage'], consumers: ['a'], with: alone, start, end }, startMs - 9 * HOUR_MS);
  said.say({ kind: 'activation', period: 'trial', evidence: 'e'.repeat(64) }, startMs - 9 * HOUR_MS);
  const ids = [...new Set(log.flatMap(({ value }) => (typeof value.deviceId === 'string' ? [value.deviceId] : [])))];
  for (const id of ids.slice(0, 20)) {
    const subject = subjectOf(plan, 'device', id, { number: 1, control, next: null }, (aad, plain) => session.seal(aad, plain));
    if (subject === null) throw new Error('no event names devices');
    said.say({ kind: 'erasure', subject }, startMs - 1);
  }
  const lines = said.lines.map(({ appendMs, value }) => `{"timestamp":${appendMs},"value":${Buffer.from(value)}}\n`);
  writeFileSync(at('controls.ndjson'), lines.join(''));
  writeFileSync(at('cut.ndjson'), lines.slice(1).join(''));
  writeFileSync(at('torn.ndjson'), `${lines.join('')}{"timestamp":1}\n`);
  const [inputs, out, keys, controls] = [[at('log.ndjson')], at('out'), at('keys'), at('controls.ndjson')];
  const summary = await runFiles({ plan, inputs, out, format: 'ndjson', keys, controls });
  t.ok((summary.views['device-health'].blocked['erased'] ?? 0) > 0);

  const verify = (controls?: string): Promise<Report> =>
    verifyRun({
      policyText: controlledText(['k: 20', 'k: 12'], ['k: 20', 'k: 12']),
      policyFile: FILE,
      ...policyFiles(FILE),
      ...readRun({ in: [at('log.ndjson')], out: at('out'), keys: at('keys'), controls: controls === undefined ? undefined : at(controls) }),
    });
  const report = await verify('controls.ndjson');
  t.ok(report.ok, formatReport(report).join('\n'));
  for (const id of ['I13', 'I14']) t.ok(idsOf(report, 'pass').includes(id));
  const cut = await verify('cut.ndjson');
  t.ok(idsOf(cut, 'fail').includes('I2'), 'the audit tells of a record that is not there');
  t.ok(idsOf(cut, 'fail').includes('I14'), 'and somebody was blocked though nobody said so');
  const without = await verify();
  t.ok(without.ok, 'nothing is wrong with what can be checked');
  t.same(
    idsOf(without, 'not-applicable').filter((id) => id === 'I13' || id === 'I14'),
    ['I13', 'I14'],
  );
  await t.rejects(verify('torn.ndjson'), { code: 'unreadable' });

  const own = at('out/views/feature-usage.period-trial.ndjson');
  t.ok(readFileSync(own, 'utf8').length > 0, 'the view left to the output of the period');
  t.equal(readFileSync(at('out/views/feature-usage.ndjson'), 'utf8'), '');
  renameSync(own, at('out/views/feature-usage.period-other.ndjson'));
  const other = await verify('controls.ndjson');
  t.ok(idsOf(other, 'fail').includes('I13'), 'a period that nobody announced');
  rmSync(at('out/views/feature-usage.period-other.ndjson'));
  const deleted = await verify('controls.ndjson');
  t.ok(deleted.ok, 'outputs of a period that is over are deleted');
  t.match(formatReport(deleted).join('\n'), /I13 .*in periods whose outputs are deleted/);
  t.ok(readFileSync(at('out/audit.ndjson'), 'utf8').includes('"outcome":"applied"'));
});
