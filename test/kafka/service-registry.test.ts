import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { decodeLedger, type LedgerEntry } from '../../src/record/ledger.ts';
import { freePorts } from '../../tools/kafka/ports.ts';
import { ended, startUnjoin, unjoinAll } from '../cli/commands.ts';
import { smartHome } from '../properties/world.ts';
import { ROOT } from '../runtime/config/world.ts';
import { type FakeRegistry, fakeRegistry } from '../runtime/registry/server.ts';
import { type TestBroker, unique, withBroker } from './support/broker.ts';
import { recordsOf } from './support/log.ts';

/** A service with a registry, on a real broker: schemas that turn up late, a registry that goes and comes back, and the checker. */
const EVENTS = ['device', 'operation', 'location'] as const;

interface Place {
  readonly file: string;
  readonly prefix: string;
  readonly topic: string;
  readonly port: number;
}

const configure = async (t: Test, { cluster }: TestBroker, registry: FakeRegistry): Promise<Place> => {
  const dir = t.testdir();
  const name = unique('registered');
  const [port] = await freePorts(1);
  const file = join(dir, 'unjoin.yaml');
  // A topic's name need not be that of its event type.
  const sources = Object.fromEntries(EVENTS.map((event, i) => [event, `${name}-raw.${i}`]));
  writeFileSync(
    file,
    `unjoin: 1
policy: ${join(ROOT, 'policies/smart-home.yaml')}
kafka: { brokers: ${JSON.stringify(cluster.plaintext)}, group: ${name} }
topics: { sources: ${JSON.stringify(sources)}, prefix: ${name}., sourcePartitions: 1, viewPartitions: 1 }
schemas: { registry: { url: "${registry.url}", timeoutMs: 2000 } }
tasks: 1
keys: keys
http: { host: 127.0.0.1, port: ${port} }
limits: { heldEveryMs: 100 }
`,
  );
  return { file, prefix: `${name}.`, topic: sources['operation'], port };
};

const lastEntry = async ({ settings }: TestBroker, { prefix }: Place): Promise<LedgerEntry | null> => {
  const last = (await recordsOf(settings, `${prefix}ledger`)).at(-1);
  const read = last === undefined ? null : decodeLedger(last.value);
  return read?.ok === true ? read.value : null;
};

const until = async (holds: () => Promise<boolean>): Promise<void> => {
  while (!(await holds())) await pause(50);
};

const OPERATION = smartHome().events.find(({ name }) => name === 'operation')?.schemas[0].json as object;

t.test('a service that asks a registry', async (t) => {
  await withBroker(t, {}, async (broker) => {
    const registry = await fakeRegistry(t);
    const place = await configure(t, broker, registry);
    const { file, topic, port, prefix } = place;

    const provision = (...flags: string[]) => ['provision', '-c', file, '--no-acls', '--json', ...flags];
    const [dry, first, second, simulated] = await unjoinAll([
      provision('--dry-run'),
      provision(),
      provision(),
      ['simulate', '--devices', '200', '--seed', '4', '--count', '400', '--malformed', '0', '--format', 'avro', '--to', 'kafka', '-c', file],
    ]);
    const subjects = smartHome().views.map(({ name }) => `${prefix}view.${name}-value`);
    t.same(JSON.parse(dry.stdout).registered, subjects, dry.stderr);
    t.match(JSON.parse(first.stdout), { registered: subjects, schemaIds: { 'device-health': 1, 'feature-usage': 2, 'presence-by-area': 3 } });
    t.match(JSON.parse(second.stdout), { registered: [], created: [], schemaIds: { 'device-health': 1 } });
    t.equal(simulated.exit, 0, simulated.stderr);
    t.equal(registry.put(`${topic}-value`, OPERATION), 5, 'its gateways registered their schemas');

    const child = startUnjoin('run', '-c', file, '--initialise');
    const end = ended(child);
    t.teardown(() => child.kill('SIGKILL'));
    const status = async (): Promise<number> => (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null))?.status ?? 0;
    const counts = async () => (await lastEntry(broker, place))?.counts;
    await until(async () => (await counts())?.read === 400);
    t.match(await counts(), { quarantined: 0 });
    await until(async () => (await status()) === 200);

    const [{ value }] = await recordsOf(broker.settings, topic);
    const datum = value.subarray(5);
    const publish = (id: number): Promise<unknown> => {
      const prefixBytes = Buffer.alloc(5);
      prefixBytes.writeInt32BE(id, 1);
      return broker.producer.send({ topic, messages: [{ value: Buffer.concat([prefixBytes, datum]), partition: 0 }] });
    };

    await publish(900);
    await until(async () => (await counts())?.read === 401);
    t.match(await counts(), { quarantined: 1, faults: [['unknown-schema', 1]] }, 'a schema that nobody registered');
    registry.put('late', { ...OPERATION, doc: 'late' }, { id: 900 });
    let sent = 401;
    await until(async () => {
      await publish(900);
      sent++;
      await until(async () => (await counts())?.read === sent);
      return (await lastEntry(broker, place))?.registry?.names.some(({ name }) => name === 900) ?? false;
    });
    const learnt = (await counts())?.quarantined;
    await publish(4);
    await until(async () => (await counts())?.read === sent + 1);
    t.match(await counts(), { faults: [['schema-of-another-topic', 1], ['unknown-schema', (learnt as number)]] });

    await registry.stop();
    await publish(901);
    await until(async () => (await status()) === 503);
    const before = await lastEntry(broker, place);
    await pause(1500);
    t.same((await lastEntry(broker, place))?.counts, before?.counts, 'nothing passes, and nothing is quarantined');
    t.equal(before?.counts.read, sent + 1);
    await registry.start();
    registry.put('back', { ...OPERATION, doc: 'back' }, { id: 901 });
    await until(async () => (await status()) === 200);
    await until(async () => (await counts())?.read === sent + 2);
    t.same((await counts())?.quarantined, before?.counts.quarantined, 'and what waited passed');

    const [doctor, verified] = await unjoinAll([['doctor', '-c', file], ['verify', '-c', file]]);
    t.match(doctor.stdout, /^ok +registry +it answers$/m);
    t.match(verified, { exit: 0, stdout: /^pass$/m }, verified.stdout);
    t.match(verified.stdout, /I19 .*unknown when they were read/);

    child.kill('SIGTERM');
    const { exit, stderr } = await end;
    t.equal(exit, 0, stderr);
    t.match(stderr, /"code":"held","task":0,"error":"unreachable"/);
    t.match(stderr, /"code":"resumed","task":0/);
  });
}); // biome-ignore format: long lines
