import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { failureOf } from '../../src/cli/exit.ts';
import { LoosensError, type Newcomer, openGatehouse, requirePassage } from '../../src/cli/passage.ts';
import { readConfig, type ServiceConfig } from '../../src/runtime/config/read.ts';
import { openPlanStore } from '../../src/runtime/plan-store.ts';
import { loadPlan } from '../../src/runtime/policy-files.ts';
import { BASE, ROOT, writeConfig } from '../runtime/config/world.ts';
import { unjoinAll } from './commands.ts';

const TEXT = readFileSync(join(ROOT, 'policies/smart-home.yaml'), 'utf8').replaceAll('../', ROOT);
const ACCEPT = (digest: string): string =>
  `accept: { digest: ${digest}, by: privacy officer, why: "a smaller fleet, agreed in the board" }\n`;

/** A service with a policy of its own, and policies that were kept. */
const world = (t: Test) => {
  const dir = t.testdir();
  const file = writeConfig(dir, BASE);
  const config = (): ServiceConfig => {
    const { service } = readConfig(file);
    if (service === null) throw new Error('the configuration loads');
    return service;
  };
  const policy = (name: string, from: string | RegExp = '', to = ''): Newcomer => {
    const path = join(dir, name);
    writeFileSync(path, TEXT.replaceAll(from, to));
    const { plan, texts } = loadPlan(path);
    if (plan === null) throw new Error('the policy loads');
    openPlanStore(config().plans).save(plan.digest, texts);
    return { file: path, digest: plan.digest, texts };
  };
  return { file, config, policy };
};

const thrownBy = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return error;
  }
  return null;
};

t.test('a policy that loosens one in force is refused with 78, at the lines that loosen, and says how it is accepted', async (t) => {
  const { file, config, policy } = world(t);
  const [usual, low] = [policy('usual.yaml'), policy('low.yaml', /k: 20/g, 'k: 12')];
  const gatehouse = openGatehouse(file, config(), []);
  t.equal(requirePassage(usual, [low.digest], gatehouse, false), 0, 'tighter');
  t.equal(requirePassage(low, [], gatehouse, true), 0, 'a first start');
  const error = thrownBy(() => requirePassage(low, [low.digest, usual.digest], gatehouse, true));
  t.ok(error instanceof LoosensError);
  const failure = failureOf(error, []);
  t.match(failure, { exit: 78, code: 'policy-loosens', next: /accept: \{ digest: [0-9a-f]{64}, by: .*--accept [0-9a-f]{64}/ });
  const lines = TEXT.split('\n').flatMap((line, index) => (line.includes('k: 20') ? [index + 1] : []));
  t.match(
    failure.issues,
    lines.map((line) => ({ code: 'k-lowered', severity: 'error', file: low.file, line, message: /views\..*\.k: a class of 12/ })),
  );
  t.equal((error as LoosensError).changes, 2);

  const [told] = await unjoinAll([['policy', 'diff', '--json', usual.file, low.file]]);
  const { acceptance } = JSON.parse(told.stdout) as { acceptance: string };
  t.ok(failure.next.includes(acceptance), 'the same that policy diff names');
});

t.test('the command line accepts for the life of the process, the configuration until it is read again', async (t) => {
  const { file, config, policy } = world(t);
  const [usual, low] = [policy('usual.yaml'), policy('low.yaml', /k: 20/g, 'k: 12')];
  const [told] = await unjoinAll([['policy', 'diff', '--json', usual.file, low.file]]);
  const { acceptance } = JSON.parse(told.stdout) as { acceptance: string };
  const asked = openGatehouse(file, config(), [acceptance]);
  t.equal(requirePassage(low, [usual.digest], asked, false), 1);
  t.match(asked.border(usual.digest, low.digest), { acceptance: { digest: acceptance, by: 'command line' } });

  const gatehouse = openGatehouse(file, config(), []);
  const pass = (): unknown => thrownBy(() => requirePassage(low, [usual.digest], gatehouse, false));
  t.ok(pass() instanceof LoosensError);
  writeFileSync(file, BASE + ACCEPT(acceptance));
  t.ok(pass() instanceof LoosensError, 'not before it is read again');
  await gatehouse.reread([]);
  t.equal(pass(), null);
  t.match(gatehouse.border(usual.digest, low.digest), { acceptance: { by: 'privacy officer', why: /agreed/ } });
  writeFileSync(file, BASE.replace('tasks:', 'taks:'));
  await t.rejects(gatehouse.reread([]), { code: 'config-refused' });
  t.equal(pass(), null, 'a configuration that does not load changes nothing');
  writeFileSync(file, BASE + ACCEPT('ab'.repeat(32)));
  await gatehouse.reread([]);
  t.ok(pass() instanceof LoosensError, 'it is accepted no more');
});

t.test('fails closed: a policy in force that was not kept', async (t) => {
  const { file, config, policy } = world(t);
  const gatehouse = openGatehouse(file, config(), []);
  const usual = policy('usual.yaml');
  const lost = 'ab'.repeat(32);
  t.match(
    thrownBy(() => requirePassage(usual, [lost], gatehouse, false)),
    { code: 'policy-missing', exit: 78, message: new RegExp(lost) },
  );
  t.equal(requirePassage(usual, [lost], gatehouse, true), 0, 'at a start its tasks halt, and say so themselves');
});

t.test('what is no digest is not accepted', async (t) => {
  const { file } = world(t);
  const [run] = await unjoinAll([['run', '-c', file, '--accept', 'all']]);
  t.match(run, { exit: 78, stderr: /accept-digest.*\n {2}next: copy them from unjoin policy diff/ });
});
