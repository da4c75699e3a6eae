import { appendFileSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadPlan, policyFiles } from '../../src/runtime/policy-files.ts';
import { runFiles } from '../../src/runtime/run-files.ts';
import { readRun } from '../../src/runtime/verify-files.ts';
import { formatReport, type Report, verifyRun } from '../../src/verify/index.ts';
import { gatewaySamples, type SAMPLES } from '../../tools/gateway-samples.ts';
import { drift, TOP } from '../../tools/generated.ts';
import { agreed, readBoth, tellLine, tellRecord } from '../verify/gateway-world.ts';

type Gateway = keyof typeof SAMPLES;

/** What must become of a sample, and an identifier that stands in it outside of every value (or deep in one). */
interface Expected {
  readonly quarantined: number;
  readonly noView?: number;
  readonly released: number[];
  readonly blocked: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
  readonly secret: RegExp;
}

const EXPECTED: Readonly<Record<Gateway, Expected>> = {
  hono: {
    quarantined: 3,
    released: [48, 0],
    blocked: { k: 12 },
    faults: { 'identity-missing': 2, 'not-constant': 1 },
    secret: /"key":"(dev-[0-9a-f]+)"/,
  },
  zigbee2mqtt: {
    quarantined: 2,
    released: [24, 0],
    blocked: { folded: 30, k: 6 },
    faults: { 'pattern-mismatch': 1, 'identity-missing': 1 },
    secret: /"topic":"homes\.(home-[0-9a-f]+)\./,
  },
  emqx: {
    quarantined: 3,
    released: [24, 0],
    blocked: { duplicate: 1, folded: 29, k: 6 },
    faults: { 'bad-json': 1, 'pattern-mismatch': 1, 'unknown-field': 1 },
    secret: /mac\\":\\"([0-9a-f:]+)/,
  },
  sparkplug: {
    quarantined: 3,
    noView: 60,
    released: [24, 0],
    blocked: { folded: 30, k: 6 },
    faults: { 'name-doubled': 1, 'unknown-event': 2 },
    secret: /"key":"spBv1\.0\/home-[0-9a-f]+\/DDATA\/(gw-[0-9a-f]+)/,
  },
  tuya: {
    quarantined: 2,
    released: [48, 0],
    blocked: { k: 12 },
    faults: { 'unknown-field': 1, 'name-doubled': 1 },
    secret: /"devId":"(dev-[0-9a-f]+)"/,
  },
  cloudevents: {
    quarantined: 3,
    released: [24, 0],
    blocked: { duplicate: 1, folded: 29, k: 6 },
    faults: { 'unknown-event': 2, 'cloudevent-mismatch': 1 },
    secret: /"ce_source":"\/homes\/(home-[0-9a-f]+)\//,
  },
};

const folder = (gateway: string): string => join(TOP, 'examples/gateways', gateway);

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

for (const gateway of Object.keys(EXPECTED) as Gateway[]) {
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

t.test('the same records on Kafka are read alike', async (t) => {
  for (const gateway of Object.keys(EXPECTED) as Gateway[]) {
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
