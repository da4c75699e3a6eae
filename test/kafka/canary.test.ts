import { readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { ownTopics } from '../../src/runtime/log/kafka/settings.ts';
import { readRange } from '../../src/runtime/log/kafka/whole.ts';
import { createCanaries } from '../attacks/canaries.ts';
import { canaryLog } from '../attacks/canary-log.ts';
import { createSearch } from '../attacks/forms.ts';
import { unjoinAll } from '../cli/commands.ts';
import { type TestBroker, withBroker } from './support/broker.ts';
import { runService, writeService } from './support/service.ts';

const canaries = createCanaries('service');

interface Message {
  readonly partition: number;
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** The canary log as gateways would publish it: whatever is no envelope any more is the value of a record. */
const messagesOf = (): ReadonlyMap<string, readonly Message[]> => {
  const topics = new Map<string, Message[]>();
  const add = (topic: string, message: Message): void => void topics.set(topic, [...(topics.get(topic) ?? []), message]);
  for (const line of canaryLog(canaries).envelopes) {
    // Header names and keys are identity, too.
    const around = { partition: 1, key: canaries.text('key'), headers: { [canaries.text('header')]: canaries.text('client') } };
    try {
      const { topic, key, headers, value } = JSON.parse(line.toString()) as Record<string, unknown>;
      const event = String(topic).split('.').pop() as string;
      if (!['device', 'operation', 'location'].includes(event)) throw new Error('of no event type');
      const bytes = typeof value === 'string' ? Buffer.from(value, 'base64') : Buffer.from(JSON.stringify(value ?? null));
      const own = { ...around, key: String(key), headers: { ...around.headers, ...(headers as Record<string, string>) } };
      add(event, { ...own, value: value === null ? null : bytes });
    } catch {
      add('device', { ...around, value: line });
    }
  }
  return topics;
};

/** Every byte of every partition of a topic: keys, headers and values, and what stands around them. */
const bytesOf = async ({ settings, admin }: TestBroker, topic: string): Promise<Buffer> => {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  const parts: Buffer[] = [];
  for (const { partitionId } of topics[0].partitions)
    for await (const { whole, key, value, headers } of readRange(settings, { topic, partition: partitionId }, null))
      parts.push(
        whole,
        ...[key, value].filter((one) => one !== null),
        ...headers.flatMap(({ name, value: of }) => [Buffer.from(name), of ?? Buffer.alloc(0)]),
      );
  return Buffer.concat(parts);
};

const filesOf = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(dir, name)).isFile());

t.test('no identifier, in any form, leaves the service by any topic, word, number or file', async (t) => {
  await withBroker(t, {}, async (broker) => {
    const dir = t.testdir();
    const more = 'limits: { idleMs: 500, fetchWaitMs: 100, heldEveryMs: 1 }\nlog: { level: debug }\n';
    const { config, prefix } = writeService(broker, dir, { k: 12, window: '6s' }, more);
    t.equal((await unjoinAll([['provision', '-c', config, '--no-acls']]))[0].exit, 0);
    const before = new Set(readdirSync(tmpdir()));
    const service = runService(config, ['--initialise']);
    t.teardown(() => service.signal('SIGKILL'));
    const { port } = await service.next('started');
    for (let task = 0; task < 2; task++) await service.next('restored');

    const scraped: string[] = [];
    const scrape = async (): Promise<void> => {
      for (const path of ['metrics', 'readyz', 'livez', canaries.text('path')]) {
        const response = await fetch(`http://127.0.0.1:${port}/${path}`);
        scraped.push(await response.text(), JSON.stringify([...response.headers]));
      }
    };
    await scrape();
    const messages = messagesOf();
    const search = createSearch(new Set(canaries.all));
    // Twice, so that wherever a window ends, all of it lies in one.
    for (let time = 0; time < 2; time++)
      for (const [event, own] of messages)
        for (let from = 0; from < own.length; from += 200)
          await broker.producer.send({ topic: `${prefix}src.${event}`, messages: own.slice(from, from + 200).map((one) => ({ ...one })) });
    for (let windows = 0; windows < 2; windows++) await service.next('window-closed');
    await scrape();
    const process = ['cmdline', 'environ'].map((name) => readFileSync(`/proc/${service.pid}/${name}`));
    service.signal('SIGTERM');
    t.equal(await service.ended, 0);
    t.ok(canaries.all.length > 2000, `${canaries.all.length} canaries`);

    const own = ownTopics(`${prefix}own.`);
    const views = ['device-health', 'feature-usage'].map(own.view);
    const sizes: Record<string, number> = {};
    for (const topic of [...views, own.quarantine, own.lineage, own.audit, own.ledger, own.held, own.control]) {
      const bytes = await bytesOf(broker, topic);
      sizes[topic.slice(prefix.length)] = bytes.length;
      t.strictSame(search.in(bytes), [], topic);
    }
    for (const name of ['own.view.device-health', 'own.quarantine', 'own.lineage', 'own.audit', 'own.ledger', 'own.held'])
      t.ok((sizes[name] ?? 0) > 500, `${name} has something to look at`);
    const source = await bytesOf(broker, `${prefix}src.device`);
    t.ok(search.in(source).length > 0, 'the search finds what is there');

    t.strictSame(search.in(Buffer.from(service.said())), [], 'what it says');
    t.match(service.said(), /"code":"step-done"/, 'at the lowest level');
    t.strictSame(search.in(Buffer.from(scraped.join('\n'))), [], 'what it answers');
    t.match(scraped.join('\n'), /unjoin_records_total\{view="device-health"/);
    for (const text of process) t.strictSame(search.in(text), [], 'how it was started');
    const offsets = await broker.admin.fetchOffsets({ groupId: `${prefix}group`, topics: [own.ledger] });
    t.strictSame(search.in(Buffer.from(JSON.stringify(offsets))), [], 'offsets of the group');
    for (const name of filesOf(dir)) t.strictSame(search.in(Buffer.concat([Buffer.from(name), readFileSync(join(dir, name))])), [], name);
    const made = readdirSync(tmpdir()).filter((name) => !before.has(name));
    t.strictSame(search.in(Buffer.from(made.join('\n'))), [], 'names of temporary files');
  });
});
