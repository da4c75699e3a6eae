import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { isReleased, REASONS } from '../../src/model/verdict.ts';
import { openQuarantine } from '../../src/record/quarantine.ts';
import { lineageKeys, readLineage } from '../../src/runtime/explain-files.ts';
import { loadPrivateKey } from '../../src/runtime/keys/recipients.ts';
import { runFiles } from '../../src/runtime/run-files.ts';
import { smartHome } from '../properties/world.ts';
import { STACK, unjoinAll } from './commands.ts';
import { writeEnvelopes } from './world.ts';

const dir = t.testdir();
const out = join(dir, 'out');

/** The first coordinate of a run's lineage whose verdict is wanted. */
const firstWith = async (wanted: (verdict: number) => boolean): Promise<string> => {
  for await (const { sources, rows } of readLineage(out, lineageKeys(join(out, 'keys', 'lineage.key')))) {
    const row = rows.find(({ verdict }) => wanted(verdict));
    if (row !== undefined) return `${sources[row.source].topic}:${sources[row.source].partition}:${row.offset}`;
  }
  throw new Error('the run has no such record');
};

t.test('explain says what became of a record, and what would let it pass', async (t) => {
  writeEnvelopes(join(dir, 'log.ndjson'));
  await runFiles({ plan: smartHome(), inputs: [join(dir, 'log.ndjson')], out, format: 'ndjson' });
  const released = await firstWith(isReleased);
  const blocked = await firstWith((verdict) => verdict === REASONS.k.code);
  const operator = loadPrivateKey(join(out, 'keys', 'operator.key'));
  const row = openQuarantine(readFileSync(join(out, 'quarantine.ndjson'), 'utf8').split('\n')[0], operator);
  if (!row.ok) throw new Error('the quarantine does not open');
  const quarantined = `${row.value.topic}:${row.value.partition}:${row.value.offset}`;
  const unknown = 'telemetry.device:0:999999999';
  chmodSync(join(out, 'keys', 'operator.key'), 0o644);

  const explain = (...args: string[]): string[] => ['explain', '--out', out, ...args];
  const ended = await unjoinAll([
    explain(released),
    explain(released, '--json'),
    explain(blocked),
    explain(blocked, '--json'),
    explain(quarantined),
    explain(unknown, '--json'),
    explain('nonsense'),
    explain(released, '--lineage-key', join(out, 'keys', 'operator.key')),
    explain(released, '--lineage-key', join(out, 'keys', 'none.key')),
    ['explain', '--out', join(dir, 'none'), released],
    ['explain', released],
  ]);
  for (const { stdout, stderr } of ended) t.notMatch(stdout + stderr, STACK);
  const [yes, yesJson, no, noJson, faulty, never, nonsense, open, none, noRun, noOut] = ended;

  t.match(yes, {
    exit: 0,
    stdout: /^\S+ {2}window \d{4}-\S+Z {2}released at level \d\n {2}why: .+at least \d+ households.+\n {2}finer: .+\n$/,
  });
  const [topic, partition, offset] = released.split(':');
  const at = { topic, partition: Number(partition), offset: Number(offset) };
  const told = { view: String, windowStart: Number, verdict: 'released', level: Number, reason: null, meaning: String, remedy: String };
  t.match(JSON.parse(yesJson.stdout), { ...at, views: [told] });
  t.strictSame(Object.keys(JSON.parse(yesJson.stdout).views[0]), Object.keys(told));

  t.match(no, {
    exit: 0,
    stdout: /blocked: k\n {2}why: .*fewer than k distinct subjects.*k \d+, counted in households\)\n {2}to pass: .+\n$/,
  });
  t.match(JSON.parse(noJson.stdout), { views: [{ verdict: 'blocked', level: null, reason: 'k', remedy: /coarser|longer|fewer/ }] });

  t.match(faulty, { exit: 1, stdout: /lineage does not know this record: it was quarantined, / });
  t.match(never, { exit: 1 });
  t.match(JSON.parse(never.stdout), { topic: 'telemetry.device', partition: 0, offset: 999_999_999, views: [] });

  t.match(nonsense, { exit: 78, stdout: '', stderr: /coordinate/ });
  t.match(open, { exit: 77, stdout: '', stderr: /key-file-mode/ });
  t.match(none, { exit: 77, stdout: '', stderr: /lineage-key-missing/ });
  t.match(noRun, { exit: 65, stdout: '', stderr: /out-missing/ });
  t.match(noOut, { exit: 78, stdout: '', stderr: /--out/ });
});
