import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import avro from 'avsc';
import t from 'tap';
import type { Summary } from '../../src/runtime/summary.ts';
import { type Ended, STACK, unjoinAll } from './commands.ts';
import { envelopes, filesBelow, POLICY, SMALL, writeBare, writeContainer, writeEnvelopes } from './world.ts';

const VIEWS = ['device-health', 'feature-usage', 'presence-by-area'];
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  'device-health': ['windowEnd', 'level', 'model', 'os'],
  'feature-usage': ['windowEnd', 'level', 'model', 'operation', 'result'],
  'presence-by-area': ['windowEnd', 'level', 'place', 'time'],
};

const dir = t.testdir();
const at = (...path: string[]): string => join(dir, ...path);
const modeOf = (path: string): number => statSync(path).mode & 0o777;
const linesOf = (path: string): string[] => readFileSync(path, 'utf8').split('\n').slice(0, -1);
const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

writeEnvelopes(at('log.ndjson'));
writeEnvelopes(at('short.ndjson'), { devices: 90, count: 120, seed: 5, malformedShare: 0 });
const log = envelopes({ devices: 300, count: 500, seed: 6 });
writeBare(at('bare.ndjson.gz'), log);
const datums = writeContainer(at('devices.avro'), log);

const run = (out: string, input: readonly string[], ...more: string[]): string[] => [
  'run',
  '--policy',
  POLICY,
  '--in',
  ...input.map((name) => at(name)),
  '--out',
  at(out),
  ...more,
];

