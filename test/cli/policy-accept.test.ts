import { readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { LoosensError, openGatehouse, requirePassage } from '../../src/cli/passage.ts';
import type { ControlLine } from '../../src/control/fold.ts';
import { readConfig } from '../../src/runtime/config/read.ts';
import { readControlFile } from '../../src/runtime/control/file.ts';
import { openPlanStore } from '../../src/runtime/plan-store.ts';
import { loadPlan } from '../../src/runtime/policy-files.ts';
import { BASE, writeConfig } from '../runtime/config/world.ts';
import { unjoinAll } from './commands.ts';
import { sayWorld } from './say-world.ts';

const dir = t.testdir();
const { at, ground, officer, both } = sayWorld(dir);
const IN_FORCE = at('policy.yaml');
const text = readFileSync(IN_FORCE, 'utf8');
const write = (name: string, from: string | RegExp, to: string): string => {
  writeFileSync(at(name), text.replaceAll(from, to));
  return at(name);
};
const LOW = write('low.yaml', /k: 20/g, 'k: 12');
const HIGH = write('high.yaml', /k: 20/g, 'k: 30');
const DRIVEN = ground.slice(2);
const accept = (after: string, ...more: readonly string[]): string[] => [
  'policy',
  'accept',
  IN_FORCE,
  after,
  ...DRIVEN,
  '--why',
  'a smaller fleet',
  ...more,
];

const kept = (service: NonNullable<ReturnType<typeof readConfig>['service']>, file: string) => {
  const { plan, texts } = loadPlan(file);
  if (plan === null) throw new Error('it loads');
  openPlanStore(service.plans).save(plan.digest, texts);
  return { file, digest: plan.digest, texts };
};

t.test('two signers of the policy in force accept what loosens it, and a service then takes it', async (t) => {
  const [one, dry, nothing, said, told] = await unjoinAll([
    accept(LOW, ...officer),
    accept(LOW, ...both, '--dry-run'),
    accept(HIGH, ...both),
    accept(LOW, ...both, '--json'),
    ['policy', 'diff', '--json', IN_FORCE, LOW],
  ]);
  t.match([one.exit, one.stderr], [77, /control-one-signer/]);
  t.match(dry, { exit: 0, stdout: /k-lowered[\s\S]*it would be accepted; nothing was written/ });
  t.match(nothing, { exit: 0, stdout: /Nothing loosens/ });
  const { acceptance } = JSON.parse(told.stdout) as { acceptance: string };
  t.match([said.exit, JSON.parse(said.stdout)], [0, { dryRun: false, acceptance, said: [{ kind: 'acceptance', offset: 0 }] }]);

  const file = writeConfig(at('service'), `${BASE}accept: { digest: ${acceptance}, by: an operator, why: in a hurry }\n`);
  const { service } = readConfig(file);
  if (service === null) throw new Error('the configuration loads');
  const [inForce, low, high] = [IN_FORCE, LOW, HIGH].map((policy) => kept(service, policy));
  let lines: readonly ControlLine[] = [];
  let reads = 0;
  const gatehouse = openGatehouse(file, service, [acceptance], async () => {
    reads++;
    return lines;
  });
  const refusal = (): unknown => {
    try {
      return requirePassage(low, [inForce.digest], gatehouse, false);
    } catch (error) {
      return error;
    }
  };
  t.equal(requirePassage(high, [inForce.digest], gatehouse, false), 0, 'what tightens needs nobody');
  await gatehouse.reread([inForce.digest]);
  const error = refusal();
  t.ok(error instanceof LoosensError, 'whoever has signers believes nobody else');
  t.match((error as LoosensError).next, /two signers of the policy in force accept [0-9a-f]{64}: unjoin policy accept/);

  lines = readControlFile(at('control.ndjson'));
  t.ok(refusal() instanceof LoosensError, 'not before it is read again');
  // The plan was refused before, so that it is looked for without being named.
  await gatehouse.reread([]);
  t.equal(refusal(), 1);
  t.equal(reads, 2);
  t.match(gatehouse.border(inForce.digest, low.digest), { acceptance: { by: 'officer, and a second signer', why: 'a smaller fleet' } });
});

t.test('signers that only the next policy names accept nothing', async (t) => {
  const rogue = sayWorld(t.testdir());
  const line = (name: string): string =>
    /key: (\S+),/.exec(
      readFileSync(rogue.at('policy.yaml'), 'utf8')
        .split('\n')
        .find((row) => row.startsWith(`  ${name}:`)) ?? '',
    )?.[1] ?? '';
  const next = text
    .replaceAll('k: 20', 'k: 12')
    .replace(
      / {2}officer: .*\n {2}second: .*\n/,
      (own) =>
        `${own}${own.replace(/officer:(.*?)key: \S+,/, `mine:$1key: ${line('officer')},`).replace(/second:(.*?)key: \S+,/, `too:$1key: ${line('second')},`)}`,
    );
  writeFileSync(at('rogue.yaml'), next);
  const [lint, said] = await unjoinAll([
    ['lint', at('rogue.yaml')],
    accept(at('rogue.yaml'), '--as', 'mine', '--key', rogue.at('officer.key'), '--with', 'too', '--with-key', rogue.at('second.key')),
  ]);
  t.equal(lint.exit, 0, lint.stdout);
  t.match([said.exit, said.stderr], [77, /control-unknown-signer/]);
});
