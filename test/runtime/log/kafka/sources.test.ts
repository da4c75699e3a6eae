import fc from 'fast-check';
import t from 'tap';
import { sourceSchemas } from '../../../../src/cli/assets.ts';
import { type Log, TransportError } from '../../../../src/model/log.ts';
import { createPipeline } from '../../../../src/pipeline.ts';
import { decodeLedger } from '../../../../src/record/ledger.ts';
import { createManualClock } from '../../../../src/runtime/clock.ts';
import { memoryKeys, memoryRecipients } from '../../../../src/runtime/keys/memory.ts';
import { askedNames, fixedNames, type SchemaNames } from '../../../../src/runtime/log/kafka/names.ts';
import type { SchemaAnswer, SchemaName } from '../../../../src/runtime/log/kafka/schemas.ts';
import { readSources } from '../../../../src/runtime/log/kafka/sources.ts';
import { createMemoryBroker, type MemoryBroker, openMemoryLog } from '../../../../src/runtime/log/memory.ts';
import type { Summary } from '../../../../src/runtime/summary.ts';
import { openTask, type Task } from '../../../../src/runtime/task.ts';
import { createWriters } from '../../../../src/runtime/writers.ts';
import { fleetLines, smartHome } from '../../../properties/world.ts';
import { createBytes, fragile, type Mishap, outputsOf } from '../../task/world.ts';
import { type MemoryPartition, memoryReader } from './memory-reader.ts';

const plan = smartHome();
const COUNT = 8;

/** Ids of the plan's files and, a hundred up, those of the registry. */
const registryId = (id: number): number => id + 100;
const ids = plan.events.flatMap(({ schemas }) => schemas.map(({ id }) => id as number));
const indexOfId = new Map(ids.map((id, index) => [registryId(id), index]));

/** A fleet's records by partition, with the ids that a registry gave. */
const partitionsOf = (idOf: (id: number) => number): MemoryPartition[] => {
  const made = new Map<string, MemoryPartition>();
  const lines = fleetLines({ devices: 600, count: 1200, seed: 31, format: 'avro', schemas: sourceSchemas(), spanMs: 3 * 3_600_000 });
  for (const line of lines) {
    const { topic, partition, timestamp, value } = JSON.parse(line.toString());
    const bytes = Buffer.from(value, 'base64');
    bytes.writeInt32BE(idOf(bytes.readInt32BE(1)), 1);
    const key = `${topic} ${partition}`;
    const own: MemoryPartition = made.get(key) ?? { topic, partition, records: [] };
    made.set(key, own);
    own.records.push({ value: bytes, appendMs: timestamp });
  }
  return [...made.values()];
};
const partitions = partitionsOf(registryId);

interface Owner {
  readonly broker: MemoryBroker;
  readonly names: SchemaNames;
  readonly mishap?: () => Mishap;
  readonly heldEveryMs?: number;
  readonly sources?: readonly MemoryPartition[];
}

const clock = createManualClock(Number.MAX_SAFE_INTEGER / 4);

const openOwner = ({ broker, names, mishap = () => 'none', heldEveryMs = 0, sources = partitions }: Owner): Promise<Task> => {
  const keys = memoryKeys('names');
  const reader = memoryReader(sources, COUNT);
  const log: Log = { ...openMemoryLog(broker, { isDurable: true }), ...readSources(() => reader, sources, names) };
  return openTask({
    plan,
    pipeline: createPipeline(plan, keys),
    log: { ...fragile(log, mishap), sources: async () => sources.map(({ topic, partition }, source) => ({ source, topic, partition })) },
    writers: createWriters(plan, keys, memoryRecipients('names').recipients, 0),
    durable: { task: 0, keys, clock, heldEveryMs, idleMs: 30_000, random: createBytes(broker.transactions.length) },
  });
};

/** A registry in which schemas turn up when so many transactions were committed, and which does not always answer. */
const registry = (broker: MemoryBroker, since: readonly number[], isGone: () => boolean) => ({
  async resolve(name: SchemaName): Promise<SchemaAnswer> {
    if (isGone()) return 'unavailable';
    const index = indexOfId.get(name as number);
    return index === undefined || broker.transactions.length < since[index] ? 'unknown' : index;
  },
});

type MakeNames = (broker: MemoryBroker) => SchemaNames;

/** Owners one after another until one comes to the end; each ends at its first error. */
const finish = async (make: MakeNames, mishaps: readonly Mishap[], heldEveryMs: number): Promise<{ broker: MemoryBroker; summary: Summary }> => {
  const broker = createMemoryBroker([]);
  let at = 0;
  for (;;) {
    try {
      const task = await openOwner({ broker, names: make(broker), mishap: () => mishaps[at++] ?? 'none', heldEveryMs });
      while (!task.isDone()) {
        clock.advance(1000);
        await task.step();
      }
      return { broker, summary: task.summary };
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
    }
  }
}; // biome-ignore format: long lines

const asking =
  (since: readonly number[], isGone = () => false): MakeNames =>
  (broker) =>
    askedNames(plan, registry(broker, since, isGone));

