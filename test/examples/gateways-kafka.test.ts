import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createDecoder, type Decoder } from '../../src/decode/decoder.ts';
import { schemaText } from '../../src/encode/encode.ts';
import type { Transaction } from '../../src/model/log.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { SourceBatch } from '../../src/model/record.ts';
import { STAGES, type Stages } from '../../src/pipeline.ts';
import { memoryRecipients } from '../../src/runtime/keys/memory.ts';
import { frameRun } from '../../src/runtime/log/kafka/frame.ts';
import { headersOf } from '../../src/runtime/log/kafka/wire/headers.ts';
import { walkRecords } from '../../src/runtime/log/kafka/wire/walk.ts';
import { loadPlan, policyFiles } from '../../src/runtime/policy-files.ts';
import type { Summary } from '../../src/runtime/summary.ts';
import { verifyRun } from '../../src/verify/index.ts';
import type { KafkaRecord } from '../../src/verify/inputs.ts';
import { type MemoryRun, runInMemory } from '../properties/world.ts';
import { encodeBatch } from '../runtime/log/kafka/wire/encode.ts';
import { EXPECTED, folder, GATEWAYS, type Gateway } from './gateways.ts';

/** A sample as it would lie in Kafka: batches of the gate, and records as the checker reads them. */
interface InKafka {
  readonly batches: readonly (readonly SourceBatch[])[];
  readonly records: readonly KafkaRecord[];
}

const inKafka = (gateway: Gateway, plan: Plan): InKafka => {
  const topics: string[] = [];
  const batches: SourceBatch[][] = [];
  const records: KafkaRecord[] = [];
  for (const line of readFileSync(join(folder(gateway), 'sample.ndjson'), 'utf8')
    .trim()
    .split('\n')) {
    const { topic, offset, timestamp, key, headers, value } = JSON.parse(line);
    const bytes = encodeBatch({
      baseOffset: offset,
      baseTimestampMs: timestamp,
      records: [
        {
          key: key === null ? null : Buffer.from(key),
          headers: Object.entries<string>(headers),
          value: Buffer.from(JSON.stringify(value)),
        },
      ],
    });
    const [run] = walkRecords(bytes, { fromOffset: 0, aborted: [], maxInflatedBytes: 0 }).runs;
    const source = topics.includes(topic) ? topics.indexOf(topic) : topics.push(topic) - 1;
    const schemas = plan.events.flatMap((event) => event.schemas);
    batches[source] ??= [];
    batches[source].push(...frameRun(run, source, { topic, partition: 0 }, (name) => schemas.findIndex(({ id }) => id === name)));
    const part = (start: number, length: number): Buffer | null => (length < 0 ? null : run.bytes.subarray(start, start + length));
    records.push({
      kind: 'record',
      topic,
      partition: 0,
      offset,
      appendMs: timestamp,
      key: part(run.keyStart[0], run.keyLength[0]),
      headers: headersOf(run, 0),
      value: part(run.valueStart[0], run.valueLength[0]),
      bytes: run.bytes.subarray(run.recordStart[0], run.recordStart[0] + run.recordLength[0]),
    });
  }
  return { batches, records };
};

const failed = async (gateway: Gateway, plan: Plan, { transactions, summary }: MemoryRun, records: readonly KafkaRecord[]) => {
  const path = join(folder(gateway), 'policy.yaml');
  const { lineageKey, operatorKey } = memoryRecipients('test');
  const all = (of: (transaction: Transaction) => readonly string[]): string[] => transactions.flatMap(of);
  const report = await verifyRun({
    policyText: readFileSync(path, 'utf8'),
    policyFile: path,
    ...policyFiles(path),
    records,
    outputs: {
      view: (name) => ({
        kind: 'ndjson',
        lines: all(({ outputs }) => outputs.filter(({ view }) => view === name).flatMap(({ json }) => json)),
      }),
      avsc: (name) => schemaText(plan, plan.views.find((view) => view.name === name) as Plan['views'][number]),
      manifest: () => null,
      lineage: () => all(({ lineage }) => lineage),
      audit: () => all(({ audit }) => audit),
      quarantine: () => all(({ quarantine }) => quarantine),
      summary: () => JSON.stringify(summary),
      names: () => [],
      others: () => [],
    },
    lineageKey,
    operatorKey,
  });
  return report.findings.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id);
};

const planOf = (gateway: Gateway): Plan => {
  const { plan } = loadPlan(join(folder(gateway), 'policy.yaml'));
  if (plan === null) throw new Error('the policy does not load');
  return plan;
};

const viewOf = ({ views }: Summary) => Object.values(views)[0];

for (const gateway of GATEWAYS) {
  t.test(`${gateway}, as records of Kafka`, async (t) => {
    const plan = planOf(gateway);
    const { batches, records } = inKafka(gateway, plan);
    const run = await runInMemory(plan, batches);
    const { quarantined, noView = 0, released, blocked } = EXPECTED[gateway];
    t.match(run.summary, { read: records.length, quarantined, noView });
    t.match(viewOf(run.summary), { released, blocked });
    t.same(await failed(gateway, plan, run, records), []);
  });
}

/** A decoder that reads the text of one column from somewhere else: `wrong` makes it from the row's own. */
const misreading =
  (path: string, wrong: (text: string, row: number) => string): Stages['decoder'] =>
  (plan): Decoder => {
    const decoder = createDecoder(plan);
    return {
      decode(batch, clockMs) {
        const decoded = decoder.decode(batch, clockMs);
        const columns = decoded.columns.map((own) => ({
          ...own,
          fields: own.fields.map((column, f) => {
            if (plan.events[own.event].fields[f].path !== path || column.kind !== 'text') return column;
            const texts = Array.from(column.start, (start, row) =>
              Buffer.from(
                wrong(Buffer.from(column.bytes.subarray(start, start + column.length[row])).toString(), batch.offset[own.record[row]]),
              ),
            );
            const length = Int32Array.from(texts, (text) => text.length);
            const start = Int32Array.from(texts, (_, i) => texts.slice(0, i).reduce((sum, text) => sum + text.length, 0));
            return { kind: 'text' as const, bytes: Buffer.concat(texts), start, length };
          }),
        }));
        return { ...decoded, columns };
      },
    };
  };

t.test('a gate that takes somebody else for the subject is caught', async (t) => {
  const wrongs: readonly (readonly [Gateway, string, (text: string, offset: number) => string, string])[] = [
    ['hono', '$key', (_, offset) => `${offset}`.slice(0, 1), 'few devices for many: nothing is released that should be'],
    ['zigbee2mqtt', '$topic.home', (text, offset) => `${text}/${offset}`, 'each lamp is a home'],
    ['sparkplug', '$key.group', (text, offset) => `${text}/${offset}`, 'each message is a home'],
    ['emqx', 'topic.home', (text, offset) => `${text}/${offset}`, 'each message is a home'],
    ['cloudevents', '$ce.source.home', (text, offset) => `${text}/${offset}`, 'each event is a home'],
  ];
  for (const [gateway, path, wrong, what] of wrongs) {
    const plan = planOf(gateway);
    const { batches, records } = inKafka(gateway, plan);
    const run = await runInMemory(plan, batches, 'test', { ...STAGES, decoder: misreading(path, wrong) });
    t.not((await failed(gateway, plan, run, records)).length, 0, `${gateway}: ${what}`);
  }
});