t.test('a run leaves the files of the contract', async (t) => {
  const [first, avroRun, mixed, short, again] = await unjoinAll([
    run('plain', ['log.ndjson'], '--json'),
    run('avro', ['log.ndjson'], '--keys', at('plain', 'keys'), '--format', 'avro'),
    run('mixed', ['bare.ndjson.gz', 'devices.avro', 'short.ndjson'], '--json'),
    run('twice', ['log.ndjson'], '--json'),
    run('twice', ['short.ndjson'], '--json'),
  ]);
  for (const { exit, stderr } of [first, avroRun, mixed, short, again]) t.equal(exit, 0, stderr);
  const summary = JSON.parse(first.stdout) as Summary;

  t.test('files and modes', async (t) => {
    const views = VIEWS.flatMap((view) => [`views/${view}.avsc`, `views/${view}.manifest.json`, `views/${view}.ndjson`]);
    const keys = ['lineage.key', 'lineage.pub', 'operator.key', 'operator.pub', 'ring.json'].map((name) => `keys/${name}`);
    const files = ['audit.ndjson', 'lineage.ndjson', 'quarantine.ndjson', 'summary.json', ...views, ...keys].sort();
    t.strictSame(filesBelow(at('plain')), files);
    t.equal(modeOf(at('plain', 'summary.json')), 0o600);
    t.equal(modeOf(at('plain', 'keys')), 0o700);
    for (const name of ['lineage.key', 'operator.key', 'ring.json']) t.equal(modeOf(at('plain', 'keys', name)), 0o600, name);
    t.notOk(
      filesBelow(at('avro')).some((name) => name.startsWith('keys')),
      'a ring that was given stays where it is',
    );
    t.notOk(
      readdirSync(dir).some((name) => name.startsWith('.')),
      'nothing is left beside the folders',
    );
  });

  t.test('summary.json is the document of --json, and adds up', async (t) => {
    t.strictSame(JSON.parse(readFileSync(at('plain', 'summary.json'), 'utf8')), summary);
    t.strictSame(Object.keys(summary), ['policy', 'read', 'noView', 'quarantined', 'faults', 'views']);
    t.strictSame(Object.keys(summary.views), VIEWS);
    t.equal(summary.read, SMALL.count);
    t.ok(summary.quarantined > 5, 'some records are malformed');
    t.equal(summary.quarantined, sum(Object.values(summary.faults)));
    let decided = 0;
    for (const view of Object.values(summary.views)) {
      t.strictSame(Object.keys(view), ['released', 'blocked', 'windows', 'smallestClass']);
      decided += sum(view.released) + sum(Object.values(view.blocked));
    }
    t.equal(summary.read, summary.noView + summary.quarantined + decided, 'every record is in one place');
    t.ok(summary.views['device-health'].smallestClass >= 20);
  });

  t.test('views hold exactly the fields of their schemas', async (t) => {
    for (const view of VIEWS) {
      const records = linesOf(at('plain', 'views', `${view}.ndjson`)).map((line) => JSON.parse(line) as Record<string, unknown>);
      const { released } = summary.views[view];
      t.strictSame(
        released.map((_, level) => records.filter((record) => record['level'] === level).length),
        released,
        view,
      );
      const type = avro.Type.forSchema(JSON.parse(readFileSync(at('plain', 'views', `${view}.avsc`), 'utf8')));
      const isSound = (record: Record<string, unknown>): boolean =>
        JSON.stringify(Object.keys(record)) === JSON.stringify(FIELDS[view]) &&
        type.isValid(record) &&
        (record['windowEnd'] as number) % 3_600_000 === 0;
      t.strictSame(
        records.filter((record) => !isSound(record)),
        [],
      );
      const manifest = JSON.parse(readFileSync(at('plain', 'views', `${view}.manifest.json`), 'utf8'));
      const common = { view, subject: 'household', policy: { digest: summary.policy }, guarantees: { guaranteed: [/^at least k/] } };
      t.match(manifest, {
        ...common,
        purpose: /\w/,
        consumers: [/\w/],
        k: Number,
        windowMs: Number,
        path: [{ [FIELDS[view][2]]: String }],
      });
      t.equal(manifest.path.length, released.length);
    }
    t.ok(sum(summary.views['device-health'].released) > 100, 'something was released');
  });

  t.test('Avro views hold the same records, and are read by avsc', async (t) => {
    for (const view of VIEWS) {
      const records: unknown[] = [];
      for await (const record of avro.createFileDecoder(at('avro', 'views', `${view}.avro`)) as unknown as AsyncIterable<unknown>)
        records.push({ ...(record as object) });
      t.strictSame(
        records,
        linesOf(at('plain', 'views', `${view}.ndjson`)).map((line) => JSON.parse(line)),
        view,
      );
    }
    t.match(avroRun.stdout, /^read 1 500, of no view 0, quarantined \d+\n/);
    t.notMatch(avroRun.stdout, /key ring was made/);
    t.match(first.stderr, /A fresh key ring was made in .*plain\/keys/);
  });

  t.test('lines of what happened have their fields and no others', async (t) => {
    const keysOf = (name: string): string[] => [
      ...new Set(linesOf(at('plain', name)).map((line) => Object.keys(JSON.parse(line)).join(' '))),
    ];
    t.strictSame(keysOf('quarantine.ndjson'), ['v reason stage hour size schema sealed']);
    t.strictSame(keysOf('lineage.ndjson'), ['v view windowStart chunk sealed']);
    t.strictSame(keysOf('audit.ndjson'), ['v seq view windowStart windowEnd windows inputs policy controls epoch counts prev hash']);
    t.equal(linesOf(at('plain', 'quarantine.ndjson')).length, summary.quarantined);
    for (const line of linesOf(at('plain', 'audit.ndjson'))) {
      const { view, counts } = JSON.parse(line);
      const k = view === 'presence-by-area' ? 50 : 20;
      t.strictSame(
        [...counts.released, ...Object.values(counts.blocked)].filter((count) => count % k !== 0),
        [],
      );
    }
  });

  t.test('bare events, gzip and containers are read beside envelopes', async (t) => {
    t.match(JSON.parse(mixed.stdout), { read: log.length + datums + 120, quarantined: 0, noView: 0 });
    t.ok(datums > 100);
  });

  t.test('a run replaces an earlier one', async (t) => {
    t.equal(JSON.parse(short.stdout).read, SMALL.count);
    t.equal(JSON.parse(again.stdout).read, 120);
    t.equal(JSON.parse(readFileSync(at('twice', 'summary.json'), 'utf8')).read, 120);
  });
});