t.test('answers that change between a crash and the restart change nothing that was decided', async (t) => {
  const always = await finish(asking([0, 0, 0]), [], 0);
  t.equal(always.summary.quarantined, 0);
  t.ok(outputsOf(always.broker).length > 200);
  const mishap = fc.constantFrom<Mishap>('none', 'none', 'before', 'after');
  let late = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(mishap, { maxLength: 40 }),
      fc.array(fc.boolean(), { maxLength: 60 }),
      fc.array(fc.nat(12), { minLength: 3, maxLength: 3 }),
      fc.constantFrom(0, 2000, 5000, Number.MAX_SAFE_INTEGER),
      async (mishaps, gone, since, heldEveryMs) => {
        const undisturbed = await finish(asking(since), [], 0);
        let at = 0;
        const { broker, summary } = await finish(asking(since, () => gone[at++] ?? false), mishaps, heldEveryMs); // biome-ignore format: a line
        t.strictSame(outputsOf(broker), outputsOf(undisturbed.broker));
        t.strictSame(summary, undisturbed.summary);
        late += summary.faults['unknown-schema'] ?? 0;
      },
    ),
    { numRuns: 8 },
  );
  t.ok(late > 300, 'some came before their schema was registered');
});

t.test('an owner that asked again for what was decided would contradict the ledger', async (t) => {
  const broker = createMemoryBroker([]);
  const since = [3, 3, 3];
  const owner = await openOwner({ broker, names: asking(since)(broker), heldEveryMs: Number.MAX_SAFE_INTEGER });
  while (broker.transactions.length < 5) await owner.step();
  const forgetful: SchemaNames = {
    ...askedNames(
      plan,
      registry(broker, since, () => false),
    ),
  };
  const names = { ...forgetful, asked: { learnt: () => ({ since: [], names: [] }), resume: () => {} } };
  await t.rejects(openOwner({ broker, names }), { name: 'InvariantError' });
  await openOwner({ broker, names: asking(since)(broker) });
});

t.test('while nobody can tell, nothing passes, nothing is quarantined, and nothing is written', async (t) => {
  const broker = createMemoryBroker([]);
  let isGone = true;
  const owner = await openOwner({ broker, names: asking([0, 0, 0], () => isGone)(broker) });
  for (let step = 0; step < 5; step++) t.match(await owner.step(), { records: 0, closed: [], isWritten: false, isHeld: true });
  t.equal(broker.transactions.length, 1, 'the beginning alone');
  t.notOk(owner.isDone(), 'what waits is not the end');
  isGone = false;
  while (!owner.isDone()) await owner.step();
  const undisturbed = await finish(asking([0, 0, 0]), [], 0);
  t.strictSame(outputsOf(broker), outputsOf(undisturbed.broker));
  t.equal(owner.summary.quarantined, 0);
});

t.test('a restart needs no registry for what was read before', async (t) => {
  const broker = createMemoryBroker([]);
  const owner = await openOwner({ broker, names: asking([0, 0, 0])(broker), heldEveryMs: Number.MAX_SAFE_INTEGER });
  for (let step = 0; step < 5; step++) await owner.step();
  let asked = 0;
  const next = await openOwner({ broker, names: asking([0, 0, 0], () => ++asked > 0)(broker) });
  while (!next.isDone()) await next.step();
  t.equal(asked, 0, 'nor for names that the ledger tells');
  const undisturbed = await finish(asking([0, 0, 0]), [], 0);
  t.strictSame(outputsOf(broker), outputsOf(undisturbed.broker));
});

t.test('the ledger tells from where on names count, and which registry it was', async (t) => {
  const { broker } = await finish(asking([0, 3, 99_999]), [], 0);
  const entry = decodeLedger(broker.transactions.at(-1)?.ledger as Uint8Array);
  if (!entry.ok) throw new Error(entry.error);
  t.same(entry.value.registry?.since, []);
  const told = new Map(entry.value.registry?.names.map(({ name, from }) => [name, from.every(([, offset]) => offset === 0)]));
  t.same(told, new Map([[registryId(ids[0]), true], [registryId(ids[1]), false]])); // biome-ignore format: a line
  await t.rejects(openOwner({ broker, names: fixedNames(plan) }), { code: 'misconfigured' }, 'a folder cannot go on with it');
});

t.test('a service that was given a registry goes on with what it read without one', async (t) => {
  const sources = partitionsOf((id) => id);
  const broker = createMemoryBroker([]);
  const folder = await openOwner({ broker, names: fixedNames(plan), heldEveryMs: Number.MAX_SAFE_INTEGER, sources });
  for (let step = 0; step < 4; step++) await folder.step();
  const own = { resolve: async (name: SchemaName) => (ids.includes(name as number) ? ids.indexOf(name as number) : 'unknown') as SchemaAnswer };
  for (let owner = 0; owner < 3; owner++) {
    const next = await openOwner({ broker, names: askedNames(plan, own), heldEveryMs: Number.MAX_SAFE_INTEGER, sources });
    for (let step = 0; step < 2; step++) await next.step();
  }
  const last = await openOwner({ broker, names: askedNames(plan, own), sources });
  while (!last.isDone()) await last.step();
  const undisturbed = await finish(asking([0, 0, 0]), [], 0);
  t.strictSame(outputsOf(broker), outputsOf(undisturbed.broker));
}); // biome-ignore format: long lines
