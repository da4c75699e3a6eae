import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { unjoinAll } from './commands.ts';
import { sayWorld } from './say-world.ts';
import { SMALL, writeEnvelopes } from './world.ts';

const dir = t.testdir();
const { at, ground, officer } = sayWorld(dir);
writeEnvelopes(at('fleet.ndjson'), { ...SMALL, malformedShare: 0.02, format: 'json' });
/** The same policy, which takes records of no more than this. */
writeFileSync(
  at('narrow.yaml'),
  readFileSync(at('policy.yaml'), 'utf8').replace('\nevents:\n', '\nlimits: { recordBytes: 600 }\n\nevents:\n'),
);

const run = (policy: string, input: string, out: string): string[] => ['run', '--policy', at(policy), '--in', at(input), '--out', at(out), '--keys', at('keys'), '--controls', at('control.ndjson'), '--json']; // biome-ignore format: a command
const replay = (to: string, ...more: string[]): string[] => [
  'quarantine', 'replay', '--out', at('out'), '--to', at(to), '--operator-key', at('keys/operator.key'), ...ground, ...officer, '--json', ...more,
]; // biome-ignore format: a command

interface Told {
  readonly found: number;
  readonly before: number;
  readonly left: Record<string, number>;
  readonly replayed: Record<string, number>;
}
const told = (stdout: string): Told => JSON.parse(stdout) as Told;
const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((all, count) => all + count, 0);
const linesOf = (name: string): string[] => readFileSync(at(name), 'utf8').trimEnd().split('\n');

t.test('what was quarantined is published again when it can be read, and never twice', async (t) => {
  const [, , narrow] = await unjoinAll([
    ['keys', 'init', '--policy', at('policy.yaml'), '--keys', at('keys')],
    ['erase', ...ground, ...officer, '--device', 'nobodys-lamp'],
    run('narrow.yaml', 'fleet.ndjson', 'out'),
  ]);
  const { quarantined } = JSON.parse(narrow.stdout) as { quarantined: number };
  const [dry, none, first, second, listed] = await unjoinAll([
    replay('again.ndjson', '--dry-run'),
    replay('none.ndjson', '--reason', 'bad-json'),
    replay('again.ndjson'),
    replay('twice.ndjson'),
    ['controls', 'list', ...ground.slice(0, 4), '--json'],
  ]);
  const [planned, done, after] = [told(dry.stdout), told(first.stdout), told(second.stdout)];
  t.equal(planned.found, quarantined);
  t.ok((planned.replayed['oversize'] ?? 0) > 50 && sum(planned.left) > 0, 'what is malformed stays');
  t.equal(sum(told(none.stdout).replayed), 0, 'of what nothing mended nothing is chosen');
  t.same(done.replayed, planned.replayed);
  t.match(after, { before: sum(done.replayed), replayed: {}, left: done.left }, 'the second time nothing is left to do');
  t.notOk(existsSync(at('twice.ndjson')), 'nor is a file made');
  const lines = linesOf('again.ndjson');
  t.equal(lines.length, sum(done.replayed));
  const source = new Set(linesOf('fleet.ndjson'));
  t.ok(lines.every((line) => source.has(line)), 'they are as they were');
  t.equal(statSync(at('again.ndjson')).mode & 0o777, 0o600);
  const records = (JSON.parse(listed.stdout) as { records: { kind: string }[] }).records.filter(({ kind }) => kind === 'replay');
  t.equal(records.length, 1, 'it is said, once');

  const [again, audit] = [await unjoinAll([run('policy.yaml', 'again.ndjson', 'more')]), linesOf];
  t.match(JSON.parse(again[0].stdout), { read: lines.length, quarantined: 0 });
  t.ok(audit('more/audit.ndjson').some((line) => line.includes('"kind":"replay"')), 'the audit tells of it');

  const ids = [...readFileSync(at('again.ndjson'), 'utf8').matchAll(/"(?:deviceId|householdId|mac|imei)":"([^"]+)"/g)].map(([, id]) => id);
  const said = [dry, none, first, second].map(({ stdout, stderr }) => stdout + stderr).join('') + readFileSync(at('control.ndjson'), 'utf8');
  t.ok(ids.length > 50);
  for (const id of new Set(ids)) t.notOk(said.includes(id), 'no id is printed, or stands in the control log');
}); // biome-ignore format: rows

t.test('without the key, the right, or a free name nothing is published', async (t) => {
  const before = readFileSync(at('control.ndjson'), 'utf8');
  writeFileSync(at('part.ndjson.part'), '');
  const [other, nobody, taken, part, reason, unsaid] = await unjoinAll([
    replay('x.ndjson').map((arg) => (arg === at('keys/operator.key') ? at('keys/lineage.key') : arg)),
    replay('x.ndjson').map((arg) => (arg === at('keys/operator.key') ? at('none.key') : arg)),
    replay('again.ndjson'),
    replay('part.ndjson'),
    replay('x.ndjson', '--reason', 'boredom'),
    ['quarantine', 'replay', '--out', at('out'), '--to', at('x.ndjson'), '--operator-key', at('keys/operator.key'), '--policy', 'policies/smart-home.yaml', '--controls', at('c.ndjson'), ...officer],
  ]);
  t.match(other, { exit: 65, stderr: /does not open/ });
  t.match(nobody, { exit: 77, stderr: /operator-key-missing/ });
  t.match(taken.stderr, /file-exists/);
  t.match(part.stderr, /file-exists/, 'what an interrupted replay left is not written over');
  t.match(reason.stderr, /reason-unknown/);
  t.match(unsaid.stderr, /controls-without-signers/, 'where nobody answers for it');
  t.equal(readFileSync(at('control.ndjson'), 'utf8'), before);
  t.notOk(existsSync(join(dir, 'x.ndjson')) || existsSync(join(dir, 'x.ndjson.part')));
}); // biome-ignore format: rows
