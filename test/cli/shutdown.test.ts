import { readdirSync } from 'node:fs';
import t from 'tap';
import { saveKeys } from '../../src/runtime/dataset/keys.ts';
import { openRing } from '../../src/runtime/keys/ring.ts';
import { unjoinAll } from './commands.ts';
import { sayWorld } from './say-world.ts';
import { SMALL, writeEnvelopes } from './world.ts';

const { at, ground, officer, both } = sayWorld(t.testdir());
writeEnvelopes(at('fleet.ndjson'), { ...SMALL, malformedShare: 0, format: 'json' });
const VIEWS = ['device-health', 'feature-usage', 'presence-by-area'];

t.test('a shutdown needs two signers; then nothing leaves, and all keys are destroyed and gone', async (t) => {
  const say = ['shutdown', ...ground, '--at', '2026-01-01T00:00:00Z'];
  const run = ['run', '--policy', at('policy.yaml'), '--in', at('fleet.ndjson'), '--out', at('out'), '--keys', at('keys'), '--controls', at('control.ndjson'), '--json']; // biome-ignore format: a command
  const destroy = ['shutdown', ...ground, '--destroy-keys', '--json'];
  const [, nobody, early, one, said, twice, ran] = await unjoinAll([
    ['keys', 'init', '--policy', at('policy.yaml'), '--keys', at('keys')],
    destroy,
    [...say, ...both, '--from', '2026-01-01T01:00:00Z'],
    [...say, ...officer],
    [...say, ...both],
    [...say, ...both],
    run,
  ]);
  t.match(nobody.stderr, /not-shut-down/);
  t.match(early.stderr, /control-too-soon/);
  t.match([one.exit, one.stderr], [77, /control-one-signer/]);
  t.equal(said.exit, 0, said.stderr);
  t.match(twice.stderr, /control-contradiction/);
  const { views } = JSON.parse(ran.stdout) as { views: Record<string, { released: number[]; blocked: Record<string, number> }> };
  for (const view of VIEWS) t.ok(views[view].released.every((count) => count === 0), `${view}: nothing leaves`);
  t.ok(views['device-health'].blocked['shutdown'] > 0);
  saveKeys(at('keys'), '0123456789abcdef', Buffer.alloc(64, 7));
  const [done] = await unjoinAll([destroy]);
  t.match([done.exit, JSON.parse(done.stdout)], [0, { left: [] }]);
  const left = readdirSync(at('keys'));
  t.notOk(left.some((name) => name.endsWith('.key') || name === 'control.json' || name.startsWith('dataset.')), left.join());
  const ring = openRing(at('keys'), { prf: 'aes-256-cmac', views: VIEWS, create: false });
  t.ok(ring.epochs().length > 0 && ring.epochs().every((epoch) => ring.state(epoch) === 'destroyed'));
}); // biome-ignore format: rows
