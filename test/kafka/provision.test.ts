import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { rootCertificates } from 'node:tls';
import kafkajs, { type Kafka } from 'kafkajs';
import t, { type Test } from 'tap';
import { reachBrokers } from '../../src/runtime/doctor/reach.ts';
import { freePorts } from '../../tools/kafka/ports.ts';
import { ended, startUnjoin, unjoinAll } from '../cli/commands.ts';
import { smartHome } from '../properties/world.ts';
import { ROOT } from '../runtime/config/world.ts';
import { type TestBroker, unique, withBroker } from './support/broker.ts';
import { readValues } from './support/topics.ts';

const CONSUMER = 'product-analytics';
const USERS = { gate: 'gate-secret', gateway: 'gateway-secret', [CONSUMER]: 'analyst-secret' };
const EVENTS = ['device', 'operation', 'location'] as const;
const { ConfigResourceTypes } = kafkajs;

interface Place {
  readonly file: string;
  /** Flags of the operator. */
  readonly login: readonly string[];
  readonly prefix: string;
  readonly sources: Readonly<Record<string, string>>;
  readonly port: number;
}

/** A configuration with names that no other test uses. */
const configure = async (t: Test, { cluster }: TestBroker): Promise<Place> => {
  const dir = t.testdir();
  const name = unique('provision');
  const secret = (user: string): string => {
    const file = join(dir, user);
    writeFileSync(file, `${cluster.users[user]}\n`, { mode: 0o600 });
    return file;
  };
  const sources = Object.fromEntries(EVENTS.map((event) => [event, `raw-${name}.${event}`]));
  const [port] = await freePorts(1);
  const file = join(dir, 'unjoin.yaml');
  writeFileSync(
    file,
    `unjoin: 1
policy: ${join(ROOT, 'policies/smart-home.yaml')}
kafka:
  brokers: ${JSON.stringify(cluster.client)}
  group: ${name}
  tls: { caFile: ${cluster.caFile} }
  sasl: { mechanism: scram-sha-512, username: gate, passwordFile: ${secret('gate')} }
topics: { sources: ${JSON.stringify(sources)}, prefix: ${name}., sourcePartitions: 2, viewPartitions: 1 }
schemas: { dir: ${join(ROOT, 'schemas/source')} }
tasks: 2
keys: keys
http: { host: 127.0.0.1, port: ${port} }
principals: { gateways: ["User:gateway"] }
`,
  );
  return { file, login: ['--user', 'admin', '--password-file', secret('admin')], prefix: `${name}.`, sources, port };
};

/** What an attempt to read a topic ends with: values, or a code of Kafka's. */
const readOutcome = async (kafka: Kafka, topic: string, group: string): Promise<unknown> => {
  try {
    return await readValues(kafka, topic, 1, group);
  } catch (error) {
    let at = error as { readonly type?: string; readonly name?: string; readonly cause?: unknown; readonly originalError?: unknown };
    while (at.type === undefined && (at.originalError ?? at.cause) !== undefined) at = (at.originalError ?? at.cause) as typeof at;
    return at.type ?? at.name;
  }
};

const writeOutcome = async (kafka: Kafka, topic: string): Promise<unknown> => {
  const producer = kafka.producer({ allowAutoTopicCreation: false, retry: { retries: 0 } });
  try {
    await producer.connect();
    await producer.send({ topic, messages: [{ value: 'x', partition: 0 }] });
    return 'sent';
  } catch (error) {
    const { type, cause } = error as { readonly type?: string; readonly cause?: { readonly type?: string } };
    return type ?? cause?.type;
  } finally {
    await producer.disconnect();
  }
};

const DENIED = 'TOPIC_AUTHORIZATION_FAILED';

const testRights = async (t: Test, broker: TestBroker, { prefix, sources }: Place): Promise<void> => {
  const view = `${prefix}view.feature-usage`;
  const others = [
    ...['ledger', 'held', 'quarantine', 'lineage', 'audit', 'control', 'view.device-health', 'view.presence-by-area'].map((name) => `${prefix}${name}`),
    ...Object.values(sources),
  ]; // biome-ignore format: a list
  for (const topic of [view, ...others]) await broker.producer.send({ topic, messages: [{ key: 'k', value: 'x', partition: 0 }] });
  const consumer = broker.kafkaAs(CONSUMER);
  t.same(await readOutcome(consumer, view, `${CONSUMER}-dashboard`), ['x'], 'a consumer reads its view');
  t.equal(await readOutcome(consumer, view, 'somebody-else'), 'KafkaJSGroupCoordinatorNotFound', 'as its own group alone');
  for (const topic of others) t.equal(await readOutcome(consumer, topic, CONSUMER), DENIED, `${CONSUMER} on ${topic}`);
  for (const topic of [view, ...others]) t.equal(await writeOutcome(consumer, topic), DENIED, `${CONSUMER} writes ${topic}`);
  const gateway = broker.kafkaAs('gateway');
  t.equal(await writeOutcome(gateway, sources['device']), 'sent');
  for (const topic of [view, `${prefix}ledger`, `${prefix}control`]) t.equal(await writeOutcome(gateway, topic), DENIED);
  t.equal(await readOutcome(gateway, view, 'gateway'), DENIED);
};

