import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runFiles } from '../../src/runtime/run-files.ts';
import { type Child, startUnjoin } from '../cli/commands.ts';
import { filesBelow, POLICY, writeEnvelopes } from '../cli/world.ts';
import { smartHome } from '../properties/world.ts';

const plan = smartHome();
const dir = t.testdir();
const at = (...path: string[]): string => join(dir, ...path);
const keys = at('keys');
const inputs = [at('log.ndjson')];

const partials = (): string[] => readdirSync(dir).filter((name) => name.endsWith('.partial'));
const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

/** Released records of all views, sorted: the multiset. */
const released = (out: string): string[] =>
  plan.views.flatMap(({ name }) => readFileSync(join(out, 'views', `${name}.ndjson`), 'utf8').split('\n').map((line) => `${name} ${line}`)).sort(); // biome-ignore format: a chain

/** Every byte of a folder. */
const bytesOf = (folder: string): Record<string, string> =>
  Object.fromEntries(filesBelow(folder).map((name) => [name, readFileSync(join(folder, name), 'latin1')]));

/** Signals a process as soon as the file system shows a condition and waits for its end; false when it ended before. */
const killWhen = async (child: Child, condition: () => boolean, signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<boolean> => {
  const closed = new Promise<void>((resolve) => child.on('close', () => resolve()));
  child.stdout.resume();
  child.stderr.resume();
  while (!condition()) {
    if (child.exitCode !== null) return false;
    // Not on every turn of the loop: the process that is watched needs the processor, too.
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  child.kill(signal);
  await closed;
  return signal === 'SIGTERM' || child.signalCode === signal;
};

const start = (out: string, ring: string): Child => startUnjoin('run', '--policy', POLICY, '--in', ...inputs, '--out', at(out), '--keys', ring); // biome-ignore format: a line

t.test('a killed run leaves nothing that looks like one, and its repetition releases what an undisturbed run does', async (t) => {
  writeEnvelopes(inputs[0], { devices: 1000, count: 5000, seed: 9 });
  const short = at('short.ndjson');
  writeFileSync(short, readFileSync(inputs[0], 'utf8').split('\n').slice(0, 800).join('\n'));
  await runFiles({ plan, inputs, out: at('undisturbed'), format: 'ndjson', keys });
  const expected = released(at('undisturbed'));
  t.ok(expected.length > 500);

  t.test('killed when it has just begun, with keys that it was making', async (t) => {
    const child = start('early', at('early-keys'));
    t.ok(await killWhen(child, () => existsSync(at('early-keys'))), 'it was killed at work');
    t.notOk(existsSync(at('early')));
    t.strictSame(partials(), [`.early.${child.pid}.partial`]);
    await runFiles({ plan, inputs: [short], out: at('early'), format: 'ndjson', keys: at('early-keys') });
    t.strictSame(partials(), [], 'what it left is swept');
    await runFiles({ plan, inputs: [short], out: at('again'), format: 'ndjson', keys: at('early-keys') });
    t.strictSame(released(at('again')), released(at('early')), 'the ring is sound');
  });

  t.test('killed when some windows were written', async (t) => {
    const child = start('middle', keys);
    const view = at(`.middle.${child.pid}.partial`, 'views', 'device-health.ndjson');
    t.ok(await killWhen(child, () => sizeOf(view) > 0), 'it was killed at work');
    t.notOk(existsSync(at('middle')));
    // A run that is still going on keeps its folder; the process that started this test is certainly alive.
    mkdirSync(at(`.middle.${process.ppid}.partial`));
    await runFiles({ plan, inputs, out: at('middle'), format: 'ndjson', keys });
    t.strictSame(partials(), [`.middle.${process.ppid}.partial`]);
    t.strictSame(released(at('middle')), expected);
  });

  t.test('stopped by a signal that can be heard, it cleans up after itself', async (t) => {
    const child = start('stopped', keys);
    t.ok(await killWhen(child, () => existsSync(at(`.stopped.${child.pid}.partial`)), 'SIGTERM'));
    t.equal(child.exitCode, 75);
    t.strictSame(
      readdirSync(dir).filter((name) => name.includes('stopped')),
      [],
    );
  });

  t.test('killed over an earlier run, which stays whole', async (t) => {
    await runFiles({ plan, inputs: [short], out: at('over'), format: 'ndjson', keys });
    const earlier = bytesOf(at('over'));
    const child = start('over', keys);
    const lineage = at(`.over.${child.pid}.partial`, 'lineage.ndjson');
    t.ok(await killWhen(child, () => sizeOf(lineage) > 0), 'it was killed at work');
    t.strictSame(bytesOf(at('over')), earlier);

    // And when it is just being replaced: the new one is whole the moment it is there.
    const inode = statSync(at('over')).ino;
    const replacing = start('over', keys);
    await killWhen(replacing, () => ![undefined, inode].includes(statSync(at('over'), { throwIfNoEntry: false })?.ino));
    t.strictSame(released(at('over')), expected);
    await runFiles({ plan, inputs: [short], out: at('over'), format: 'ndjson', keys });
    t.strictSame(
      partials().filter((name) => name.startsWith('.over')),
      [],
      'what was replaced is swept',
    );
  });
});
