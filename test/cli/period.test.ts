import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { isReleased } from '../../src/model/verdict.ts';
import { openLineage } from '../../src/record/lineage.ts';
import { loadPrivateKey } from '../../src/runtime/keys/recipients.ts';
import { unjoinAll } from './commands.ts';
import { sayWorld } from './say-world.ts';
import { SMALL, writeEnvelopes } from './world.ts';

const { at, ground, officer, both } = sayWorld(t.testdir());
writeEnvelopes(at('fleet.ndjson'), { ...SMALL, spanMs: 3 * 3_600_000, malformedShare: 0, format: 'json' });
writeFileSync(at('evidence.txt'), 'what was looked at');
const stamps = readFileSync(at('fleet.ndjson'), 'utf8').trimEnd().split('\n').map((line) => (JSON.parse(line) as { timestamp: number }).timestamp); // biome-ignore format: a chain
const HOUR = 3_600_000;
const startMs = Math.floor(Math.min(...stamps) / HOUR) * HOUR;
const iso = (hours: number): string => new Date(startMs + hours * HOUR).toISOString();
const announce = (id: string, ...more: string[]): string[] => [
  'period', 'announce', id, ...ground, ...officer, '--views', 'device-health', '--consumers', 'quality-engineering',
  '--unindexed', '--at', iso(-2), ...more,
]; // biome-ignore format: a command
const run = (out: string): string[] => ['run', '--policy', at('policy.yaml'), '--in', at('fleet.ndjson'), '--out', at(out), '--keys', at('keys'), '--controls', at('control.ndjson'), '--json']; // biome-ignore format: a command
const ends = (file: string): number[] =>
  readFileSync(at(file), 'utf8').trimEnd().split('\n').map((line) => (JSON.parse(line) as { windowEnd: number }).windowEnd); // biome-ignore format: a chain

t.test('a period is announced, active, and over; its windows leave to an output of its own', async (t) => {
  const activate = ['period', 'activate', 'trial', ...ground, ...officer, '--at', iso(-1.5)];
  const [, early, told, again, suspended, active, , , list] = await unjoinAll([
    ['keys', 'init', '--policy', at('policy.yaml'), '--keys', at('keys')],
    announce('late', '--start', iso(-1.5)),
    announce('trial', '--start', iso(1), '--end', iso(2), '--k', '12'),
    announce('trial', '--start', iso(1), '--end', iso(2), '--k', '12'),
    run('suspended'),
    [...activate, '--evidence', at('evidence.txt')],
    run('active'),
    activate,
    ['period', 'list', ...ground, '--json'],
  ]);
  t.equal(early.exit, 78);
  t.match(early.stderr, /control-too-soon/);
  t.equal(told.exit, 0, told.stderr);
  t.match(again.stderr, /control-contradiction/);
  t.equal(active.exit, 0, active.stderr);
  type Told = { views: Record<string, { blocked: Record<string, number> }> };
  const before = JSON.parse(suspended.stdout) as Told;
  t.ok(before.views['device-health'].blocked['combined-use'] > 0, 'announced alone, nothing of it leaves');
  const periodEnd = startMs + 2 * HOUR;
  t.notOk(ends('suspended/views/device-health.ndjson').includes(periodEnd));
  t.notOk(ends('active/views/device-health.ndjson').includes(periodEnd), 'not to the ordinary view');
  const own = ends('active/views/device-health.period-trial.ndjson');
  t.ok(own.length > 0 && own.every((end) => end === periodEnd), 'but to its own');
  t.ok(ends('active/views/feature-usage.ndjson').includes(periodEnd), 'views that are not in scope go on');
  t.match(JSON.parse(list.stdout), { periods: [{ id: 'trial', state: 'over', views: ['device-health'], k: 12, unindexed: true }] });
});

