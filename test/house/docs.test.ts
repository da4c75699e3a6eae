import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, posix } from 'node:path';
import t from 'tap';
import { parse as parseYaml } from 'yaml';
import { GUARANTEES } from '../../src/model/guarantees.ts';
import { loadPlan } from '../../src/runtime/policy-files.ts';
import { type Block, blocksOf, commandsOf, linksOf } from './rules/blocks.ts';
import { filesUnder, ROOT, read } from './rules/tree.ts';

/**
 * How code blocks of the documentation are held to their word (told in docs/design.md):
 *   sh       runs, with `unjoin` as built; the blocks of one file share a folder, in order
 *   console  shows what a person types (`$ `) and sees; the commands are run by the CI script itself
 *   yaml     parses; a whole policy is linted
 *   json     parses
 *   text, csv, mermaid   are only shown
 */
const LANGUAGES = ['sh', 'console', 'yaml', 'json', 'text', 'csv', 'mermaid'];

const documents = filesUnder('.', (file) => file.endsWith('.md') && !file.startsWith('test/'));
const blocks = documents.flatMap((file) => blocksOf(file, read(file)));
const place = ({ file, line }: Block): string => `${file}:${line}`;
const ofKind = (language: string): Block[] => blocks.filter((block) => block.language === language);

/** A folder that looks like the project to a command, plus `unjoin` on the path. */
const stage = (): { readonly dir: string; readonly path: string } => {
  const dir = mkdtempSync(join(tmpdir(), 'unjoin-docs-'));
  for (const name of ['policies', 'schemas', 'ladders', 'examples']) {
    if (existsSync(join(ROOT, name))) symlinkSync(join(ROOT, name), join(dir, name));
  }
  mkdirSync(join(dir, '.bin'));
  const program = join(dir, '.bin', 'unjoin');
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, 'dist/cli/main.js')}" "$@"\n`);
  chmodSync(program, 0o755);
  return { dir, path: `${join(dir, '.bin')}:${process.env['PATH']}` };
};

t.test('every code block is of a kind that is held to its word', async (t) => {
  t.ok(documents.includes('README.md'));
  t.same(
    blocks.filter(({ language }) => !LANGUAGES.includes(language)).map((block) => `${place(block)}: ${block.language || 'no language'}`),
    [],
  );
});

t.test('sh blocks run', async (t) => {
  for (const file of new Set(ofKind('sh').map((block) => block.file))) {
    const { dir, path } = stage();
    t.teardown(() => rmSync(dir, { recursive: true, force: true }));
    for (const block of ofKind('sh').filter((candidate) => candidate.file === file)) {
      const { status, stderr } = spawnSync('bash', ['-euo', 'pipefail', '-c', block.text], {
        cwd: dir,
        env: { ...process.env, PATH: path, NO_COLOR: '1' },
        encoding: 'utf8',
      });
      t.equal(status, 0, `${place(block)} ends with 0`, { said: stderr.slice(-2000) });
    }
  }
});

t.test('console blocks show commands that the CI script runs', async (t) => {
  const ci = read('.ci/run');
  t.ok(ofKind('console').length > 0);
  for (const block of ofKind('console')) {
    const commands = commandsOf(block);
    t.not(commands.length, 0, `${place(block)} shows a command`);
    for (const command of commands) t.ok(ci.includes(command), `${place(block)}: ${command}`);
  }
});

t.test('yaml blocks parse, and whole policies lint without an error', async (t) => {
  const { dir } = stage();
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  mkdirSync(join(dir, 'docs'));
  for (const block of ofKind('yaml')) {
    let parsed: unknown;
    t.doesNotThrow(() => {
      parsed = parseYaml(block.text);
    }, place(block));
    const isPolicy = typeof parsed === 'object' && parsed !== null && 'views' in parsed && 'events' in parsed;
    if (!isPolicy) continue;
    // Beside the ready-made policies, so that `../schemas` and `../ladders` mean what they mean there.
    const file = join(dir, 'docs', `${basename(block.file, '.md')}-${block.line}.yaml`);
    writeFileSync(file, block.text);
    const errors = loadPlan(file).issues.filter(({ severity }) => severity === 'error');
    t.same(
      errors.map(({ code, line, message }) => `${block.file}:${block.line + line}: ${code}: ${message}`),
      [],
    );
  }
});

t.test('json blocks parse', async (t) => {
  for (const block of ofKind('json')) t.doesNotThrow(() => JSON.parse(block.text), place(block));
});

t.test('links lead somewhere', async (t) => {
  const dead = documents.flatMap((file) =>
    linksOf(read(file))
      .filter((target) => !existsSync(join(ROOT, posix.join(dirname(file), target))))
      .map((target) => `${file}: ${target}`),
  );
  t.same(dead, []);
});

t.test('the guarantees are quoted in the same words', async (t) => {
  const text = read('docs/guarantees.md').replace(/\s+/g, ' ');
  for (const words of Object.values(GUARANTEES).flat()) t.ok(text.includes(words), words);
});

t.test('the rules about blocks can fail', async (t) => {
  t.throws(() => blocksOf('x.md', '```sh\nls\n'), /not closed/);
  t.same(
    blocksOf('x.md', 'a\n```sh\nls\n```\n```\nb\n```\n').map(({ line, language, text }) => [line, language, text]),
    [
      [2, 'sh', 'ls\n'],
      [5, '', 'b\n'],
    ],
  );
  t.same(linksOf('[a](b.md#c) [d](https://e) ![f](g.svg) [h](#i)\n```text\n[j](k)\n```\n'), ['b.md', 'g.svg']);
  t.same(commandsOf({ file: '', line: 1, language: 'console', text: '$ npm ci && npm start\nread 3\n' }), ['npm ci', 'npm start']);
});
