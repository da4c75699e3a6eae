import { appendFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import avro from 'avsc';
import t from 'tap';
import { sourceSchemas } from '../../src/cli/assets.ts';
import { createContainer } from '../../src/encode/container.ts';
import { policyFiles } from '../../src/runtime/policy-files.ts';
import { runFiles } from '../../src/runtime/run-files.ts';
import type { Summary } from '../../src/runtime/summary.ts';
import { readRun } from '../../src/runtime/verify-files.ts';
import { formatReport, type Report, verifyRun } from '../../src/verify/index.ts';
import { envelopes, POLICY } from '../cli/world.ts';
import { smartHome } from '../properties/world.ts';

/** The checker searches every identifier in every form; a small fleet has few. */
const FLEET = { devices: 120, count: 300, seed: 5, spanMs: 3_600_000 } as const;

const log = envelopes(FLEET);

const verify = (inputs: readonly string[], out: string): Promise<Report> =>
  verifyRun({ policyText: readFileSync(POLICY, 'utf8'), policyFile: POLICY, ...policyFiles(POLICY), ...readRun({ in: inputs, out }) });

const run = async (inputs: readonly string[], out: string): Promise<{ summary: Summary; report: Report }> => {
  const summary = await runFiles({ plan: smartHome(), inputs, out, format: 'ndjson' });
  return { summary, report: await verify(inputs, out) };
};

const failing = ({ findings }: Report): string[] => findings.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id);

const written = (path: string, lines: readonly unknown[]): string => {
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return path;
};

t.test('run and checker agree on a container whose second block loses its place', async (t) => {
  const dir = t.testdir();
  const schema = sourceSchemas().device;
  const type = avro.Type.forSchema(schema as avro.Schema);
  const records = log
    .filter(({ topic }) => topic.endsWith('.device'))
    .map(({ timestamp, value }) => type.toBuffer({ ...value, receivedAt: timestamp }));
  const lost = records.slice(20, 40).map((bytes, i) => (i === 5 ? Buffer.alloc(bytes.length, 0xff) : bytes));
  const { header, block } = createContainer('fleet', JSON.stringify(schema));
  const path = join(dir, 'devices.avro');
  writeFileSync(path, Buffer.concat([header, block(records.slice(0, 20)), block(lost), block(records.slice(40))]));
  const { summary, report } = await run([path], join(dir, 'out'));
  t.equal(summary.read, records.length - 14, 'fifteen records are one');
  t.equal(summary.quarantined, 1);
  t.ok(report.ok, formatReport(report).join('\n'));
});

t.test('run and checker agree on two files that overlap, in either order', async (t) => {
  const dir = t.testdir();
  const older = written(join(dir, 'older.ndjson'), log.slice(0, 180));
  const newer = written(join(dir, 'newer.ndjson'), log.slice(120));
  const { summary, report } = await run([older, newer], join(dir, 'out'));
  t.equal(summary.read, log.length + 60);
  t.equal(summary.quarantined, 60, 'what both hold is taken once');
  t.ok(report.ok, formatReport(report).join('\n'));
  const wrong = await run([newer, older], join(dir, 'wrong'));
  t.ok(wrong.summary.quarantined >= 60, 'what is behind the newer piece is late for ever, and told');
  t.ok(wrong.report.ok, formatReport(wrong.report).join('\n'));
});

t.test('identifiers are found in files that no view has, and in the names of undeclared topics', async (t) => {
  const dir = t.testdir();
  const topic = 'client-7f31c9d2ab.device';
  const device = log.find((one) => one.topic.endsWith('.device'));
  const input = written(join(dir, 'log.ndjson'), [...log, { ...device, topic, partition: 0, offset: 0 }]);
  const out = join(dir, 'out');
  const { report } = await run([input], out);
  t.ok(report.ok, formatReport(report).join('\n'));
  for (const [name, text] of Object.entries({ 'views/more.ndjson': `{"d":"${device?.value['deviceId']}"}`, 'run.log': `from ${topic}` })) {
    const told = join(dir, name.replace('/', '-'));
    cpSync(out, told, { recursive: true });
    appendFileSync(join(told, name), `${text}\n`);
    t.strictSame(failing(await verify([input], told)), ['I7'], name);
  }
});
