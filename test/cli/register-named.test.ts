import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { cardsOfFleet } from '../runtime/dataset/fleet.ts';
import { CARDS, csvOf, someCards } from '../runtime/dataset/world.ts';
import { unjoinAll } from './commands.ts';
import { sayWorld } from './say-world.ts';
import { filesBelow, writeEnvelopes } from './world.ts';

const START_MS = Date.UTC(2026, 0, 5);
const HOUR_MS = 3_600_000;
const FLEET = { devices: 1500, count: 6000, seed: 4, startMs: START_MS, spanMs: 3 * HOUR_MS, malformedShare: 0 };
const iso = (ms: number): string => new Date(ms).toISOString();

t.test('an index counts from the window on in which a control record names it, and verify follows', async (t) => {
  const world = sayWorld(t.testdir(), (text) => text + CARDS);
  const { at, ground, officer } = world;
  writeEnvelopes(at('fleet.ndjson'), FLEET);
  const lines = readFileSync(at('fleet.ndjson'), 'utf8').split('\n').filter(Boolean).map((line) => Buffer.from(line)); // biome-ignore format: a chain
  const all = cardsOfFleet(lines, () => true).filter(({ model, version, lat }) => model !== null && version !== null && lat !== null);
  writeFileSync(at('few.csv'), csvOf(all.filter((_, i) => i % 10 === 0)));
  writeFileSync(at('many.csv'), csvOf(all));
  const register = (file: string, atMs: number, ...more: string[]): string[] =>
    ['register', ...ground, ...officer, '--dataset', 'warranty-cards', '--index', at('indexes'), '--in', at(file), '--as-of', iso(START_MS - HOUR_MS), '--at', iso(atMs), ...more]; // biome-ignore format: a command line
  const run = (out: string): string[] => ['run', ...ground, '--in', at('fleet.ndjson'), '--out', at(out), '--datasets', at('indexes'), '--json']; // biome-ignore format: a command line
  const [keys, dry, first, one, second, two, verified, listed] = await unjoinAll([
    ['keys', 'init', '--policy', at('policy.yaml'), '--keys', at('keys')],
    register('few.csv', START_MS - HOUR_MS, '--dry-run'),
    register('few.csv', START_MS - HOUR_MS),
    run('one'),
    register('many.csv', START_MS + HOUR_MS + 1, '--json'),
    run('two'),
    ['verify', ...ground, '--in', at('fleet.ndjson'), '--out', at('two')],
    ['controls', 'list', '--policy', at('policy.yaml'), '--controls', at('control.ndjson')],
  ]);
  for (const ended of [keys, dry, first, one, second, two, verified, listed]) t.equal(ended.exit, 0, ended.stdout + ended.stderr);
  t.match(first.stdout, 'In force for windows that end after 2026-01-04T23:00:00.000Z');
  t.match(JSON.parse(second.stdout), { said: { kind: 'dataset', offset: 1, appendMs: START_MS + HOUR_MS + 1 } }, 'a dry run said nothing');
  t.match(listed.stdout, /dataset[\s\S]*dataset/);
  const released = (out: string, ofWindow: (hour: number) => boolean): number =>
    readFileSync(at(out, 'views', 'device-health.ndjson'), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && ofWindow((JSON.parse(line).windowEnd - START_MS) / HOUR_MS)).length;
  t.ok(released('one', () => true) > 0);
  t.equal(
    released('two', (hour) => hour <= 1),
    released('one', (hour) => hour <= 1),
    'the first window, by the first index',
  );
  t.not(
    released('two', (hour) => hour > 1),
    released('one', (hour) => hour > 1),
    'later windows, by the second',
  );

  const digest = /SHA-256 ([0-9a-f]{64})/.exec(first.stdout)?.[1].slice(0, 12);
  const verify = (...files: string[]): string[] =>
    ['verify', ...ground, '--in', at('fleet.ndjson'), '--out', at('two'), '--json', ...files.flatMap((file) => ['--dataset', file])]; // biome-ignore format: a command line
  const [both, last, swapped] = await unjoinAll([
    verify(`warranty-cards@${digest}=${at('few.csv')}`, `warranty-cards=${at('many.csv')}`),
    verify(`warranty-cards=${at('many.csv')}`),
    verify(`warranty-cards@${digest}=${at('many.csv')}`, `warranty-cards=${at('few.csv')}`),
  ]);
  const found = (stdout: string, wanted: string) =>
    JSON.parse(stdout).findings.find(({ id }: { readonly id: string }) => id === wanted) as {
      readonly verdict: string;
      readonly note: string;
    };
  for (const id of ['I11', 'I12']) {
    t.equal(found(both.stdout, id).verdict, 'pass', both.stdout);
    t.match(found(last.stdout, id), { verdict: 'not-applicable', note: `needs the true data of warranty-cards: --dataset warranty-cards@${digest}=FILE` }); // biome-ignore format: a match
  }
  t.match(found(swapped.stdout, 'I11'), { verdict: 'fail', note: /fewer than kMap persons/ });
});

t.test('what no gate would take is told before anything is read or left', async (t) => {
  const { at, ground, officer } = sayWorld(t.testdir(), (text) => text.replace('dataset, ', '').replace('dataset, ', '') + CARDS);
  writeFileSync(at('cards.csv'), csvOf(someCards(300)));
  writeEnvelopes(at('fleet.ndjson'), { ...FLEET, devices: 20, count: 50 });
  const args = ['--dataset', 'warranty-cards', '--in', at('cards.csv'), '--index', at('indexes')];
  const [, refused] = await unjoinAll([
    ['keys', 'init', '--policy', at('policy.yaml'), '--keys', at('keys')],
    ['register', ...ground, ...officer, ...args],
  ]);
  t.match(refused, { exit: 77, stderr: /control-no-right/ });
  t.notOk(existsSync(at('indexes')));
  t.notOk(filesBelow(at('keys')).some((file) => file.startsWith('dataset.')));
});

t.test('an index that nobody named guards nothing, and nothing runs without it', async (t) => {
  const { at, ground } = sayWorld(t.testdir(), (text) => text + CARDS);
  writeFileSync(at('cards.csv'), csvOf(someCards(300)));
  writeEnvelopes(at('fleet.ndjson'), { ...FLEET, devices: 20, count: 50 });
  const own = ['--policy', at('policy.yaml'), '--keys', at('keys')];
  writeFileSync(at('control.ndjson'), '');
  const [, registered, ran] = await unjoinAll([
    ['keys', 'init', ...own],
    ['register', ...own, '--dataset', 'warranty-cards', '--in', at('cards.csv'), '--index', at('indexes')],
    ['run', ...ground, '--in', at('fleet.ndjson'), '--out', at('out'), '--datasets', at('indexes')],
  ]);
  t.match(registered, { exit: 0, stdout: /Not in force: no control record names it/ });
  t.match(ran, { exit: 78, stderr: /dataset-unnamed/ });
  t.notOk(existsSync(at('out')));
});
