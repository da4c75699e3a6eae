import { readFileSync } from 'node:fs';
import t from 'tap';
import { DEFAULT_START_MS } from '../../src/simulate/options.ts';
import { unjoinAll } from './commands.ts';
import { sayWorld } from './say-world.ts';
import { SMALL, writeEnvelopes } from './world.ts';

const { at, ground, officer, both } = sayWorld(t.testdir());
const HOUR = 3_600_000;
const WEEK = 168 * HOUR;
const iso = (hours: number): string => new Date(DEFAULT_START_MS + hours * HOUR).toISOString();
writeEnvelopes(at('fleet.ndjson'), { ...SMALL, count: 4000, spanMs: 10 * HOUR, malformedShare: 0, format: 'json' });

const files = ['--policy', at('policy.yaml'), '--in', at('fleet.ndjson'), '--keys', at('keys'), '--controls', at('control.ndjson')];
const rotate = (hours: number, ...by: string[]): string[] => ['keys', 'rotate', ...ground, '--from', iso(6), '--at', iso(hours), ...by];
const list = ['keys', 'list', ...ground, '--json'];
const EPOCH = Math.floor(DEFAULT_START_MS / WEEK);
const CUT = DEFAULT_START_MS + 6 * HOUR;

const epochsOf = (out: string): Map<number, number[]> => {
  const lines = readFileSync(at(out, 'audit.ndjson'), 'utf8').trimEnd().split('\n');
  const told = lines.map((line) => JSON.parse(line) as { epoch?: number; windowStart: number; inputs: unknown[] });
  const epochs = new Map<number, number[]>();
  for (const { epoch, windowStart } of told) if (epoch !== undefined) epochs.set(epoch, [...(epochs.get(epoch) ?? []), windowStart]);
  return epochs;
};
const keysText = (): string => readFileSync(at('keys/ring.json'), 'utf8');
const statesOf = (stdout: string) =>
  Object.fromEntries(
    (JSON.parse(stdout) as { epochs: { epoch: number; state: string }[] }).epochs.map(({ epoch, state }) => [epoch, state]),
  );

t.test('keys are rotated from a window on, and every window lies in one epoch', async (t) => {
  const [, one, dry, late, midst] = await unjoinAll([
    ['keys', 'init', '--policy', at('policy.yaml'), '--keys', at('keys')],
    rotate(-1, ...officer),
    rotate(-1, ...both, '--dry-run', '--json'),
    rotate(1, ...both),
    ['keys', 'rotate', ...ground, '--from', iso(7), '--at', iso(-1), ...both],
  ]);
  t.match([one.exit, one.stderr], [77, /control-one-signer/]);
  t.match(JSON.parse(dry.stdout), { dryRun: true, epoch: CUT, from: iso(6) });
  t.match([late.exit, late.stderr], [78, /control-too-soon/], 'a window of six hours ahead at least');
  t.match([midst.exit, midst.stderr], [78, /control-contradiction/], 'a window would have two keys');
  t.match(JSON.parse(keysText()), { epochs: {} }, 'what was refused made no keys');

  const verify = ['verify', ...files, '--out', at('out'), '--json'];
  const [told, staged, ran, active, checked] = await unjoinAll([
    rotate(-1, ...both),
    list,
    ['run', ...files, '--out', at('out')],
    list,
    verify,
  ]);
  t.equal(told.exit, 0, told.stderr);
  t.same((JSON.parse(keysText()) as { epochs: Record<string, { state: string }> }).epochs[CUT].state, 'active');
  t.match(JSON.parse(staged.stdout), { epochs: [{ epoch: CUT, from: iso(6), until: new Date((EPOCH + 1) * WEEK).toISOString() }] });
  t.equal(ran.exit, 0, ran.stderr);
  t.same(statesOf(active.stdout), { [EPOCH]: 'retired', [CUT]: 'retired' }, 'both are over by now');
  const epochs = epochsOf('out');
  t.same([...epochs.keys()].sort(), [EPOCH, CUT].sort(), 'the audit tells of both');
  t.ok(epochs.get(EPOCH)?.every((start) => start < CUT) && epochs.get(CUT)?.every((start) => start >= CUT));
  const report = JSON.parse(checked.stdout) as { ok: boolean };
  t.ok(report.ok, checked.stderr);
});

t.test('of a destroyed epoch nothing leaves any more, and the others go on', async (t) => {
  const destroy = ['keys', 'destroy', ...ground, ...both, '--epoch'];
  const again = ['run', ...files, '--out', at('again'), '--json'];
  const [active, done, ran, listed, checked, before] = await unjoinAll([
    [...destroy, String(EPOCH), '--at', iso(11)],
    [...destroy, String(EPOCH), '--at', iso(12)],
    again,
    list,
    ['verify', ...files, '--out', at('again'), '--json'],
    ['verify', ...files, '--out', at('out'), '--json'],
  ]);
  t.match([active.exit, active.stderr], [78, /epoch-open/], 'its last windows are not a window past');
  t.equal(done.exit, 0, done.stderr);
  t.same(statesOf(listed.stdout), { [EPOCH]: 'destroyed', [CUT]: 'retired' });
  t.notMatch(JSON.stringify((JSON.parse(keysText()) as { epochs: Record<string, unknown> }).epochs[EPOCH]), /counting/);
  const { views } = JSON.parse(ran.stdout) as { views: Record<string, { released: number[]; blocked: Record<string, number> }> };
  t.ok(views['device-health'].blocked['destroyed'] > 0);
  const ends = (out: string): number[] =>
    readFileSync(at(out, 'views/device-health.ndjson'), 'utf8').trimEnd().split('\n').map((line) => (JSON.parse(line) as { windowEnd: number }).windowEnd); // biome-ignore format: a chain
  t.ok(
    ends('out').some((end) => end <= CUT),
    'before, windows of the epoch had left',
  );
  t.ok(ends('again').length > 0 && ends('again').every((end) => end > CUT), 'now those of the other epoch alone');
  t.ok((JSON.parse(checked.stdout) as { ok: boolean }).ok, checked.stderr);
  t.ok((JSON.parse(before.stdout) as { ok: boolean }).ok, 'what had left before the keys were destroyed was right to leave');
});

t.test('without a time the soonest one is taken, where windows of all views begin', async (t) => {
  const [now, noSigner] = await unjoinAll([
    ['keys', 'rotate', ...ground, ...both, '--json'],
    ['keys', 'rotate', '--policy', 'policies/smart-home.yaml', '--controls', at('none.ndjson'), '--keys', at('keys'), ...both],
  ]);
  const { epoch, state } = JSON.parse(now.stdout) as { epoch: number; state: string };
  t.equal(epoch % (6 * HOUR), 0);
  t.ok(epoch > Date.now() + 6 * HOUR && epoch < Date.now() + 13 * HOUR);
  t.equal(state, 'staged');
  t.match([noSigner.exit, noSigner.stderr], [78, /controls-without-signers/], 'where nobody may say it, the policy alone rotates');
});
