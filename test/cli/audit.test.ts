import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { verifyChain } from '../../src/record/audit.ts';
import { runFiles } from '../../src/runtime/run-files.ts';
import { below, sfc32 } from '../../src/simulate/random.ts';
import { smartHome } from '../properties/world.ts';
import { STACK, unjoinAll } from './commands.ts';
import { writeEnvelopes } from './world.ts';

const dir = t.testdir();
const out = join(dir, 'out');

t.before(async () => {
  writeEnvelopes(join(dir, 'log.ndjson'));
  await runFiles({ plan: smartHome(), inputs: [join(dir, 'log.ndjson')], out, format: 'ndjson' });
});

const linesOf = (): string[] => readFileSync(join(out, 'audit.ndjson'), 'utf8').trimEnd().split('\n');

/** A folder whose audit has these lines. */
const folderOf = (name: string, lines: readonly string[]): string => {
  const folder = join(dir, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'audit.ndjson'), lines.map((line) => `${line}\n`).join(''));
  return folder;
};

t.test('a whole chain, a changed one, a cut one, and what is none', async (t) => {
  const lines = linesOf();
  t.ok(lines.length > 3);
  const changed = lines.map((line, i) => (i === 1 ? line.replace('"epoch":', '"epoch": ') : line));
  const verify = (folder: string, ...more: string[]): string[] => ['audit', 'verify', '--out', folder, ...more];
  const [whole, json] = await unjoinAll([verify(out), verify(out, '--json')]);
  t.match(whole, { exit: 0, stdout: new RegExp(`^whole: ${lines.length} lines\nhead: ${lines.length}:[0-9a-f]{64}\n$`) });
  const told = JSON.parse(json.stdout);
  t.match(told, { ok: true, lines: lines.length, broken: -1, isPinned: null, head: { seq: lines.length } });

  const head = `${told.head.seq}:${told.head.hash}`;
  const ended = await unjoinAll([
    verify(out, '--head', head),
    verify(folderOf('changed', changed)),
    verify(folderOf('cut', lines.slice(0, -1))),
    verify(join(dir, 'cut'), '--head', head, '--json'),
    verify(out, '--head', 'nonsense'),
    verify(join(dir, 'none')),
    ['audit', 'verify'],
    ['audit', 'verfy', '--out', out],
  ]);
  for (const { stdout, stderr } of ended) t.notMatch(stdout + stderr, STACK);
  const [pinned, broken, cut, cutPinned, nonsense, none, noOut, typo] = ended;
  t.equal(pinned.exit, 0);
  t.match(broken, { exit: 1, stdout: /^broken: line 2 / });
  t.match(cut, { exit: 0, stdout: /^whole/ }, 'the chain alone cannot tell');
  t.equal(cutPinned.exit, 1, 'a head that was kept elsewhere can');
  t.match(JSON.parse(cutPinned.stdout), { ok: false, broken: -1, isPinned: false });
  t.match(nonsense, { exit: 78, stderr: /audit-head/ });
  t.match(none, { exit: 65, stderr: /audit of a run/ });
  t.equal(noOut.exit, 78);
  t.match(typo, { exit: 78, stderr: /verify/ });
});

t.test('1 000 edits: 1 000 found', async (t) => {
  const lines = linesOf();
  const whole = verifyChain(lines).head;
  const random = sfc32(7, 0);
  let found = 0;
  for (let edit = 0; edit < 1000; edit++) {
    const edited = [...lines];
    const at = below(random, lines.length);
    const place = below(random, lines[at].length);
    const kind = edit % 4;
    if (kind === 0) edited[at] = `${lines[at].slice(0, place)}${lines[at][place] === '1' ? '2' : '1'}${lines[at].slice(place + 1)}`;
    else if (kind === 1) edited.splice(at, 1);
    else if (kind === 2) edited.splice(at, 0, lines[at]);
    else [edited[at], edited[(at + 1) % lines.length]] = [lines[(at + 1) % lines.length], lines[at]];
    const { broken, head } = verifyChain(edited);
    if (broken >= 0 || head.seq !== whole.seq || head.hash !== whole.hash) found++;
  }
  t.equal(found, 1000);
});
