import { existsSync, readFileSync, statSync } from 'node:fs';
import t from 'tap';
import { openRing } from '../../src/runtime/keys/ring.ts';
import { unjoinAll } from './commands.ts';
import { sayWorld } from './say-world.ts';

const { at, ground, officer, both } = sayWorld(t.testdir());
const init = ['keys', 'init', '--policy', at('policy.yaml'), '--keys', at('keys')];
const list = ['keys', 'list', '--policy', at('policy.yaml'), '--keys', at('keys'), '--json'];
const ring = (create: boolean) =>
  openRing(at('keys'), { prf: 'aes-256-cmac', views: ['device-health', 'feature-usage', 'presence-by-area'], create });

t.test('a signer gets a key that nobody else can read, and a line for the policy', async (t) => {
  const make = ['keys', 'signer', '--out', at('third.key'), '--json'];
  const [made, again] = await unjoinAll([make, make]);
  t.match(JSON.parse(made.stdout), { key: /^MCowBQYDK2VwAyEA/ });
  t.equal(statSync(at('third.key')).mode & 0o777, 0o600);
  t.match(readFileSync(at('third.key'), 'utf8'), /BEGIN PRIVATE KEY/);
  t.equal(again.exit, 78, 'one that exists is not overwritten');
});

t.test('an epoch is destroyed by two signers, once it is over, and it is said', async (t) => {
  const OVER = 2900;
  const now = Math.floor(Date.now() / (7 * 86_400_000));
  await unjoinAll([init]);
  for (const epoch of [OVER, now]) ring(false).epoch(epoch);
  const destroy = (epoch: number, ...by: string[]): string[] => ['keys', 'destroy', ...ground, '--epoch', String(epoch), ...by];
  const [unknown, one, open, dry, before, done, after, twice, controls] = await unjoinAll([
    destroy(1, ...both),
    destroy(OVER, ...officer),
    destroy(now, ...both),
    destroy(OVER, ...both, '--dry-run'),
    list,
    destroy(OVER, ...both),
    list,
    destroy(OVER, ...both),
    ['controls', 'list', ...ground.slice(0, 4), '--json'],
  ]);
  t.match(unknown.stderr, /epoch-unknown/);
  t.match([one.exit, one.stderr], [77, /control-one-signer/]);
  t.match(open.stderr, /epoch-open/);
  t.equal(dry.exit, 0);
  t.match(JSON.parse(before.stdout), { epochs: [{ epoch: OVER, state: 'retired', from: '2025-07-31T00:00:00.000Z' }, { epoch: now, state: 'active' }] });
  t.equal(done.exit, 0, done.stderr);
  t.match(JSON.parse(after.stdout), { epochs: [{ epoch: OVER, state: 'destroyed' }, { epoch: now, state: 'active' }] });
  t.throws(() => ring(false).epoch(OVER), { code: 'key-destroyed' });
  t.equal(twice.exit, 0, 'destroying again changes nothing');
  t.equal((JSON.parse(controls.stdout) as { records: unknown[] }).records.length, 1);
  t.ok(existsSync(at('keys/control.json')), 'the control key outlives it');
}); // biome-ignore format: rows
