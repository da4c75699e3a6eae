import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { sourceSchemas } from '../../src/cli/assets.ts';
import { createContainer } from '../../src/encode/container.ts';
import type { Summary } from '../../src/runtime/summary.ts';
import { ended, startUnjoin, unjoinAll } from '../cli/commands.ts';
import { filesBelow, POLICY } from '../cli/world.ts';
import { createCanaries } from './canaries.ts';
import { canaryLog } from './canary-log.ts';
import { createSearch, formsOf } from './forms.ts';

const canaries = createCanaries('canary');
const log = canaryLog(canaries);
const search = createSearch(new Set(canaries.all));
const dir = t.testdir();
const at = (...path: string[]): string => join(dir, ...path);
const joined = (lines: readonly Buffer[]): Buffer => Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]));

/** k as low as policies may have it, so that few canaries are enough for classes to leave. */
const policy = readFileSync(POLICY, 'utf8')
  .replaceAll('../', `${join(POLICY, '..', '..')}/`)
  .replaceAll(/k: (20|50)/g, 'k: 12')
  .replace('events:\n', 'limits: { recordBytes: 32768 }\nevents:\n');
writeFileSync(at('policy.yaml'), policy);
writeFileSync(at('envelopes.ndjson'), joined(log.envelopes));
writeFileSync(at('bare.ndjson.gz'), gzipSync(joined(log.bare)));
const container = createContainer('canaries', JSON.stringify(sourceSchemas().device));
const devices = Buffer.concat([container.header, container.block(log.datums)]);
writeFileSync(at('devices.avro'), devices);
writeFileSync(at('cut.ndjson.gz'), readFileSync(at('bare.ndjson.gz')).subarray(0, -2000));
writeFileSync(at('cut.avro'), devices.subarray(0, devices.length - 100));
writeFileSync(at('bad.avro'), Buffer.concat([container.header, Buffer.from([2, 0xff, 0xff, 1]), log.datums[0]]));

const input = ['--policy', at('policy.yaml'), '--in', at('envelopes.ndjson'), at('bare.ndjson.gz'), at('devices.avro')];

t.test('no identifier, in any form, leaves by any file, name or word', async (t) => {
  t.ok(canaries.all.length > 2000, `${canaries.all.length} canaries`);
  const talk: Record<string, string> = {};
  const first = await ended(startUnjoin('run', ...input, '--out', at('plain'), '--json'));
  talk['run'] = first.stdout + first.stderr;
  t.equal(first.exit, 0, first.stderr);
  const more: Readonly<Record<string, readonly [exit: number, args: readonly string[]]>> = {
    avro: [0, ['run', ...input, '--out', at('avro'), '--keys', at('plain', 'keys'), '--format', 'avro']],
    verify: [0, ['verify', ...input, '--out', at('plain'), '--second', at('avro'), '--json']],
    'explain a bare record': [0, ['explain', '--out', at('plain'), 'file:1:0']],
    'explain an envelope': [0, ['explain', '--out', at('plain'), 'telemetry.device:1:0', '--json']],
    'a truncated gzip': [65, ['run', '--policy', at('policy.yaml'), '--in', at('cut.ndjson.gz'), '--out', at('none')]],
    'a truncated container': [65, ['run', '--policy', at('policy.yaml'), '--in', at('cut.avro'), '--out', at('none'), '--json']],
    'a broken container': [65, ['run', '--policy', at('policy.yaml'), '--in', at('bad.avro'), '--out', at('none')]],
    'an input as policy': [78, ['run', '--policy', at('envelopes.ndjson'), '--in', at('bad.avro'), '--out', at('none')]],
    'a bare input as policy': [78, ['lint', at('devices.avro'), at('bare.ndjson.gz')]],
    'another run': [1, ['verify', '--policy', at('policy.yaml'), '--in', at('envelopes.ndjson'), '--out', at('plain'), '--json']],
  };
  const others = await unjoinAll(Object.values(more).map(([, args]) => args));
  for (const [i, [what, [exit]]] of Object.entries(more).entries()) {
    talk[what] = others[i].stdout + others[i].stderr;
    t.equal(others[i].exit, exit, `${what}: ${exit === 0 ? talk[what] : ''}`);
  }

  const summary = JSON.parse(first.stdout) as Summary;
  for (const [view, { released }] of Object.entries(summary.views)) t.ok(released[0] >= 12, `${view} released`);
  t.ok(summary.quarantined > 100);
  t.strictSame(
    [...Object.keys(summary.faults)].sort(),
    ['avro-trailing-bytes', 'bad-append-time', 'bad-avro', 'bad-base64', 'bad-event-time', 'bad-json', 'bad-text', 'duplicate-key', 'envelope-incomplete', 'missing-field', 'no-append-time', 'no-prefix', 'no-value', 'not-an-object', 'offset-repeated', 'oversize', 'reserved-topic', 'too-deep', 'unknown-event', 'unknown-field', 'unknown-schema', 'wrong-type'], // biome-ignore format: a list
    'the malformed records went wrong in every way',
  );

  for (const [what, text] of Object.entries(talk)) t.strictSame(search.in(Buffer.from(text)), [], what);
  for (const out of ['plain', 'avro']) {
    const files = filesBelow(at(out)).filter((name) => !name.startsWith('keys/'));
    t.strictSame(search.in(Buffer.from(files.join('\n'))), [], 'names of files');
    for (const name of files) t.strictSame(search.in(readFileSync(at(out, name))), [], `${out}/${name}`);
  }
  t.strictSame(
    filesBelow(dir).filter((name) => name.startsWith('none')),
    [],
  );
});

t.test('the search finds what is there: every form of every kind of value', async (t) => {
  const kinds = canaries.all.slice(0, 60);
  for (const value of new Set(kinds)) {
    const { folded, exact } = formsOf(value);
    for (const form of [...folded, ...exact]) {
      const found = search.in(Buffer.from(`{"level":0,"model":"x${form}y"}`));
      if (!found.includes(value)) t.fail(`a form of ${value} is not found: ${form}`);
    }
    for (const text of [value, value.toUpperCase(), value.replaceAll(/[:-]/g, '.'), Buffer.from(`..${value}..`).toString('base64')]) {
      if (!search.in(Buffer.from(`{"model":"${text}"}`)).includes(value)) t.fail(`${value} is not found as ${text}`);
    }
  }
  t.strictSame(search.in(Buffer.from('{"windowEnd":1767610800000,"level":0,"model":"plug","os":"linux 5.10"}')), []);
  // A file that a run left, with one value planted in it.
  const [planted] = kinds;
  const view = readFileSync(at('plain', 'views', 'device-health.ndjson'), 'utf8');
  t.strictSame(search.in(Buffer.from(view.replace('"model":"', `"model":"${planted}`))), [planted]);
  const quarantine = readFileSync(at('plain', 'quarantine.ndjson'), 'utf8').replace(
    '"sealed":"',
    `"sealed":"${Buffer.from(`record of ${planted}.`).toString('base64')}`,
  );
  t.strictSame(search.in(Buffer.from(quarantine)), [planted], 'also in what should be sealed');
});
