import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { blocksOf } from '../house/rules/blocks.ts';
import { STACK, unjoinAll } from './commands.ts';
import { POLICY } from './world.ts';

const TEXT = readFileSync(POLICY, 'utf8').replaceAll('../', `${join(POLICY, '..', '..')}/`);

t.test('policy diff says what loosens, and a pipeline can stop there', async (t) => {
  const dir = t.testdir();
  const file = (name: string, from: string | RegExp = '', to = ''): string => {
    writeFileSync(join(dir, name), TEXT.replaceAll(from, to));
    return join(dir, name);
  };
  const before = file('before.yaml');
  const low = file('low.yaml', /k: 20/g, 'k: 12');
  const commented = file('commented.yaml', 'views:', '# what leaves\nviews:');
  const broken = file('broken.yaml', 'views:', 'vews:');
  const [loosens, json, tightens, same, means, refused, none, usage] = await unjoinAll([
    ['policy', 'diff', before, low],
    ['policy', 'diff', '--json', before, low],
    ['policy', 'diff', low, before],
    ['policy', 'diff', before, before],
    ['policy', 'diff', before, commented],
    ['policy', 'diff', before, broken],
    ['policy', 'diff', before, join(dir, 'none.yaml')],
    ['policy', 'diff', before],
  ]);
  t.match(loosens, { exit: 1, stderr: '' });
  t.match(
    loosens.stdout,
    /^Newly visible: nothing\nNewly joinable: nothing\nOtherwise looser: 2\n {2}views\.device-health\.k \(k-lowered\)\n {4}a class of 12 /,
  );
  t.match(loosens.stdout, /^2 changes loosen;.*\nacceptance [0-9a-f]{64}\n$/m);

  t.equal(json.exit, 1);
  const document = JSON.parse(json.stdout) as Record<string, unknown>;
  t.match(document, { loosens: true, before: /^[0-9a-f]{64}$/, after: /^[0-9a-f]{64}$/ });
  t.match(document['changes'], [
    { code: 'k-lowered', kind: 'loosens', group: 'looser', path: 'views.device-health.k', words: String },
    { code: 'k-lowered', path: 'views.feature-usage.k' },
  ]);
  t.ok(loosens.stdout.endsWith(`acceptance ${document['acceptance']}\n`));

  t.match(tightens, { exit: 0, stdout: /^Tighter: 2\n[\s\S]*\nNothing loosens\.\n$/m });
  t.match(same, { exit: 0, stdout: 'The two are the same.\n' });
  t.match(means, { exit: 0, stdout: /^The two mean the same/ });
  t.match(refused, { exit: 78, stdout: '', stderr: /broken\.yaml:\d+:1 error policy-unknown-key[\s\S]*policy-refused/ });
  t.match(none, { exit: 78, stderr: /policy-missing/ });
  t.match(usage, { exit: 78, stderr: /missing required argument 'after'/ });
  for (const { stdout, stderr } of [loosens, refused, none]) t.notMatch(stdout + stderr, STACK);
});

t.test('the documentation shows what it says', async (t) => {
  const dir = t.testdir({ next: {} });
  for (const name of ['policies', 'ladders', 'schemas']) symlinkSync(join(POLICY, '..', '..', name), join(dir, name));
  const blocks = blocksOf('policy.md', readFileSync(join(POLICY, '..', '..', 'docs', 'policy.md'), 'utf8'));
  const index = blocks.findIndex(({ text }) => text.includes('unjoin policy diff'));
  const [, from, to] = /\n(?:.|\n)*?sed '(?:.|\n)*?' \\\n {2}(\S+) > (\S+)/.exec(`\n${blocks[index].text}`) ?? [];
  const edits = [...blocks[index].text.matchAll(/s\/(.*?)\/(.*?)\/[;']/g)].map(([, before, after]) => [before, after] as const);
  t.equal(edits.length, 2);
  const text = readFileSync(join(dir, from), 'utf8');
  writeFileSync(
    join(dir, to),
    edits.reduce((changed, [before, after]) => changed.replace(new RegExp(before), after), text),
  );
  const [{ exit, stdout }] = await unjoinAll([['policy', 'diff', join(dir, from), join(dir, to)]]);
  t.equal(exit, 1);
  const withoutDigest = (said: string): string => said.replace(/acceptance [0-9a-f]{64}/, '');
  t.equal(withoutDigest(blocks[index + 1].text), withoutDigest(stdout));
});
