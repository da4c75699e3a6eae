import t from 'tap';
import { askedNames, fixedNames, MAX_ASKED, MAX_NAMES } from '../../../../src/runtime/log/kafka/names.ts';
import type { SchemaAnswer, SchemaName } from '../../../../src/runtime/log/kafka/schemas.ts';
import { planOf, prefixed, READING } from '../../../decode/plans.ts';
import { type MemoryRecord, memoryReader } from './memory-reader.ts';

const NEXT = { ...READING, schemaId: 8, fields: [...READING.fields, { name: 'unit', type: 'string' }] };
const plan = planOf([{ schemas: [READING, NEXT] }]);
const prints = plan.events[0].schemas.map(({ fingerprint }) => fingerprint);
const GUID = '00112233445566778899aabbccddeeff';

const named = (id: number): MemoryRecord => ({ appendMs: 1, value: prefixed(id, Buffer.from('x')) });
const json: MemoryRecord = { appendMs: 1, value: Buffer.from('{}') };
const byGuid: MemoryRecord = { ...json, headers: [['__value_schema_id', Buffer.concat([Buffer.from([1]), Buffer.from(GUID, 'hex')])]] };

/** Names over two partitions, polled two records at a time, and a registry that says what it is told. */
const world = (partitions: readonly (readonly MemoryRecord[])[], answers: Map<SchemaName, SchemaAnswer>, count = 2) => {
  const asked: SchemaName[] = [];
  const sources = partitions.map((records, partition) => ({ topic: 't', partition, records: [...records] }));
  const reader = memoryReader(sources, count);
  const names = askedNames(plan, {
    async resolve(name) {
      asked.push(name);
      return answers.get(name) ?? 'unknown';
    },
  });
  const learn = async () => {
    const before = sources.map((_, index) => reader.position(index));
    return names.learn(await reader.poll(), before);
  };
  return { asked, reader, names, learn, registry: names.asked as NonNullable<typeof names.asked> };
};

t.test('names are asked for once each, and only where a value needs one', async (t) => {
  const answers = new Map<SchemaName, SchemaAnswer>([[70, 1], [GUID, 0]]); // biome-ignore format: a line
  const { learn, asked, registry } = world([[json, named(70)], [byGuid, named(9)]], answers); // biome-ignore format: a line
  const told = await learn();
  t.same(new Set(asked), new Set([70, GUID, 9]));
  t.same([70, GUID, 9, 7].map((name) => told?.(0)(name, 0)), [1, 0, null, null], 'the ids of the plan are not those of the registry'); // biome-ignore format: a line
  t.same(registry.learnt().since, []);
  t.same(
    new Map(registry.learnt().names.map(({ name, fingerprint, from }) => [name, [fingerprint, from]])),
    new Map<SchemaName, unknown>([[70, [prints[1], []]], [GUID, [prints[0], []]]]), // biome-ignore format: a line
  );
});

t.test('a name that is found later counts from the fetch that found it', async (t) => {
  const answers = new Map<SchemaName, SchemaAnswer>();
  const { learn, asked, registry } = world([Array.from({ length: 6 }, () => named(70)), [json, json, json]], answers);
  t.equal((await learn())?.(0)(70, 1), null);
  answers.set(70, 0);
  const later = await learn();
  t.same([later?.(0)(70, 1), later?.(0)(70, 2), later?.(1)(70, 2)], [null, 0, 0]);
  t.same(registry.learnt().names, [{ name: 70, fingerprint: prints[0], from: [[0, 2], [1, 2]] }]); // biome-ignore format: a line
  answers.delete(70);
  t.equal((await learn())?.(0)(70, 4), 0, 'and for good');
  t.same(asked, [70, 70]);
});

t.test('while one name cannot be told nothing passes, and nothing is learnt', async (t) => {
  const answers = new Map<SchemaName, SchemaAnswer>([[70, 0], [80, 'unavailable']]); // biome-ignore format: a line
  const { learn, registry } = world([[named(70), named(80)]], answers);
  t.equal(await learn(), null);
  t.same(registry.learnt().names, []);
});

t.test('a restart decides as before, asks nobody about it, and goes on behind it', async (t) => {
  const answers = new Map<SchemaName, SchemaAnswer>([[70, 0], [80, 1], [90, 1]]); // biome-ignore format: a line
  const { learn, asked, registry, reader } = world([[named(70), named(80), named(70), named(80), named(90), json]], answers);
  registry.resume({ since: [], names: [{ name: 70, fingerprint: prints[0], from: [[0, 2]] }] }, new Map([[0, 3]])); // biome-ignore format: a line
  const first = await learn();
  t.same([first?.(0)(70, 0), first?.(0)(80, 1)], [null, null], '70 was found later, and 80 is found only now');
  const second = await learn();
  t.same([second?.(0)(70, 2), asked], [0, []], 'what lies behind the end is read again');
  reader.seek(0, 3);
  const third = await learn();
  t.same([third?.(0)(80, 3), third?.(0)(80, 1), third?.(0)(90, 4)], [1, null, 1]);
  t.same(asked, [80, 90]);
});

t.test('what was read before there was a registry is read by the ids of the plan', async (t) => {
  const { learn, registry, reader } = world([[named(7), named(7), json]], new Map([[7, 1]]));
  registry.resume(null, new Map([[0, 1]]));
  t.equal((await learn())?.(0)(7, 0), 0);
  reader.seek(0, 1);
  t.equal((await learn())?.(0)(7, 1), 1);
  const told = registry.learnt();
  t.same(told, { since: [[0, 1]], names: [{ name: 7, fingerprint: prints[1], from: [[0, 1]] }] }); // biome-ignore format: a line
  const next = world([[named(7), named(7)]], new Map());
  next.registry.resume(told, new Map([[0, 2]]));
  const answers = await next.learn();
  t.same([answers?.(0)(7, 0), answers?.(0)(7, 1)], [0, 1], 'for good');
});

t.test('floods of names are bounded, and do not drive out what many records have', async (t) => {
  const flood = Array.from({ length: 5000 }, (_, i) => named(1_000_000 + i));
  const { learn, asked } = world([[...flood, named(70), named(70)]], new Map([[70, 0]]), 10_000);
  t.equal((await learn())?.(0)(70, 5000), 0);
  t.equal(asked.length, MAX_ASKED);

  const many = Array.from({ length: 2 * MAX_NAMES }, (_, i) => named(i));
  const all = world([many], new Map(many.map((_, i) => [i, 0])), MAX_ASKED);
  for (let fetch = 0; fetch < many.length / MAX_ASKED; fetch++) await all.learn();
  t.equal(all.registry.learnt().names.length, MAX_NAMES);
  t.equal(all.asked.length, MAX_NAMES);
});

t.test('a folder is asked nothing, and has nothing to tell the ledger', async (t) => {
  const names = fixedNames(plan);
  t.equal(names.asked, null);
  const told = await names.learn([], []);
  t.same([told?.(0)(8, 0), told?.(5)(7, 1e12), told?.(0)(70, 0), told?.(0)(GUID, 0)], [1, 0, null, null]);
});
