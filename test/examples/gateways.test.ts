import { appendFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadPlan, policyFiles } from '../../src/runtime/policy-files.ts';
import { runFiles } from '../../src/runtime/run-files.ts';
import { readRun } from '../../src/runtime/verify-files.ts';
import { formatReport, type Report, verifyRun } from '../../src/verify/index.ts';
import { gatewaySamples } from '../../tools/gateway-samples.ts';
import { drift, TOP } from '../../tools/generated.ts';
import { agreed, readBoth, tellLine, tellRecord } from '../verify/gateway-world.ts';
import { EXPECTED, folder, GATEWAYS } from './gateways.ts';

const verify = (gateway: string, out: string): Promise<Report> => {
  const policy = join(folder(gateway), 'policy.yaml');
  const run = readRun({ in: [join(folder(gateway), 'sample.ndjson')], out });
  return verifyRun({ policyText: readFileSync(policy, 'utf8'), policyFile: policy, ...policyFiles(policy), ...run });
};

/** Everything that a run left, keys apart. */
const leftIn = (out: string): string =>
  readdirSync(out, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.startsWith('keys') && statSync(join(out, name)).isFile())
    .map((name) => readFileSync(join(out, name), 'latin1'))
    .join('\n');

/** Ids as the samples make them: of homes, devices and gateways, addresses, users. */
const IDS =
  /home-[0-9a-f]{8}|dev-[0-9a-f]{10}|gw-[0-9a-f]{8}|user-[0-9a-f]{8}|00:00:5e:00:53:[0-9a-f]{2}|0x00005efffe[0-9a-f]{6}|198\.51\.100\.\d+|[0-9a-f]{8}-000\d-4000-8000-[0-9a-f]{12}/g;

t.test('samples are what the tool makes', async (t) => {
  t.same(drift(gatewaySamples()), []);
  t.same(Object.keys(EXPECTED).sort(), readdirSync(join(TOP, 'examples/gateways')).sort());
});

for (const gateway of GATEWAYS) {
  t.test(gateway, async (t) => {
    const dir = t.testdir();
    const out = join(dir, 'out');
    const { quarantined, noView = 0, released, blocked, faults, secret } = EXPECTED[gateway];
    const sample = readFileSync(join(folder(gateway), 'sample.ndjson'), 'utf8');
    const { plan, issues } = loadPlan(join(folder(gateway), 'policy.yaml'));
    if (plan === null) throw new Error(issues.map(({ code, line }) => `${code} (line ${line})`).join(', '));
    t.ok(
      issues.every(({ severity }) => severity === 'warning'),
      'the policy lints',
    );
    const summary = await runFiles({ plan, inputs: [join(folder(gateway), 'sample.ndjson')], out, format: 'ndjson' });
    t.match(summary, { read: sample.trim().split('\n').length, quarantined, noView, faults });
    t.match(Object.values(summary.views)[0], { released, blocked });

    const report = await verify(gateway, out);
    t.ok(report.ok, formatReport(report).join('\n'));
    const left = leftIn(out);
    const ids = [...new Set(sample.match(IDS))];
    t.ok(ids.length > 29, 'the sample has ids');
    t.same(
      ids.filter((id) => left.includes(id)),
      [],
      'no id is left',
    );

    const [, id] = secret.exec(sample) as RegExpExecArray;
    appendFileSync(join(out, 'debug.log'), `retrying ${id}\n`);
    const leaked = await verify(gateway, out);
    t.same(
      leaked.findings.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id),
      ['I7'],
      'an id that leaks is found',
    );
  });
}

t.test('names that only a faulty record tells are searched for, too', async (t) => {
  const zigbee = { topic: 'homes.home-77aa31bc.zigbee2mqtt', key: 'zigbee2mqtt/bedside lamp', value: { state: 'ON', colour: 'red' } };
  const payload = JSON.stringify({ model: 'door-lock-2', mac: '00:00:5e:00:53:fe', operation: 'unlock', pin: '0000' });
  const emqx = {
    topic: 'emqx.smart-home',
    key: 'dev-x',
    value: { id: '1', clientid: 'dev-x', topic: 'homes/a/b/operation', timestamp: 1, payload },
  };
  const faulty: readonly (readonly [string, object, string])[] = [
    ['zigbee2mqtt', zigbee, 'bedside lamp'],
    ['zigbee2mqtt', zigbee, 'home-77aa31bc'],
    ['emqx', emqx, '00-00-5E-00-53-FE'],
  ]; // biome-ignore format: a table
  const top = t.testdir();
  for (const [i, [gateway, members, secret]] of faulty.entries()) {
    const dir = join(top, `${i}`);
    mkdirSync(dir);
    const out = join(dir, 'out');
    const input = join(dir, 'log.ndjson');
    writeFileSync(input, `${JSON.stringify({ partition: 0, offset: 0, timestamp: 1_767_600_000_000, headers: {}, ...members })}\n`);
    const policy = join(folder(gateway), 'policy.yaml');
    const { plan } = loadPlan(policy);
    if (plan === null) throw new Error('the policy does not load');
    const { quarantined } = await runFiles({ plan, inputs: [input], out, format: 'ndjson' });
    t.equal(quarantined, 1);
    const check = async (): Promise<string[]> => {
      const given = { policyText: readFileSync(policy, 'utf8'), policyFile: policy, ...policyFiles(policy) };
      const { findings } = await verifyRun({ ...given, ...readRun({ in: [input], out }) });
      return findings.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id);
    };
    t.same(await check(), []);
    appendFileSync(join(out, 'debug.log'), `cannot read ${secret}\n`);
    t.same(await check(), ['I7'], secret);
  }
});

t.test('the same records on Kafka are read alike', async (t) => {
  for (const gateway of GATEWAYS) {
    const names = readdirSync(folder(gateway)).filter((name) => /\.(avsc|csv)$/.test(name));
    const texts = Object.fromEntries(names.map((name) => [name, readFileSync(join(folder(gateway), name), 'utf8')]));
    const both = readBoth(readFileSync(join(folder(gateway), 'policy.yaml'), 'utf8'), texts);
    for (const line of readFileSync(join(folder(gateway), 'sample.ndjson'), 'utf8')
      .trim()
      .split('\n')) {
      const { topic, timestamp, key, headers, value } = JSON.parse(line);
      const file = agreed(tellLine(both, Buffer.from(line)));
      const record = { key: key === null ? null : Buffer.from(key), value: Buffer.from(JSON.stringify(value)) };
      const kafka = agreed(tellRecord(both, topic, { ...record, headers: Object.entries<string>(headers), timestampDelta: 0 }));
      // A batch has a time of its own.
      t.same({ ...kafka, texts: { ...kafka.texts, appended: '' } }, { ...file, texts: { ...file.texts, appended: '' } }, `${timestamp}`);
    }
  }
});
