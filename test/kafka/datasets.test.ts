import { appendFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { makeSigner } from '../../src/runtime/keys/signers.ts';
import { ownTopics } from '../../src/runtime/log/kafka/settings.ts';
import { readRange } from '../../src/runtime/log/kafka/whole.ts';
import { unjoinAll } from '../cli/commands.ts';
import { fleetLines } from '../properties/world.ts';
import { declared } from '../runtime/dataset/declared.ts';
import { cardsOfFleet } from '../runtime/dataset/fleet.ts';
import { type Card, csvOf } from '../runtime/dataset/world.ts';
import { type TestBroker, withBroker } from './support/broker.ts';
import { publishFleet, type RunningService, runService, writeService } from './support/service.ts';

const VIEW = 'device-health';
const FLEET = { count: 2400, devices: 800 } as const;
const COLUMNS = ['customer', 'model', 'os', 'version'] as const;

/** A policy that nothing of a registered device survives: nobody is as many as kMap. */
const datasets = (key: string, second: string): string => `
signers:
  officer: { key: ${key}, may: [dataset, recall, loss] }
  second: { key: ${second}, may: [loss] }
${declared({ cards: { guards: [VIEW], columns: COLUMNS, kMap: 10_000 } })}`;

const devices = cardsOfFleet(fleetLines({ ...FLEET, seed: 5, malformedShare: 0 }), () => true).filter(
  ({ model, os, version }) => model !== null && os !== null && version !== null,
);

/** One device alone, and one of every model: the first blocks a few records, the second all. */
const FEW: readonly Card[] = devices.slice(0, 1);
const ALL: readonly Card[] = [...new Map(devices.map((card) => [card['model'], card])).values()];

/** What `register --json` says. */
interface Named {
  readonly index: string;
  readonly digest: string;
  readonly said: { readonly appendMs: number };
}

/** Index files of a folder, with the digits of their digests. */
const indexesIn = (dir: string): { readonly file: string; readonly digest: string }[] =>
  readdirSync(dir).flatMap((name) => {
    const [, digest] = /^cards\.([0-9a-f]+)\.index$/.exec(name) ?? [];
    return digest === undefined ? [] : [{ file: join(dir, name), digest }];
  });

/** Ends of the windows that a view's records left in, ms. */
const releasedIn = async ({ settings }: TestBroker, topic: string): Promise<number[]> => {
  const ends: number[] = [];
  for (let partition = 0; partition < 4; partition++)
    for await (const { timestampMs } of readRange(settings, { topic, partition }, null)) ends.push(timestampMs);
  return ends;
};

/** Waits until windows of the view that end after a time were closed by both tasks; publishes until there are such windows. */
const closedAfter = async (service: RunningService, publish: () => Promise<unknown>, afterMs: number): Promise<void> => {
  await publish();
  const tasks = new Set<unknown>();
  while (tasks.size < 2) {
    const { task, view, window } = await service.next('window-closed');
    if (view === 0 && (window as number) > afterMs) tasks.add(task);
  }
};

const readyz = async (port: unknown): Promise<number> => (await fetch(`http://127.0.0.1:${port}/readyz`)).status;

t.test('a running service obeys the index that the control log names, window by window', async (t) => {
  await withBroker(t, {}, async (broker) => {
    const dir = t.testdir();
    const limits = 'limits: { idleMs: 500, fetchWaitMs: 100, skewMs: 500 }\ndatasets: indexes\n';
    const { config, policy, prefix } = writeService(broker, dir, { k: 12, window: '3s' }, limits);
    appendFileSync(policy, datasets(makeSigner(join(dir, 'officer.key')), makeSigner(join(dir, 'second.key'))));
    writeFileSync(join(dir, 'few.csv'), csvOf(FEW, COLUMNS));
    writeFileSync(join(dir, 'all.csv'), csvOf(ALL, COLUMNS));
    const register = (file: string, ...more: string[]): string[] =>
      ['register', '-c', config, '--dataset', 'cards', '--in', join(dir, file), '--as', 'officer', '--key', join(dir, 'officer.key'), '--json', ...more]; // biome-ignore format: a command line
    const named = (stdout: string): Named => JSON.parse(stdout);
    const publish = () => publishFleet(broker, prefix, { ...FLEET, seed: 5 });
    const topic = ownTopics(`${prefix}own.`).view(VIEW);

    const [provisioned] = await unjoinAll([['provision', '-c', config, '--no-acls']]);
    t.equal(provisioned.exit, 0, provisioned.stderr);
    const early = runService(config, ['--initialise']);
    t.equal(await early.ended, 78, 'not without an index');
    t.match(early.said(), /dataset-unnamed/);

    const [first] = await unjoinAll([register('few.csv')]);
    t.equal(first.exit, 0, first.stderr);
    const service = runService(config, ['--initialise']);
    t.teardown(() => service.signal('SIGKILL'));
    const { port } = await service.next('started');
    for (let task = 0; task < 2; task++) await service.next('restored');
    await closedAfter(service, publish, 0);
    t.equal(await readyz(port), 200);
    const firstEnds = await releasedIn(broker, topic);
    t.ok(firstEnds.length > 0, 'by the first index');
    const firstMs = Math.max(...firstEnds);

    // What left by the first could not leave by the second: it is not in force before that is recalled.
    const [second] = await unjoinAll([register('all.csv')]);
    t.match(second, { exit: 1, stderr: /dataset-readable[\s\S]*device-health partition \d up to offset \d+[\s\S]*--recall/ });
    const [{ file, digest: secondDigest }] = indexesIn(join(dir, 'indexes')).filter(({ digest }) => !named(first.stdout).digest.startsWith(digest)); // biome-ignore format: a sentence
    const name = ['datasets', 'name', file, '-c', config, '--as', 'officer', '--key', join(dir, 'officer.key')];
    const receipt = join(dir, 'receipt.txt');
    writeFileSync(receipt, 'no copy is left');
    const [dry, listed, waits] = await unjoinAll([[...name, '--dry-run'], ['controls', 'list', '-c', config, '--json'], [...name, '--recall']]);
    t.match(dry, { exit: 0, stdout: /would be recalled: device-health partition \d up to offset \d+/ });
    t.equal(JSON.parse(listed.stdout).records.length, 1, 'nothing was said so far');
    t.match(waits, { exit: 75, stderr: /dataset-receipts[\s\S]*device-quality/ });
    const [, since] = /cards: in force for windows that end after (\S+);/.exec(waits.stdout) ?? [];
    const blockedMs = Date.parse(since);
    t.notOk((await releasedIn(broker, topic)).some((endMs) => endMs <= blockedMs && endMs <= firstMs), 'what had left is gone');
    await closedAfter(service, publish, blockedMs);
    // What was open when the second came into force was decided by the first, and has left since.
    const [settled, again, nobodys] = await unjoinAll([
      [...name, '--recall', '--receipt', `device-quality=${receipt}`],
      name,
      [...name, '--receipt', `nobody=${receipt}`],
    ]);
    t.match(settled, { exit: 0, stdout: /dataset record written/ }, settled.stderr);
    t.match(again, { exit: 0, stdout: /in force already/ }, again.stderr);
    t.equal(nobodys.exit, 0, 'nobody is asked for a receipt any more');
    t.same(await releasedIn(broker, topic), [], 'nothing is left');

    const [third] = await unjoinAll([register('few.csv')]);
    t.equal(third.exit, 0, third.stderr);
    const { index, said } = named(third.stdout);
    renameSync(index, `${index}.aside`);
    await publish();
    const tasks = new Set<unknown>();
    while (tasks.size < 2) {
      const { task, view, dataset } = await service.next('dataset-held');
      t.strictSame([view, dataset], [0, 'dataset-missing']);
      tasks.add(task);
    }
    t.equal(await readyz(port), 503);
    t.notOk((await releasedIn(broker, topic)).some((endMs) => endMs > blockedMs), 'nothing left meanwhile');
    renameSync(`${index}.aside`, index);
    for (let task = 0; task < 2; task++) await service.next('dataset-resumed');
    await closedAfter(service, async () => {}, said.appendMs);

    const [fourth] = await unjoinAll([register('few.csv', '--as-of', '2026-01-01T00:00:00Z')]);
    t.equal(fourth.exit, 0, fourth.stderr);
    const staleMs = named(fourth.stdout).said.appendMs;
    await closedAfter(service, publish, staleMs);
    const { view, window } = await service.next('dataset-stale');
    t.strictSame([view, (window as number) > staleMs], [0, true]);
    t.equal(await readyz(port), 200, 'too old an index ends nothing and holds nothing');

    const [fifth] = await unjoinAll([register('few.csv')]);
    t.equal(fifth.exit, 0, fifth.stderr);
    renameSync(named(fifth.stdout).index, `${index}.lost`);
    await publish();
    for (let task = 0; task < 2; task++) await service.next('dataset-held');
    const both = ['--as', 'officer', '--key', join(dir, 'officer.key'), '--with', 'second', '--with-key', join(dir, 'second.key')];
    const [lost] = await unjoinAll([['datasets', 'lose', 'cards', '--digest', named(fifth.stdout).digest.slice(0, 12), '-c', config, ...both]]); // biome-ignore format: a command
    t.match(lost, { exit: 0, stdout: /loss record written/ }, lost.stderr);
    for (let task = 0; task < 2; task++) await service.next('dataset-resumed');
    await closedAfter(service, async () => {}, named(fifth.stdout).said.appendMs);
    t.equal(await readyz(port), 200, 'nothing waits for what is lost');
    service.signal('SIGTERM');
    t.equal(await service.ended, 0, service.said());

    const ends = await releasedIn(broker, topic);
    t.notOk(ends.some((endMs) => endMs <= blockedMs), 'by the first index, recalled');
    t.notOk(ends.some((endMs) => endMs > blockedMs && endMs <= said.appendMs), 'nothing by the second');
    t.ok(ends.some((endMs) => endMs > said.appendMs), 'by the third again');
    t.notOk(ends.some((endMs) => endMs > staleMs), 'nothing by the fourth, which is too old, or by the fifth, which is lost');
    const [one, three] = [first, third].map(({ stdout }) => named(stdout).digest.slice(0, 12));
    const verify = (...data: readonly (readonly [of: string, file: string])[]): string[] =>
      ['verify', '-c', config, ...data.flatMap(([of, file]) => ['--dataset', `cards${of}=${join(dir, file)}`])]; // biome-ignore format: a command line
    const others = [[`@${one}`, 'few.csv'], [`@${secondDigest}`, 'all.csv'], ['', 'few.csv']] as const; // biome-ignore format: a table
    const [byTheirs, byOthers] = await unjoinAll([verify([`@${three}`, 'few.csv'], ...others), verify([`@${three}`, 'all.csv'], ...others)]);
    t.equal(byTheirs.exit, 0, byTheirs.stdout + byTheirs.stderr);
    t.match(byTheirs.stdout, /^I11 pass/m, 'on the true data of each index');
    t.match(byTheirs.stdout, /^I13 +pass .*outputs of device-health were recalled/m);
    t.match(byOthers, { exit: 1, stdout: /^I11 fail/m }, 'not on those of another');
  });
}); // biome-ignore format: chains
