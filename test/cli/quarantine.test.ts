import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runFiles } from '../../src/runtime/run-files.ts';
import { smartHome } from '../properties/world.ts';
import { STACK, unjoinAll } from './commands.ts';
import { writeEnvelopes } from './world.ts';

const dir = t.testdir();
const out = join(dir, 'out');

t.test('quarantine list says why, with the key also where, and never what', async (t) => {
  writeEnvelopes(join(dir, 'log.ndjson'));
  const summary = await runFiles({ plan: smartHome(), inputs: [join(dir, 'log.ndjson')], out, format: 'ndjson' });
  const key = join(out, 'keys', 'operator.key');
  const list = (...more: string[]): string[] => ['quarantine', 'list', '--out', out, ...more];
  const ended = await unjoinAll([
    list(),
    list('--json'),
    list('--key', key, '--json'),
    list('--key', key),
    list('--key', join(out, 'keys', 'lineage.key')),
    list('--key', join(out, 'keys', 'none.key')),
    ['quarantine', 'list', '--out', join(dir, 'none')],
  ]);
  for (const { stdout, stderr } of ended) t.notMatch(stdout + stderr, STACK);
  const [heads, headsJson, opened, openedText, other, noKey, noRun] = ended;
  t.match(heads, { exit: 0, stdout: /^reason +records +what to do\n/ });
  const told = JSON.parse(headsJson.stdout) as { reasons: Record<string, number>; rows: Record<string, unknown>[] };
  t.equal(
    Object.values(told.reasons).reduce((sum, count) => sum + count, 0),
    summary.quarantined,
  );
  t.equal(told.rows.length, summary.quarantined);
  t.strictSame(Object.keys(told.rows[0]), ['reason', 'stage', 'hour', 'size', 'schema'], 'without the key: nothing of whose it was');

  const rows = (JSON.parse(opened.stdout) as { rows: { at: string }[] }).rows;
  t.equal(new Set(rows.map(({ at }) => at)).size, rows.length, 'each record has a place of its own');
  t.match(openedText.stdout, new RegExp(`^${rows[0].at} {2}`));
  const lines = readFileSync(join(dir, 'log.ndjson'), 'utf8');
  for (const id of new Set(lines.match(/"deviceId":"[^"]+"/g)))
    t.notOk((opened.stdout + openedText.stdout).includes(id.slice('"deviceId":"'.length, -1)), 'no identifier of a record');
  t.match(other, { exit: 65, stderr: /does not open/ });
  t.match(noKey, { exit: 77, stderr: /operator-key-missing/ });
  t.match(noRun, { exit: 65, stderr: /quarantine of a run/ });
});
