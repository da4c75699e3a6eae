import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { BASE, edit, PASSWORD, SCHEMAS, writeConfig } from '../runtime/config/world.ts';
import { STACK, unjoinAll } from './commands.ts';

const SASL = 'passwordFile: secrets/gate';

t.test('doctor and provision end as the configuration and the brokers deserve, and tell no secret', async (t) => {
  const dirs = { dead: 0, literal: 0, open: 0, typo: 0, policy: 0, registry: 0 };
  const root = t.testdir(Object.fromEntries(Object.keys(dirs).map((name) => [name, {}])));
  const files = {
    // Port 9 (discard): nobody listens there.
    dead: writeConfig(join(root, 'dead'), BASE),
    literal: writeConfig(join(root, 'literal'), edit(SASL, `password: ${PASSWORD}`)),
    open: writeConfig(join(root, 'open'), edit(SASL, 'passwordFile: secrets/open')),
    typo: writeConfig(join(root, 'typo'), edit('tasks: 16', 'taks: 16')),
    registry: writeConfig(
      join(root, 'registry'),
      edit(`{ dir: ${SCHEMAS} }`, '{ registry: { url: "http://127.0.0.1:9", username: gate, passwordFile: secrets/gate } }'),
    ),
    policy: writeConfig(join(root, 'policy'), BASE.replace(/policy: .*/, 'policy: broken.yaml')),
  };
  writeFileSync(join(root, 'policy', 'broken.yaml'), 'unjoin: 1\n');
  const shared = join(root, 'dead', 'shared');
  writeFileSync(shared, `${PASSWORD}\n`);
  chmodSync(shared, 0o644);
  const expected: readonly (readonly [args: readonly string[], exit: number, said: RegExp])[] = [
    [['doctor'], 0, /^ok +node[\s\S]*skip +configuration/m],
    [['doctor', '-c', files.dead], 69, /^fail +broker +127\.0\.0\.1:9 does not answer\n +next: /m],
    [['doctor', '-c', files.registry], 69, /^fail +registry +it does not answer\n +next: /m],
    [['doctor', '-c', files.literal], 78, /^fail +configuration +.*unjoin\.yaml:7:\d+ config-secret-literal/m],
    [['doctor', '-c', files.open], 77, /^fail +configuration +.*config-secret-mode/m],
    [['doctor', '-c', files.typo], 78, /did you mean `tasks`/],
    [['doctor', '-c', files.policy], 78, /^fail +configuration +.*broken\.yaml/m],
    [['doctor', '-c', join(root, 'none.yaml')], 78, /config-file-unreadable/],
    [['doctor', '-c', files.dead, '--user', 'admin'], 78, /--password-file/],
    [['doctor', '-c', files.dead, '--user', 'admin', '--password-file', shared], 77, /0600/],
    [['provision', '-c', files.dead], 69, /unreachable: .*kafka\.brokers/],
    [['provision', '-c', files.dead, '--user', 'admin', '--password-file', join(root, 'none')], 78, /password file/],
    [['provision', '-c', files.open], 77, /config-secret-mode/],
    [['provision', '-c', files.literal], 78, /config-secret-literal/],
    [['provision'], 78, /--config/],
  ];
  const ended = await unjoinAll([...expected.map(([args]) => args), ['doctor', '-c', files.dead, '--json']]);
  for (const [i, [args, exit, said]] of expected.entries()) {
    const name = args.map((arg) => arg.replace(root, '')).join(' ');
    const { stdout, stderr } = ended[i];
    t.equal(ended[i].exit, exit, name);
    t.match(stdout + stderr, said, name);
    t.notMatch(stdout + stderr, PASSWORD, name);
    t.notMatch(stdout + stderr, STACK, name);
  }
  const { checks, ok } = JSON.parse(ended[expected.length].stdout);
  t.equal(ok, false);
  t.match(
    checks.find(({ status }: { status: string }) => status === 'fail'),
    { name: 'broker', exit: 69, next: String },
  );
});