/** The service starts as its own user: the rights that it was given suffice. */
const testService = async (t: Test, { file, port }: Place): Promise<void> => {
  const child = startUnjoin('run', '-c', file, '--initialise');
  const end = ended(child);
  let isOver = false;
  end.then(() => {
    isOver = true;
  });
  const isReady = async (): Promise<boolean> => {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null);
    return isOver || answer?.status === 200;
  };
  while (!(await isReady())) await pause(100);
  child.kill('SIGTERM');
  const { exit, stderr } = await end;
  t.equal(exit, 0, stderr);
};

const testDoctor = async (t: Test, broker: TestBroker, { file, login }: Place): Promise<void> => {
  const wrong = join(dirname(file), 'wrong');
  writeFileSync(wrong, 'not-the-password', { mode: 0o600 });
  const [operator, service, stranger] = await unjoinAll([
    ['doctor', '-c', file, ...login],
    ['doctor', '-c', file],
    ['doctor', '-c', file, '--user', 'gate', '--password-file', wrong],
  ]);
  t.match(operator, { exit: 0, stdout: /^ok +rights +nobody lacks any$/m });
  t.match(service, { exit: 0, stdout: /^ok +topic +12 as they should be\n[\s\S]*skip +rights/m });
  t.match(stranger, { exit: 77, stdout: /^fail +cluster +denied/m });
  t.match(await reachBrokers({ ...broker.as('gate'), tls: { ca: rootCertificates[0] } }), [{ state: 'untrusted' }]);
  const [{ certifiedUntilMs }] = await reachBrokers(broker.as('gate'));
  t.ok((certifiedUntilMs ?? 0) > 0);
};

/** Topics and rights that somebody changed: what is harmless is set again, the rest is told. */
const testDrift = async (t: Test, broker: TestBroker, { file, login, prefix }: Place): Promise<void> => {
  const provision = (...flags: string[]) => ['provision', '-c', file, '--json', ...login, ...flags];
  const alter = (topic: string, settings: Readonly<Record<string, string>>) =>
    broker.admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: ConfigResourceTypes.TOPIC,
          name: topic,
          configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
        },
      ],
    });
  const view = `${prefix}view.feature-usage`;
  await alter(view, { 'retention.ms': '-1' });
  await alter(`${prefix}held`, { 'retention.ms': '1000', 'max.message.bytes': '2000000' });
  const [kept] = await unjoinAll([provision()]);
  t.match(kept, {
    exit: 78,
    stderr: new RegExp(`topic-unfit: expected the topic ${view} with retention.ms at most 2592000000\n.*next: kafka-configs`),
  });
  await alter(view, { 'retention.ms': '1000' });
  await broker.admin.createAcls({
    acl: [
      {
        principal: 'User:former',
        host: '*',
        resourceType: 2,
        resourceName: view,
        resourcePatternType: 3,
        operation: 3,
        permissionType: 3,
      },
    ],
  });
  const [mended, revoked, last] = await unjoinAll([provision(), provision('--revoke'), provision()]);
  t.match(JSON.parse(mended.stdout), {
    created: [],
    changed: [{ topic: view, setting: 'segment.ms' }, { topic: `${prefix}held` }, { topic: `${prefix}held` }],
    excess: [`User:former read topic ${view}`],
  });
  t.match(JSON.parse(revoked.stdout), { revoked: 1, excess: [], changed: [] });
  t.match(last.stderr, /Nothing to do/);
  const { resources } = await broker.admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name: `${prefix}held`, configNames: ['max.message.bytes'] }],
  });
  t.match(resources[0].configEntries, [{ configValue: '2000000' }], 'what an operator had set stays');
};

t.test('a cluster is provisioned once, and rights are what the policy says', async (t) => {
  await withBroker(t, { users: USERS }, async (broker) => {
    const place = await configure(t, broker);
    const { file, login, prefix, sources } = place;
    const ours = async (): Promise<string[]> =>
      (await broker.admin.listTopics()).filter((topic) => topic.startsWith(prefix) || Object.values(sources).includes(topic));

    const provision = (...flags: string[]) => ['provision', '-c', file, '--json', ...login, ...flags];
    const [denied, dry] = await unjoinAll([['provision', '-c', file], provision('--dry-run')]);
    t.match(denied, { exit: 77, stderr: /denied/ }, 'the service may not provision itself');
    t.equal(dry.exit, 0, dry.stderr);
    t.match(JSON.parse(dry.stdout), { dryRun: true, kept: [], excess: [] });
    t.match(dry.stderr, new RegExp(`create  ${prefix}view.feature-usage  1 partitions  cleanup.policy=delete retention.ms=2592000000`));
    t.same(await ours(), [], 'a dry run makes nothing');

    const [first, second] = await unjoinAll([provision(), provision()]);
    t.equal(first.exit, 0, first.stderr);
    const made = JSON.parse(first.stdout);
    t.same(new Set(await ours()), new Set(made.created));
    t.equal(made.created.length, 3 + smartHome().views.length + 6);
    t.same(made.created, JSON.parse(dry.stdout).created, 'it did what it had said');
    t.match(JSON.parse(second.stdout), { created: [], changed: [], allowed: 0, excess: [], sessionTimeoutMs: 3000 });
    t.match(second.stderr, /Nothing to do/);

    await testDoctor(t, broker, place);
    await testService(t, place);
    await testRights(t, broker, place);
    await testDrift(t, broker, place);
  });
});
