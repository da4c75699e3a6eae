import { readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { DEFAULT_START_MS } from '../../src/simulate/options.ts';
import { unjoinAll } from './commands.ts';
import { sayWorld } from './say-world.ts';
import { SMALL, writeEnvelopes } from './world.ts';

const { at, ground, officer, both } = sayWorld(t.testdir());
const HOUR = 3_600_000;
const iso = (hours: number): string => new Date(DEFAULT_START_MS + hours * HOUR).toISOString();
/** Windows from here on are of another control key. */
const CUT = DEFAULT_START_MS + 6 * HOUR;
writeEnvelopes(at('fleet.ndjson'), { ...SMALL, count: 4000, spanMs: 10 * HOUR, malformedShare: 0, format: 'json' });

interface Event {
  readonly timestamp: number;
  readonly value: { readonly deviceId: string; readonly householdId?: string; readonly accountId?: string };
}

const events = readFileSync(at('fleet.ndjson'), 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as Event); // biome-ignore format: a chain
const isBefore = ({ timestamp }: Event): boolean => timestamp < CUT;
const devicesOf = (some: readonly Event[]): string[] => [...new Set(some.map(({ value }) => value.deviceId))];
/** Devices that send on both sides of the cut. */
const lasting = devicesOf(events.filter(isBefore)).filter((id) => events.some((event) => !isBefore(event) && event.value.deviceId === id));
const homes = [...new Set(events.map(({ value }) => value.householdId).filter((id) => id !== undefined))];

const files = ['--policy', at('policy.yaml'), '--in', at('fleet.ndjson'), '--keys', at('keys'), '--controls', at('control.ndjson')];
const rekey = (hours: number, ...more: string[]): string[] => [
  'keys',
  'rotate',
  '--control',
  ...ground,
  '--from',
  iso(6),
  '--at',
  iso(hours),
  ...more,
];
const erase = (id: string, hours: number): string[] => ['erase', ...ground, ...officer, '--device', id, '--at', iso(hours)];
const run = (out: string): string[] => ['run', ...files, '--out', at(out), '--json'];
const verify = (out: string): string[] => ['verify', ...files, '--out', at(out), '--json'];
const list = ['keys', 'list', ...ground, '--json'];
const controls = (): { readonly keys: Readonly<Record<string, string | null>> } =>
  JSON.parse(readFileSync(at('keys/control.json'), 'utf8'));
const lines = (): string[] => readFileSync(at('control.ndjson'), 'utf8').trimEnd().split('\n'); // biome-ignore format: a chain

type Views = Readonly<Record<string, { readonly released: readonly number[]; readonly blocked: Readonly<Record<string, number>> }>>;
const viewsOf = (stdout: string): Views => (JSON.parse(stdout) as { readonly views: Views }).views;

t.setTimeout(300_000);

t.test('what would be refused makes no key, and without the operator nobody is named anew', async (t) => {
  const said = await unjoinAll([
    ['keys', 'init', '--policy', at('policy.yaml'), '--keys', at('keys')],
    erase(lasting[0], -2),
    ['consent', ...ground, ...officer, '--household', homes[3], '--purpose', '*', '--state', 'denied', '--at', iso(-2)],
    ['profile', ...ground, ...officer, '--device', lasting[1], '--age', 'minor', '--at', iso(-2)],
    ['bind', ...ground, ...officer, '--account', 'somebody', '--household', homes[4], '--at', iso(-2)],
  ]);
  for (const { exit, stderr } of said) t.equal(exit, 0, stderr);
  const [one, late, midst, sealed, none, dry, listed] = await unjoinAll([
    rekey(-1, ...officer),
    rekey(1, ...both),
    ['keys', 'rotate', '--control', ...ground, '--from', iso(7), '--at', iso(-1), ...both],
    rekey(-1, ...both, '--operator-key', at('keys/lineage.key'), '--dry-run'),
    rekey(-1, ...both, '--operator-key', at('keys/nobody.key')),
    rekey(-1, ...both, '--dry-run', '--json'),
    list,
  ]);
  t.match([one.exit, one.stderr], [77, /control-one-signer/]);
  t.match([late.exit, late.stderr], [78, /control-too-soon/]);
  t.match([midst.exit, midst.stderr], [78, /control-contradiction/]);
  t.match([sealed.exit, sealed.stderr], [77, /subject-sealed/]);
  t.match([none.exit, none.stderr], [77, /operator-key-missing/]);
  t.match(JSON.parse(dry.stdout), { dryRun: true, key: 2, from: iso(6), aliases: 5 });
  t.same(Object.keys(controls().keys), ['1'], 'no key was made');
  t.equal(lines().length, 4, 'and nothing was said');
  t.match(JSON.parse(listed.stdout), { controls: [{ key: 1, state: 'active', from: null, until: null }] });
});

t.test('it can be interrupted anywhere and run again', async (t) => {
  const before = lines();
  const [first] = await unjoinAll([rekey(-1, ...both)]);
  t.equal(first.exit, 0, first.stderr);
  const [key, said] = [controls().keys['2'], lines()];
  t.equal(said.length, before.length + 2, 'other names, and the key');
  // Whoever was interrupted after the names were said.
  writeFileSync(at('control.ndjson'), `${said.slice(0, -1).join('\n')}\n`);
  const [second] = await unjoinAll([rekey(-1, ...both, '--json')]);
  t.equal(second.exit, 0, second.stderr);
  t.equal(lines().length, said.length, 'names are not said again');
  // After the key was made.
  writeFileSync(at('control.ndjson'), `${before.join('\n')}\n`);
  const [third, fourth, listed] = await unjoinAll([rekey(-1, ...both), rekey(-1, ...both), list]);
  t.equal(third.exit, 0, third.stderr);
  t.equal(fourth.exit, 0, fourth.stderr);
  t.same([controls().keys['2'], lines().length], [key, said.length], 'and what is on its way is not begun again');
  t.match(JSON.parse(listed.stdout), {
    controls: [
      { key: 1, until: iso(6) },
      { key: 2, from: iso(6), until: null },
    ],
  });
});

t.test('what was said before, in between and after holds, by the checker, too', async (t) => {
  const log = lines();
  const said = await unjoinAll([erase(lasting[2], 1), erase(lasting[3], 7), run('out'), verify('out'), ['erase', 'verify', ...files, '--out', at('out'), '--json']]);
  for (const { exit, stderr } of said) t.equal(exit, 0, stderr);
  const [inBetween, after] = lines().slice(log.length).map((line) => JSON.parse(Buffer.from(JSON.parse(line).value.payload, 'base64').toString()).record.subject);
  t.match(inBetween, { renewed: [/^[0-9a-f]{32}$/] }, 'under both keys');
  t.match(after, { renewed: [/^[0-9a-f]{32}$/] }, 'as long as both are there');
  const report = JSON.parse(said[3].stdout) as { readonly ok: boolean; readonly findings: readonly { readonly id: string; readonly verdict: string }[] };
  t.ok(report.ok, said[3].stdout);
  t.ok(report.findings.some(({ id, verdict }) => id === 'I14' && verdict === 'pass'));
  const views = viewsOf(said[2].stdout);
  for (const reason of ['erased', 'minor', 'consent']) t.ok((views['device-health'].blocked[reason] ?? 0) > 0, reason);
}); // biome-ignore format: rows

t.test('a gate without the key, or with another one, decides nothing', async (t) => {
  const text = readFileSync(at('keys/control.json'), 'utf8');
  const { keys, ...rest } = JSON.parse(text) as { readonly keys: Readonly<Record<string, string>> };
  writeFileSync(at('keys/control.json'), JSON.stringify({ ...rest, keys: { 1: keys['1'] } }));
  const [without, silent] = await unjoinAll([run('without'), erase(lasting[4], 7)]);
  writeFileSync(at('keys/control.json'), JSON.stringify({ ...rest, keys: { ...keys, 2: Buffer.alloc(32, 7).toString('base64') } }));
  const [other, stray, again] = await unjoinAll([run('other'), erase(lasting[4], 7), rekey(-1, ...both)]);
  writeFileSync(at('keys/control.json'), text);
  for (const { exit, stderr } of [without, other, stray, again]) t.match([exit, stderr], [77, /control-key-missing/]);
  t.match([silent.exit, silent.stderr], [78, /control-not-rekeyed/], 'who has the old key alone is told');
  for (const out of ['without', 'other']) t.throws(() => readFileSync(at(out, 'summary.json')), { code: 'ENOENT' }, 'there is no output');
});

t.test('the old key is destroyed: what was said holds on, and of its windows nothing leaves any more', async (t) => {
  const destroy = (number: number, hours: number, ...by: string[]): string[] => ['keys', 'destroy', '--control', String(number), ...ground, '--at', iso(hours), ...by];
  const [neither, unknown, latest, open, one, dry] = await unjoinAll([
    ['keys', 'destroy', ...ground, ...both],
    destroy(5, 12, ...both),
    destroy(2, 12, ...both),
    destroy(1, 11, ...both),
    destroy(1, 12, ...officer),
    destroy(1, 12, ...both, '--dry-run', '--json'),
  ]);
  t.match([neither.exit, neither.stderr], [78, /usage/]);
  t.match([unknown.exit, unknown.stderr], [78, /control-key-unknown/]);
  t.match([latest.exit, latest.stderr], [78, /control-key-latest/]);
  t.match([open.exit, open.stderr], [78, /epoch-open/]);
  t.match([one.exit, one.stderr], [77, /control-one-signer/]);
  t.match(JSON.parse(dry.stdout), { dryRun: true, key: 1, state: 'retired' });
  const secret = controls().keys['1'] as string;
  const kept = lines().length;
  const done = await unjoinAll([
    destroy(1, 12, ...both),
    destroy(1, 12, ...both),
    erase(lasting[5], 12),
    run('again'),
    verify('again'),
    verify('out'),
    list,
  ]);
  for (const { exit, stderr } of done) t.equal(exit, 0, stderr);
  t.equal(controls().keys['1'], null);
  t.notOk(readFileSync(at('keys/control.json'), 'utf8').includes(secret));
  t.equal(lines().length, kept + 2, 'said once, though done twice');
  const subject = JSON.parse(Buffer.from(JSON.parse(lines().at(-1) as string).value.payload, 'base64').toString()).record.subject;
  t.match(subject, { key: 2 });
  t.notOk('renewed' in subject, 'by the new key alone');
  const [was, now] = ['out', 'again'].map((out) => JSON.parse(readFileSync(at(out, 'summary.json'), 'utf8')).views as Views);
  t.ok(now['device-health'].blocked['destroyed'] > 0);
  for (const reason of ['erased', 'minor', 'consent']) {
    const left = now['device-health'].blocked[reason] ?? 0;
    t.ok(left > 0 && left < was['device-health'].blocked[reason], `${reason}, in the windows that are left`);
  }
  t.match(JSON.parse(done[6].stdout), { controls: [{ key: 1, state: 'destroyed' }, { key: 2 }] });
  // A key that somebody put back is noticed.
  const text = readFileSync(at('keys/control.json'), 'utf8');
  writeFileSync(at('keys/control.json'), text.replace('"1": null', `"1": "${secret}"`));
  const [back] = await unjoinAll([verify('again')]);
  writeFileSync(at('keys/control.json'), text);
  t.match(JSON.parse(back.stdout), { ok: false });
}); // biome-ignore format: rows

t.test('and another one after that', async (t) => {
  const next = ['keys', 'rotate', '--control', ...ground, ...both, '--from', iso(24), '--at', iso(13), '--json'];
  const [done, ran, checked] = await unjoinAll([next, run('third'), verify('third')]);
  for (const { exit, stderr } of [done, ran, checked]) t.equal(exit, 0, stderr);
  t.match(JSON.parse(done.stdout), { key: 3, from: iso(24) });
  t.same(Object.keys(controls().keys), ['1', '2', '3']);
});
