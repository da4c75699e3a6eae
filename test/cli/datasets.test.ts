import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { CARDS, csvOf, someCards } from '../runtime/dataset/world.ts';
import { unjoinAll } from './commands.ts';
import { sayWorld } from './say-world.ts';
import { POLICY, writeEnvelopes } from './world.ts';

t.test('an index that was registered elsewhere is brought into force by an officer, who sees how it stands', async (t) => {
  const { at, ground, officer } = sayWorld(t.testdir(), (text) => text + CARDS);
  writeFileSync(at('cards.csv'), csvOf(someCards(300)));
  writeFileSync(at('control.ndjson'), '');
  mkdirSync(at('here'));
  const register = [
    'register',
    '--policy',
    at('policy.yaml'),
    '--keys',
    at('keys'),
    '--dataset',
    'warranty-cards',
    '--in',
    at('cards.csv'),
  ];
  const [registered] = await unjoinAll([[...register, '--index', at('there')]]);
  t.match(registered, { exit: 0, stdout: /Not in force/ });
  const [file] = readdirSync(at('there'));
  const list = ['datasets', 'list', ...ground, '--datasets', at('here')];
  const said = [...ground, ...officer];
  const moved = join(at('here'), file);
  const [recalled, unnamed, absent, named, missing] = await unjoinAll([
    ['datasets', 'name', join(at('there'), file), ...said, '--recall'],
    list,
    ['datasets', 'name', moved, ...said],
    ['datasets', 'name', join(at('there'), file), ...said],
    list,
  ]);
  t.match(recalled, { exit: 78, stderr: /nobody can recall files/ });
  t.match(unnamed, { exit: 1, stdout: /warranty-cards +- +- +- +dataset-unnamed/ });
  t.match(absent, { exit: 78, stderr: /dataset-missing/ });
  t.match(named, { exit: 0, stdout: /dataset record written at .*, offset 0/ });
  t.match(missing, { exit: 1, stdout: /warranty-cards +[0-9a-f]{12} .*dataset-missing/ });
  renameSync(join(at('there'), file), moved);
  const [whole, other, nowhere, none] = await unjoinAll([
    [...list, '--json'],
    ['datasets', 'name', join(at('here'), 'cards.bin'), ...said],
    ['datasets', 'list', '--policy', at('policy.yaml')],
    ['datasets', 'list', '--policy', POLICY],
  ]);
  t.match(JSON.parse(whole.stdout), { ok: true, datasets: [{ name: 'warranty-cards', code: null }] });
  t.equal(whole.exit, 0);
  t.match(other, { exit: 78, stderr: /dataset-index-broken/ });
  t.match(none, { exit: 0, stdout: /declares no datasets/ });
  t.match(nowhere, { exit: 78, stderr: /datasets-not-given/ });
});

t.test('an index that was made for another policy is not named', async (t) => {
  const { at, ground, officer } = sayWorld(t.testdir(), (text) => text + CARDS);
  writeFileSync(at('cards.csv'), csvOf(someCards(300)));
  const own = ['--policy', at('policy.yaml'), '--keys', at('keys'), '--index', at('indexes')];
  const [registered] = await unjoinAll([['register', ...own, '--dataset', 'warranty-cards', '--in', at('cards.csv'), '--json']]);
  const { index } = JSON.parse(registered.stdout);
  writeFileSync(at('policy.yaml'), readFileSync(at('policy.yaml'), 'utf8').replace('person: [customer]', 'person: [serial]'));
  const [foreign] = await unjoinAll([['datasets', 'name', index, ...ground, ...officer]]);
  t.match(foreign, { exit: 78, stderr: /dataset-index-foreign/ });
});

t.test('an index that is lost for good is given up by two: what needs it is blocked, and a newer one guards what comes', async (t) => {
  const { at, ground, officer, both } = sayWorld(t.testdir(), (text) => text + CARDS);
  const startMs = Date.UTC(2026, 0, 5);
  writeEnvelopes(at('fleet.ndjson'), { devices: 600, count: 1500, seed: 4, startMs, spanMs: 2 * 3_600_000, malformedShare: 0 });
  writeFileSync(at('cards.csv'), csvOf(someCards(300)));
  const iso = (hours: number): string => new Date(startMs + hours * 3_600_000).toISOString();
  const register = ['register', ...ground, ...officer, '--dataset', 'warranty-cards', '--in', at('cards.csv'), '--index', at('indexes')];
  const asOf = ['--as-of', iso(-2)];
  const run = (out: string): string[] => ['run', ...ground, '--in', at('fleet.ndjson'), '--out', at(out), '--datasets', at('indexes')];
  const [, registered] = await unjoinAll([
    ['keys', 'init', '--policy', at('policy.yaml'), '--keys', at('keys')],
    [...register, ...asOf, '--at', iso(-1), '--json'],
  ]);
  const { digest, index } = JSON.parse(registered.stdout);
  renameSync(index, at('elsewhere'));
  const lose = (digits: string): string[] => ['datasets', 'lose', 'warranty-cards', ...ground, '--digest', digits, '--at', iso(9)];
  const [waits, one, short, other, foreign, lost, twice, blocked, listed, verified] = await unjoinAll([
    run('none'),
    [...lose(digest), ...officer],
    [...lose(digest.slice(0, 7)), ...both],
    [...lose('0'.repeat(12)), ...both],
    ['datasets', 'lose', 'nobodys', ...ground, '--digest', digest, ...both],
    [...lose(digest.slice(0, 12)), ...both],
    [...lose(digest.slice(0, 12)), ...both],
    run('out'),
    ['datasets', 'list', ...ground, '--datasets', at('indexes')],
    ['verify', ...ground, '--in', at('fleet.ndjson'), '--out', at('out')],
  ]);
  t.match(waits, { exit: 78, stderr: /dataset-missing/ });
  t.match(one, { exit: 77, stderr: /control-one-signer/ });
  for (const refused of [short, other, foreign]) t.match(refused, { exit: 78, stderr: /dataset-digest/ });
  t.match(lost, { exit: 0, stdout: /loss record written/ });
  t.match(twice, { exit: 78, stderr: /control-contradiction/ });
  t.equal(blocked.exit, 0, blocked.stderr);
  t.match(listed, { exit: 1, stdout: new RegExp(`${digest.slice(0, 12)} .*dataset-lost`) });
  t.equal(verified.exit, 0, verified.stdout);
  for (const view of ['device-health', 'presence-by-area']) t.equal(readFileSync(at(`out/views/${view}.ndjson`), 'utf8'), '', view);
  t.not(readFileSync(at('out/views/feature-usage.ndjson'), 'utf8'), '', 'views that it does not guard go on');
});
