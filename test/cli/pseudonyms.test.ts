import { existsSync, readFileSync, statSync } from 'node:fs';
import t from 'tap';
import { unjoinAll } from './commands.ts';
import { sayWorld } from './say-world.ts';
import { SMALL, writeEnvelopes } from './world.ts';

const { at, ground, officer, both } = sayWorld(t.testdir());
writeEnvelopes(at('fleet.ndjson'), { ...SMALL, spanMs: 3 * 3_600_000, malformedShare: 0, format: 'json' });

interface Line {
  readonly timestamp: number;
  readonly value: { readonly deviceId: string; readonly householdId?: string };
}

const lines = readFileSync(at('fleet.ndjson'), 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as Line); // biome-ignore format: a chain
const HOUR = 3_600_000;
const startMs = Math.floor(Math.min(...lines.map(({ timestamp }) => timestamp)) / HOUR) * HOUR;
const iso = (hours: number): string => new Date(startMs + hours * HOUR).toISOString();
const within = lines.filter(({ timestamp }) => timestamp >= startMs + HOUR && timestamp < startMs + 2 * HOUR);
const homes = [...new Set(within.flatMap(({ value }) => value.householdId ?? []))].slice(0, 40);

const files = ['--policy', at('policy.yaml'), '--in', at('fleet.ndjson'), '--keys', at('keys'), '--controls', at('control.ndjson')];
const run = (out: string, ...more: string[]): string[] => ['run', ...files, '--out', at(out), '--json', ...more];
const verify = (out: string): string[] => ['verify', ...files, '--out', at(out), '--json'];
const say = (...args: string[]): string[] => [...args, ...ground, ...officer];
const period = (id: string, basis: string, ...more: string[]): string[] => [
  ...['period', 'announce', id, ...ground, ...both, '--views', 'device-health', '--consumers', 'quality-engineering'],
  ...['--basis', basis, '--k', '12', '--start', iso(1), '--end', iso(2), '--at', iso(-2), ...more],
];
const grant = (id: string, home: string): string[] => [
  ...say('consent', '--household', home, '--purpose', `period:${id}`),
  ...['--state', 'granted', '--at', iso(-1)],
];

type Fields = Readonly<Record<string, unknown>>;
const records = (file: string): Fields[] => readFileSync(at(file), 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as Fields); // biome-ignore format: a chain

t.setTimeout(300_000);

t.test('who authorised a period leaves to an output of its own; who was erased stands in a list of what its readers delete', async (t) => {
  const AUTHORISED = 'views/device-health.period-trial.authorised';
  const [, , refused, ...all] = await unjoinAll([
    ['keys', 'init', '--policy', at('policy.yaml'), '--keys', at('keys')],
    period('trial', 'consent'),
    grant('nobodys', homes[0]),
    [...say('period', 'activate', 'trial', '--evidence', at('policy.yaml')), '--at', iso(-1.5)],
    ...homes.map((home) => grant('trial', home)),
    say('consent', '--household', homes[1], '--purpose', '*', '--state', 'withdrawn', '--at', iso(0.5)),
    run('out'),
    verify('out'),
    run('avro', '--format', 'avro'),
    verify('avro'),
    say('erase', '--household', homes[0], '--at', iso(2.5), '--pseudonyms', at('list.ndjson'), '--json'),
    say('erase', '--household', homes[0], '--at', iso(2.5), '--pseudonyms', at('nowhere', 'list.ndjson')),
    run('after'),
    verify('after'),
    say('period', 'end', 'trial', '--at', iso(9), '--json'),
    run('over'),
    say('erase', '--household', homes[2], '--at', iso(9), '--json'),
  ]);
  t.equal(homes.length, 40, 'there are homes in the hour of the period');
  t.match(refused.stderr, /control-unknown-name/, 'a use that nobody declared cannot be authorised');
  const [ran, checked, , avro, erased, nowhere, after, still, over, dead, late] = all.slice(-11);
  t.equal(ran.exit, 0, ran.stderr);
  const left = records(`out/${AUTHORISED}.ndjson`);
  const summary = JSON.parse(ran.stdout) as { views: Record<string, { authorised?: number }> };
  t.equal(summary.views['device-health'].authorised, left.length);
  t.ok(left.length > 20, `${left.length} records left as authorised`);
  for (const record of left) {
    t.same(Object.keys(record), ['windowEnd', 'level', 'model', 'os', 'pseudonym']);
    t.match([record['level'], record['windowEnd']], [0, startMs + 2 * HOUR]);
    t.match(record['pseudonym'], /^[0-9a-f]{32}$/);
  }
  t.ok(existsSync(at('out/views/device-health.authorised.avsc')));
  t.equal(checked.exit, 0, checked.stdout);
  t.match(JSON.parse(checked.stdout).findings.filter(({ id }: { id: string }) => id === 'I8' || id === 'I13'), [{ verdict: 'pass' }, { verdict: 'pass' }]); // biome-ignore format: a chain
  t.equal(avro.exit, 0, avro.stdout);
  const told = JSON.parse(erased.stdout) as { pseudonyms: Fields[]; unlisted: string[] };
  const [own] = told.pseudonyms;
  t.match(told, { pseudonyms: [{ period: 'trial', view: 'device-health' }], unlisted: [] });
  t.ok(
    left.some(({ pseudonym }) => pseudonym === own['pseudonym']),
    'what left is listed',
  );
  t.same(records('list.ndjson'), told.pseudonyms);
  t.equal(statSync(at('list.ndjson')).mode & 0o777, 0o600);
  t.notMatch(`${erased.stdout}${readFileSync(at('list.ndjson'), 'utf8')}`, homes[0], 'never an id');
  t.equal(nowhere.exit, 78);
  t.equal(after.exit, 0, after.stderr);
  t.same(records(`after/${AUTHORISED}.ndjson`).map(String).length, left.length, 'an erasure after the window changes nothing in it');
  t.equal(still.exit, 0, still.stdout);
  t.match([over.exit, JSON.parse(over.stdout)], [0, { period: 'trial', pseudonymKey: 'destroyed', lineageKey: 'destroyed' }], over.stderr);
  t.not(dead.exit, 0, 'without its key nothing of it leaves again');
  t.match(dead.stderr, /key-destroyed/);
  t.notOk(existsSync(at('over')));
  t.match(JSON.parse(late.stdout), { pseudonyms: [], unlisted: [] }, 'nor can anybody tell what left');
});
