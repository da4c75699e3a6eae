import { appendFileSync, chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Plan } from '../../src/model/plan.ts';
import { runFiles } from '../../src/runtime/run-files.ts';
import { smartHome } from '../properties/world.ts';
import { STACK, unjoinAll } from './commands.ts';
import { envelopes, POLICY, writeBare, writeContainer, writeEnvelopes } from './world.ts';

/** The checker searches every identifier in every form; a small fleet has few. */
const FLEET = { devices: 240, count: 600, seed: 8, spanMs: 3_600_000 } as const;

const dir = t.testdir();
const at = (...path: string[]): string => join(dir, ...path);

t.test('verify judges runs by what they left', async (t) => {
  const plan: Plan = smartHome();
  writeEnvelopes(at('log.ndjson'), { ...FLEET, malformedShare: 0.01 });
  const inputs = [at('log.ndjson')];
  const keys = at('keys');
  await runFiles({ plan, inputs, out: at('one'), format: 'ndjson', keys });
  await runFiles({ plan, inputs, out: at('two'), format: 'avro', keys });
  const log = envelopes(FLEET);
  writeBare(at('bare.ndjson.gz'), log);
  writeContainer(at('devices.avro'), log);
  const mixed = [at('bare.ndjson.gz'), at('devices.avro')];
  await runFiles({ plan, inputs: mixed, out: at('mixed'), format: 'ndjson' });

  // Runs that somebody laid hands on: one record more, one value changed, one line of what happened less.
  const copy = (name: string): string => {
    cpSync(at('one'), at(name), { recursive: true });
    return at(name);
  };
  const view = (name: string): string => join(copy(name), 'views', 'device-health.ndjson');
  const [first] = readFileSync(at('one', 'views', 'device-health.ndjson'), 'utf8').split('\n');
  appendFileSync(view('more'), `${first}\n`);
  const changed = view('changed');
  writeFileSync(changed, readFileSync(changed, 'utf8').replace(/"os":"[^"]+"/, '"os":"Plan 9"'));
  for (const [name, file] of Object.entries({ unaudited: 'audit.ndjson', unknown: 'lineage.ndjson', lost: 'quarantine.ndjson' })) {
    const path = join(copy(name), file);
    writeFileSync(path, readFileSync(path, 'utf8').replace(/.*\n/, ''));
  }
  mkdirSync(at('open'), { mode: 0o700 });
  writeFileSync(at('open', 'lineage.key'), readFileSync(join(keys, 'lineage.key')));
  chmodSync(at('open', 'lineage.key'), 0o644);
  writeFileSync(at('garbage.pem'), '-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n', { mode: 0o600 });
  writeFileSync(at('cut.ndjson.gz'), readFileSync(at('bare.ndjson.gz')).subarray(0, 5000));
  writeFileSync(at('bad.yaml'), 'unjoin: 2\n');

  const verify = (out: string, ...more: string[]): string[] =>
    ['verify', '--policy', POLICY, '--in', ...inputs, '--out', at(out), '--keys', keys, ...more]; // biome-ignore format: a line
  const passing = [
    verify('one', '--second', at('two')),
    verify('two', '--second', at('one'), '--json'),
    ['verify', '--policy', POLICY, '--in', ...mixed, '--out', at('mixed'), '--json'],
  ];
  const failing: Readonly<Record<string, readonly [args: readonly string[], id: string]>> = {
    'a record more': [verify('more', '--json'), 'I1'],
    'a value changed': [verify('changed', '--json'), 'I1'],
    'an audit line less': [verify('unaudited', '--json'), 'I2'],
    'a chunk of lineage less': [verify('unknown', '--json'), 'I1'],
    'a row of quarantine less': [verify('lost', '--json'), 'I19'],
    'another multiset than the second run': [verify('one', '--second', at('more'), '--json'), 'I18'],
    'the input of another run': [['verify', '--policy', POLICY, '--in', ...mixed, '--out', at('one'), '--keys', keys, '--json'], 'I1'],
  };
  const refused: Readonly<Record<string, readonly [args: readonly string[], exit: number, stderr: RegExp]>> = {
    'a private key that others can read': [verify('one', '--lineage-key', at('open', 'lineage.key')), 77, /key-file-mode/],
    'no key': [verify('one', '--lineage-key', at('garbage.pem')), 77, /key-file-broken/],
    'a bad policy': [['verify', '--policy', at('bad.yaml'), '--in', ...inputs, '--out', at('one')], 78, /bad\.yaml:1:\d+ error/],
    'no run': [verify('none'), 65, /out-missing/],
    'no second run': [verify('one', '--second', at('none')), 65, /out-missing/],
    'a missing input': [['verify', '--policy', POLICY, '--in', at('typo'), '--out', at('one')], 65, /input-missing/],
    'a truncated input': [
      ['verify', '--policy', POLICY, '--in', at('cut.ndjson.gz'), '--out', at('one'), '--keys', keys],
      65,
      /unreadable/,
    ],
  };
  const ended = await unjoinAll([
    ...passing,
    ...Object.values(failing).map(([args]) => args),
    ...Object.values(refused).map(([args]) => args),
  ]);
  for (const { stdout, stderr } of ended) t.notMatch(stdout + stderr, STACK);

  const [plain, json, other] = ended;
  t.equal(plain.exit, 0, plain.stdout);
  const lines = plain.stdout.trimEnd().split('\n');
  t.strictSame(
    lines.map((line) => line.split(/ +/)[0]),
    [...Array.from({ length: 19 }, (_, i) => `I${i + 1}`), 'pass'],
  );
  t.match(lines[17], /^I18 pass/, 'two runs with the same keys release the same');
  for (const { exit, stdout } of [json, other]) {
    t.equal(exit, 0, stdout);
    t.match(JSON.parse(stdout), { ok: true, findings: [{ id: 'I1', verdict: 'pass', count: 0, first: null, note: '' }] });
  }
  for (const [i, [what, [, id]]] of Object.entries(failing).entries()) {
    const { exit, stdout } = ended[passing.length + i];
    t.equal(exit, 1, what);
    const { ok, findings } = JSON.parse(stdout) as {
      ok: boolean;
      findings: { id: string; verdict: string; count: number; first: string }[];
    };
    const found = findings.find((finding) => finding.id === id);
    t.match({ ok, found }, { ok: false, found: { verdict: 'fail', first: /\w/ } }, `${what}: ${id}`);
    t.ok((found?.count ?? 0) > 0);
  }
  for (const [i, [what, [, exit, said]]] of Object.entries(refused).entries()) {
    const { exit: code, stdout, stderr } = ended[passing.length + Object.keys(failing).length + i];
    t.equal(code, exit, what);
    t.match(stderr, said, what);
    t.equal(stdout, '', what);
  }
  rmSync(at('one'), { recursive: true });
  t.notOk(existsSync(at('none')), 'verify makes nothing');
});
