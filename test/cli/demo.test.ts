import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { STACK, unjoinAll } from './commands.ts';

t.test('the demo shows a run, explains two records and ends with the verdict of the checker', async (t) => {
  const dir = t.testdir();
  const temporary = join(dir, 'tmp');
  mkdirSync(temporary);
  const out = join(dir, 'demo');
  const args = ['demo', '--devices', '600', '--events', '2000', '--seed', '4', '--out', out];
  const [talk, json] = await unjoinAll([args, [...args, '--json']], { TMPDIR: temporary });
  for (const { exit, stdout, stderr } of [talk, json]) {
    t.equal(exit, 0, stderr);
    t.notMatch(stdout + stderr, STACK);
  }
  t.match(talk.stdout, /^1\. A made-up fleet: 200 households, 600 devices, 2 000 events\.\n2\. Through the gate/);
  for (const view of ['device-health', 'feature-usage', 'presence-by-area'])
    t.match(talk.stdout, new RegExp(`^ {3}${view} {2}k \\d+`, 'm'));
  t.match(talk.stdout, /3\. One record released, one blocked:\n {3}\S+:\d:\d+\n.*released at level[\s\S]+blocked: k\n/);
  t.match(talk.stdout, /4\. The checker[\s\S]+I1 {2}pass[\s\S]+I19 pass/);
  t.match(talk.stdout, /\nChecker: pass\n$/);
  t.equal(talk.stderr, '');

  const { summary, report } = JSON.parse(json.stdout);
  t.strictSame(summary, JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')));
  t.match(report, { ok: true });
  t.match(json.stderr, /Checker: pass/, 'talk goes out of the way of the document');
  t.strictSame(readdirSync(dir).sort(), ['demo', 'tmp']);
  t.strictSame(
    readdirSync(temporary).filter((name) => name.startsWith('unjoin')),
    [],
    'the fleet is not left behind',
  );
});
