import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { STACK, unjoinAll } from './commands.ts';

t.test('the demo shows a run, explains two records and ends with the verdict of the checker', async (t) => {
  const dir = t.testdir();
  const temporary = join(dir, 'tmp');
  mkdirSync(temporary);
  const out = join(dir, 'demo');
  const args = ['demo', '--json', '--devices', '600', '--events', '2000', '--seed', '4', '--out', out];
  const [{ exit, stdout, stderr: talk }] = await unjoinAll([args], { TMPDIR: temporary });
  t.equal(exit, 0, talk);
  t.notMatch(stdout + talk, STACK);
  t.match(talk, /^1\. A made-up fleet: 200 households, 600 devices, 2 000 events\.\n2\. Through the gate/);
  for (const view of ['device-health', 'feature-usage', 'presence-by-area']) t.match(talk, new RegExp(`^ {3}${view} {2}k \\d+`, 'm'));
  t.match(talk, /3\. One record released, one blocked:\n {3}\S+:\d:\d+\n.*released at level[\s\S]+blocked: k\n/);
  t.match(talk, /4\. The checker[\s\S]+I1 {2}pass[\s\S]+I19 pass/);
  t.match(talk, /\nChecker: pass\n$/);

  const { summary, report } = JSON.parse(stdout);
  t.strictSame(summary, JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')));
  t.match(report, { ok: true });
  t.strictSame(readdirSync(dir).sort(), ['demo', 'tmp']);
  t.strictSame(
    readdirSync(temporary).filter((name) => name.startsWith('unjoin')),
    [],
    'the fleet is not left behind',
  );
});