t.test('the lineage of a period is sealed to a key of its own, which goes when the period is over', async (t) => {
  const lineage = readFileSync(at('active/lineage.ndjson'), 'utf8').trimEnd().split('\n');
  const own = lineage.filter((line) => line.includes('"period":"trial"'));
  t.ok(own.length > 0 && own.length < lineage.length);
  const auditor = loadPrivateKey(at('keys/lineage.key'));
  t.ok(lineage.filter((line) => !own.includes(line)).every((line) => openLineage(line, auditor).ok));
  t.ok(
    own.every((line) => !openLineage(line, auditor).ok),
    'the auditor has no part in it',
  );
  const key = loadPrivateKey(at('keys/period-trial.key'));
  const chunks = own.map((line) => openLineage(line, (period) => (period === 'trial' ? key : null)));
  t.ok(
    chunks.every(({ ok }) => ok),
    'while it lasts, its key opens it',
  );
  t.equal(statSync(at('keys/period-trial.key')).mode & 0o777, 0o600);
  const [at0] = chunks.flatMap((chunk) =>
    chunk.ok
      ? chunk.value.rows
          .filter(({ verdict }) => isReleased(verdict))
          .map((row) => ({ ...chunk.value.sources[row.source], offset: row.offset }))
      : [],
  );
  const explain = [
    'explain',
    '--out',
    at('active'),
    '--lineage-key',
    at('keys/lineage.key'),
    `${at0.topic}:${at0.partition}:${at0.offset}`,
    '--json',
  ];
  const verify = [
    'verify',
    '--policy',
    at('policy.yaml'),
    '--in',
    at('fleet.ndjson'),
    '--out',
    at('active'),
    '--keys',
    at('keys'),
    '--controls',
    at('control.ndjson'),
    '--json',
  ];
  const end = ['period', 'end', 'trial', ...ground, '--json'];
  const [told, before, dry, ended, after, gone, twice] = await unjoinAll([
    explain,
    verify,
    [...end, '--dry-run'],
    end,
    verify,
    explain,
    end,
  ]);
  t.match(JSON.parse(told.stdout), { views: [{ view: 'device-health' }] });
  t.match([before.exit, JSON.parse(before.stdout)], [0, { ok: true }], before.stderr);
  t.match(JSON.parse(dry.stdout), { lineageKey: null });
  t.match([ended.exit, JSON.parse(ended.stdout)], [0, { period: 'trial', lineageKey: 'destroyed' }], ended.stderr);
  t.notOk(existsSync(at('keys/period-trial.key')));
  t.match([after.exit, JSON.parse(after.stdout)], [0, { ok: true }], after.stderr);
  t.match(after.stderr, /of periods whose keys are not here/);
  t.equal(gone.exit, 1, 'nobody can say any more what became of the record');
  t.same(JSON.parse(gone.stdout), { ...(JSON.parse(gone.stdout) as object), views: [] });
  t.match(twice.stderr, /destroy it where it was moved to/);
});

t.test('basis law cites what requires it and needs two signers; an open period can be ended', async (t) => {
  const law = ['--start', iso(50), '--basis', 'law'];
  const end = ['period', 'end', 'for-good', ...ground, ...officer, '--at', iso(1)];
  const all = await unjoinAll([
    announce('court', ...law, '--cites', 'order 7'),
    [...announce('court', ...law), ...both.slice(4)],
    [...announce('court', ...law, '--cites', 'order 7'), ...both.slice(4)],
    announce('for-good', '--start', iso(2)),
    end,
    [...end, '--end', iso(1.5)],
    [...end, '--end', iso(9)],
    [...end, '--end', iso(12)],
    ['period', 'end', 'nobodys', ...ground, ...officer],
  ]);
  t.match(all.map(({ exit }) => exit), [77, 78, 0, 0, 78, 78, 0, 78, 78]); // biome-ignore format: a list
  const codes = all.map(({ stderr }) => /unjoin: ([a-z-]+):/.exec(stderr)?.[1]);
  t.same(codes, ['control-one-signer', 'control-contradiction', undefined, undefined, 'period-open', 'control-contradiction', undefined, 'control-contradiction', 'period-unknown']); // biome-ignore format: a list
});
