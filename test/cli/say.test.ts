import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs';
import t from 'tap';
import { ended, STACK, startUnjoin, unjoinAll } from './commands.ts';
import { sayWorld } from './say-world.ts';

const world = sayWorld(t.testdir());
const { at, ground, officer } = world;
const init = ['keys', 'init', '--policy', at('policy.yaml'), '--keys', at('keys')];
const AT = ['--at', '2026-01-04T00:00:00Z'];
const WHOM = 'somebody-known-0815';
const records = (): string[] => (existsSync(at('control.ndjson')) ? readFileSync(at('control.ndjson'), 'utf8').trimEnd().split('\n') : []);

t.test('records are signed, judged and appended; whom they are about stands nowhere', async (t) => {
  const all = await unjoinAll([
    init,
    ['consent', ...ground, ...officer, ...AT, '--account', WHOM, '--purpose', '*', '--state', 'denied'],
    ['erase', ...ground, ...officer, ...AT, '--device', WHOM, '--json'],
    ['profile', ...ground, ...officer, ...AT, '--household', WHOM, '--age', 'minor'],
    ['bind', ...ground, ...officer, ...AT, '--device', WHOM, '--household', `${WHOM}-home`],
    ['controls', 'list', ...ground.slice(0, 4), '--json'],
  ]);
  for (const { exit, stderr } of all) t.equal(exit, 0, stderr);
  t.equal(records().length, 4);
  t.equal(statSync(at('control.ndjson')).mode & 0o777, 0o600);
  t.match(JSON.parse(all[2].stdout), { dryRun: false, said: [{ kind: 'erasure', offset: 1 }] });
  const { ok, records: told } = JSON.parse(all[5].stdout) as { ok: boolean; records: { kind: string; refusal: unknown }[] };
  t.ok(ok);
  t.same(told.map(({ kind }) => kind), ['consent', 'erasure', 'profile', 'binding']); // biome-ignore format: a list
  const everything = [...all.map(({ stdout, stderr }) => stdout + stderr), ...records()].join('\n');
  for (const form of [WHOM, Buffer.from(WHOM).toString('base64').slice(0, 20), Buffer.from(WHOM).toString('hex')])
    t.notOk(everything.includes(form), 'no id, in no encoding');
  for (const line of records()) {
    const { payload } = (JSON.parse(line) as { value: { payload: string } }).value;
    t.notOk(Buffer.from(payload, 'base64').toString().includes(WHOM), 'nor in what is signed');
  }
});

t.test('ids come from stdin, so that they stand in no list of processes', async (t) => {
  const before = records().length;
  const child = startUnjoin('erase', ...ground, ...officer, ...AT, '--account', '-');
  child.stdin.end('one\n\ntwo\nthree\n');
  const { exit, stdout } = await ended(child);
  t.equal(exit, 0);
  t.match(stdout, /3 erasure records written/);
  t.equal(records().length, before + 3);
});

t.test('a dry run judges and writes nothing', async (t) => {
  const before = records();
  const [dry] = await unjoinAll([['erase', ...ground, ...officer, '--device', 'x', '--dry-run', '--json']]);
  t.match(JSON.parse(dry.stdout), { dryRun: true, said: [{ kind: 'erasure' }] });
  t.same(records(), before);
});

t.test('what a gate would refuse is not written, and the command says why', async (t) => {
  const before = records();
  chmodSync(at('second.key'), 0o644);
  const erase = ['erase', ...ground, '--device', 'x'];
  const cases: readonly (readonly [exit: number, code: string, line: readonly string[]])[] = [
    [78, 'usage', erase],
    [78, 'usage', ['erase', ...ground, ...officer]],
    [78, 'usage', [...erase, ...officer, '--account', 'y']],
    [78, 'usage', [...erase, ...officer, '--with', 'second']],
    [77, 'signer-key-missing', [...erase, '--as', 'officer', '--key', at('nobody.key')]],
    [77, 'key-file-mode', [...erase, '--as', 'second', '--key', at('second.key')]],
    [77, 'control-wrong-signature', [...erase, '--as', 'second', '--key', at('officer.key')]],
    [77, 'control-unknown-signer', [...erase, '--as', 'mallory', '--key', at('officer.key')]],
    [78, 'controls-without-signers', ['erase', '--policy', 'policies/smart-home.yaml', ...ground.slice(2), ...officer, '--device', 'x']],
    [78, 'usage', ['erase', '--policy', at('policy.yaml'), ...officer, '--device', 'x']],
    [78, 'usage', [...erase, ...officer, '--at', 'yesterday']],
    [78, 'control-contradiction', ['consent', ...ground, ...officer, '--device', 'x', '--purpose', '*', '--state', 'denied', '--from', '2026-02-02T00:00:00Z', '--to', '2026-02-01T00:00:00Z']],
    [77, 'key-file-broken', ['erase', ...ground.slice(0, 4), '--keys', at('empty'), ...officer, '--device', 'x']],
  ]; // biome-ignore format: a table
  const all = await unjoinAll(cases.map(([, , line]) => line));
  for (const [i, [exit, code]] of cases.entries()) {
    t.equal(all[i].exit, exit, `${code}: ${all[i].stderr}`);
    t.match(all[i].stderr, new RegExp(`unjoin: ${code}:`));
    t.notMatch(all[i].stderr, STACK);
  }
  t.same(records(), before);
});
