import { execFile, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import t from 'tap';
import { unjoinAll } from './commands.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const NODE_ARGS = ['--import', 'tsx', MAIN];

interface Ended {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line as users do. */
const unjoin = (...args: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      [...NODE_ARGS, ...args],
      { maxBuffer: 1 << 26, env: { ...process.env, NO_COLOR: '1' } },
      (error, stdout, stderr) => {
        resolve({ exit: error === null ? 0 : typeof error.code === 'number' ? error.code : null, stdout, stderr });
      },
    );
  });

/** Names below `Commands:` of a help. */
const commandsOf = (help: string): string[] =>
  [...(/^Commands:\n([\s\S]*)/m.exec(help)?.[1] ?? '').matchAll(/^ {2}([a-z-]+)(?= )/gm)]
    .map(([, name]) => name)
    .filter((name) => name !== 'help');

t.test('help ends well and shows examples, for the program and for every command', async (t) => {
  const help = await unjoin('--help');
  t.equal(help.exit, 0);
  t.match(help.stdout, /Usage: unjoin[\s\S]*simulate[\s\S]*Examples:/);
  const commands = commandsOf(help.stdout).map((name) => [name]);
  t.ok(commands.length > 15);
  const told = await unjoinAll(commands.map((words) => [...words, '--help']));
  const own = commands.flatMap((words, index) => commandsOf(told[index].stdout).map((name) => [...words, name]));
  t.ok(own.length > 10, 'commands of commands');
  const all = [...commands, ...own];
  const helps = [...told, ...(await unjoinAll(own.map((words) => [...words, '--help'])))];
  const hasExamples = (words: readonly string[]): boolean =>
    /Examples:\n {2}\$ unjoin /.test(helps[all.findIndex((one) => one.join(' ') === words.join(' '))].stdout);
  for (const [index, words] of all.entries()) {
    const name = words.join(' ');
    t.equal(helps[index].exit, 0, name);
    t.match(helps[index].stdout, new RegExp(`^Usage: unjoin ${name} `));
    const isGroup = commandsOf(helps[index].stdout).length > 0;
    t.ok(isGroup || hasExamples(words) || hasExamples(words.slice(0, 1)), `${name} has examples`);
  }
});

t.test('the version is that of the package', async (t) => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  t.match(await unjoin('--version'), { exit: 0, stdout: `${version}\n` });
});

t.test('a wrong command line is a configuration error, with a suggestion', async (t) => {
  t.match(await unjoin(), { exit: 78 });
  t.match(await unjoin('simulte'), { exit: 78, stderr: /Did you mean simulate/ });
  t.match(await unjoin('simulate'), { exit: 78, stderr: /--to/ });
  t.match(await unjoin('simulate', '--to', '-', '--seeed', '1'), { exit: 78, stderr: /Did you mean --seed/ });
  t.match(await unjoin('simulate', '--to', '-', '--devices', 'many'), { exit: 78, stderr: /whole number/ });
});

t.test('simulate writes whole files, the same ones for the same options', async (t) => {
  const dir = t.testdir();
  const plain = join(dir, 'a.ndjson');
  const args = ['simulate', '--devices', '500', '--count', '300', '--malformed', '0', '--seed', '3'];
  const first = await unjoin(...args, '--to', plain);
  t.match(first, { exit: 0, stderr: '', stdout: /300 events of 500 devices/ });
  const zipped = join(dir, 'b.ndjson.gz');
  const second = await unjoin(...args, '--to', zipped, '--json');
  t.equal(second.exit, 0);
  t.match(JSON.parse(second.stdout), { events: 300, devices: 500, seed: 3, to: zipped });
  t.ok(gunzipSync(readFileSync(zipped)).equals(readFileSync(plain)));
  const lines = readFileSync(plain, 'utf8').trimEnd().split('\n');
  t.equal(lines.length, 300);
  t.match(JSON.parse(lines[0]), { topic: /^telemetry\./, offset: 0, key: String, headers: Object, value: { eventId: String } });
  t.same(readdirSync(dir).sort(), ['a.ndjson', 'b.ndjson.gz'], 'nothing is left beside them');
});

t.test('simulate to stdout: data there, talk on stderr', async (t) => {
  const { exit, stdout, stderr } = await unjoin(
    'simulate',
    '--devices',
    '50',
    '--count',
    '5',
    '--format',
    'avro',
    '--malformed',
    '0',
    '--to',
    '-',
  );
  t.equal(exit, 0);
  const lines = stdout.trimEnd().split('\n');
  t.equal(lines.length, 5);
  for (const line of lines) t.match(JSON.parse(line).value, /^AAAAAA[A-Za-z0-9+/]+=*$/);
  t.match(stderr, /5 events of 50 devices/);
});

t.test('a reader that has enough ends it without a word', async (t) => {
  const child = spawn(process.execPath, [...NODE_ARGS, 'simulate', '--count', '100000', '--to', '-']);
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdout.once('data', () => child.stdout.destroy());
  const exit = await new Promise((resolve) => child.on('close', resolve));
  t.equal(exit, 0);
  t.equal(stderr, '');
});

t.test('targets that cannot be', async (t) => {
  const dir = t.testdir();
  t.match(await unjoin('simulate', '--to', 'kafka'), { exit: 78, stderr: /usage: expected a configuration.*\n {2}next: / });
  t.match(await unjoin('simulate', '--to', 'fleet.csv'), { exit: 78, stderr: /simulate-target.*\n {2}next: / });
  t.match(await unjoin('simulate', '--count', '5', '--to', join(dir, 'none', 'a.ndjson')), { exit: 69, stderr: /file-missing/ });
  t.match(await unjoin('simulate', '--to', '-', '--json'), { exit: 78, stderr: /usage/ });
  const refused = await unjoin('simulate', '--activity', '3', '--to', join(dir, 'a.ndjson'), '--json');
  t.match(refused, { exit: 78 });
  t.match(JSON.parse(refused.stdout), { error: { code: 'simulate-option', expected: /activity/ } });
  t.same(readdirSync(dir), []);
});

t.test('an interrupted run leaves no half file', async (t) => {
  const dir = t.testdir();
  const child = spawn(process.execPath, [...NODE_ARGS, 'simulate', '--count', '50000000', '--to', join(dir, 'a.ndjson')]);
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const closed = new Promise((resolve) => child.on('close', resolve));
  // As soon as it has begun to write, and no sooner.
  while (readdirSync(dir).length === 0 && child.exitCode === null) await new Promise((resolve) => setImmediate(resolve));
  child.kill('SIGINT');
  t.equal(await closed, 75);
  t.match(stderr, /interrupted/);
  t.same(readdirSync(dir), []);
});