t.test('what cannot be ends with its code, says why, and leaves nothing', async (t) => {
  const policyText = readFileSync(POLICY, 'utf8').replaceAll('../', `${join(POLICY, '..', '..')}/`);
  const broken = policyText.replace('role: quasi, ladder: model', 'role: quasi, ladder: modle');
  const line = broken.slice(0, broken.indexOf('modle')).split('\n').length;
  writeFileSync(at('broken.yaml'), broken);
  writeFileSync(at('cut.ndjson.gz'), readFileSync(at('bare.ndjson.gz')).subarray(0, 9000));
  writeFileSync(at('cut.avro'), readFileSync(at('devices.avro')).subarray(0, 9000));
  writeFileSync(at('none.avro'), 'Obj\u0001');
  mkdirSync(at('folder.ndjson'));
  mkdirSync(at('foreign'));
  writeFileSync(at('foreign', 'thesis.txt'), 'years of work');
  mkdirSync(at('keys-alone', 'keys'), { recursive: true });
  writeFileSync(at('keys-alone', 'keys', 'ring.json'), '{}', { mode: 0o600 });
  mkdirSync(at('views-alone', 'views'), { recursive: true });
  writeFileSync(at('views-alone', 'views', 'holiday.jpg'), '');
  writeFileSync(at('views-alone', 'summary.json'), '{}');
  writeFileSync(at('file'), 'x');
  for (const name of ['open-folder', 'open-ring', 'open-key']) mkdirSync(at(name), { mode: 0o700 });
  chmodSync(at('open-folder'), 0o750);
  writeFileSync(at('open-ring', 'ring.json'), readFileSync(at('plain', 'keys', 'ring.json')));
  chmodSync(at('open-ring', 'ring.json'), 0o640);
  writeFileSync(at('open-key', 'operator.key'), readFileSync(at('plain', 'keys', 'operator.key')));
  chmodSync(at('open-key', 'operator.key'), 0o604);
  const before = filesBelow(dir);
  const good = ['log.ndjson'];

  const cases: readonly (readonly [what: string, args: readonly string[], exit: number, stderr: RegExp])[] = [
    ['a bad policy', ['run', '--policy', at('broken.yaml'), '--in', at('log.ndjson'), '--out', at('new')], 78, new RegExp(`broken\\.yaml:${line}:\\d+ error \\S+: `)], // biome-ignore format: a table
    ['no policy', ['run', '--policy', at('no.yaml'), '--in', at('log.ndjson'), '--out', at('new')], 78, /policy-missing/],
    ['a folder as policy', ['run', '--policy', dir, '--in', at('log.ndjson'), '--out', at('new')], 78, /policy-missing/],
    ['a truncated gzip', run('new', [...good, 'cut.ndjson.gz']), 65, /unreadable/],
    ['a truncated container', run('new', [...good, 'cut.avro']), 65, /unreadable/],
    ['a container without a header', run('new', ['none.avro']), 65, /unreadable/],
    ['a folder as input', run('new', [...good, 'folder.ndjson']), 65, /input-is-folder/],
    ['a missing input', run('new', [...good, 'typo.ndjson']), 65, /input-missing/],
    ['a key folder that others can open', run('new', good, '--keys', at('open-folder')), 77, /key-file-mode/],
    ['a key ring that others can read', run('new', good, '--keys', at('open-ring')), 77, /key-file-mode/],
    ['a private key that others can read', run('new', good, '--keys', at('open-key')), 77, /key-file-mode/],
    ['an output folder with files of others', run('foreign', good), 78, /out-not-empty/],
    ['an output folder with only a key ring', run('keys-alone', good), 78, /out-not-empty/],
    ['an output folder with files of others in views', run('views-alone', good), 78, /out-not-empty/],
    ['a file as output', run('file', good), 78, /out-not-empty/],
    ['an output folder below a file', run('file/new', good), 69, /unwritable/],
    [
      'an output folder where none can be made',
      ['run', '--policy', POLICY, '--in', at('short.ndjson'), '--out', '/proc/missing/out'],
      69,
      /unwritable/,
    ],
    ['keys inside the folder that is replaced', run('plain', good, '--keys', at('plain', 'keys')), 78, /keys-in-out/],
    ['keys that are the folder that is replaced', run('new', good, '--keys', at('new')), 78, /keys-in-out/],
    ['controls that nobody could have signed', run('new', good, '--controls', at('c.ndjson')), 78, /controls-without-signers/],
    [
      'a demo into a folder with files of others',
      ['demo', '--events', '10', '--devices', '10', '--out', at('foreign')],
      78,
      /out-not-empty/,
    ],
    ['a demo of no number', ['demo', '--events', 'x', '--out', at('new')], 78, /whole number/],
    ['a demo of no devices', ['demo', '--devices', '0', '--out', at('new')], 78, /simulate-option/],
    ['an unreadable input with --json', run('new', ['cut.ndjson.gz'], '--json'), 65, /unreadable/],
  ];
  const ended = await unjoinAll(cases.map(([, args]) => args));
  for (const [i, [what, args, exit, stderr]] of cases.entries()) {
    const { exit: code, stdout, stderr: said } = ended[i] as Ended;
    t.equal(code, exit, what);
    t.match(said, stderr, what);
    t.notMatch(stdout + said, STACK, what);
    if (args.includes('--json')) t.match(JSON.parse(stdout), { error: { code: 'unreadable', exit: 65, expected: String, next: String } });
    else t.equal(stdout, '', what);
  }
  // A ring that is opened before the input is read may be completed with the pair that it lacked; it is not an output.
  const isKey = (name: string): boolean => /^open-\w+\//.test(name);
  t.strictSame(
    filesBelow(dir).filter((name) => !isKey(name)),
    before.filter((name) => !isKey(name)),
  );
  t.equal(readFileSync(at('foreign', 'thesis.txt'), 'utf8'), 'years of work');
});
