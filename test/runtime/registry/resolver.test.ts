import t from 'tap';
import type { SchemaName } from '../../../src/runtime/log/kafka/schemas.ts';
import { type Found, openRegistry, type Told } from '../../../src/runtime/registry/client.ts';
import { MISSING_MS, openResolver, RETRY_MS } from '../../../src/runtime/registry/resolver.ts';
import { planOf, READING } from '../../decode/plans.ts';
import { fakeRegistry } from './server.ts';

const NEXT = { ...READING, fields: [...READING.fields, { name: 'unit', type: 'string' }] };
const plan = planOf([{ schemas: [READING, NEXT] }, { name: 'other', schemas: [{ ...READING, name: 'Other' }] }]);

const avro = (schema: unknown): Told<Found> => ({
  value: { kind: 'avro', text: typeof schema === 'string' ? schema : JSON.stringify(schema) },
  failure: null,
});
const MISSING: Told<Found> = { value: { kind: 'missing' }, failure: null };
const GONE: Told<Found> = { failure: 'silent' };

/** A registry that answers as it is told, and a clock that is set by hand. */
const world = (answers: Record<string, Told<Found>>) => {
  const asked: SchemaName[] = [];
  const paused: number[] = [];
  const clock = { ms: 1_000_000 };
  const resolver = openResolver({
    registry: {
      async schema(name) {
        asked.push(name);
        return answers[name] ?? MISSING;
      },
    },
    plan,
    nowMs: () => clock.ms,
    async pause(ms) {
      paused.push(ms);
      clock.ms += ms;
    },
  });
  return { asked, paused, clock, resolve: resolver.resolve };
};

t.test('a schema of the plan, whatever is written around it; any other is nobody’s', async (t) => {
  const [id, at, level] = READING.fields;
  const { resolve } = world({
    1: avro(READING),
    2: avro({ ...NEXT, doc: 'words', fields: NEXT.fields.map((field) => ({ ...field, doc: 'more' })) }),
    3: avro({ ...READING, name: 'test.Other', namespace: undefined }),
    4: avro({ ...READING, name: 'Fourth' }),
    5: avro('"string"'),
    6: avro('no JSON'),
    7: avro('{"type":"record"}'),
    8: { value: { kind: 'foreign' }, failure: null },
    9: avro({ ...READING, fields: [id, { ...at, type: ['null', { type: 'long', logicalType: 'timestamp-micros' }] }, level] }),
    10: avro('['.repeat(1_000_000)),
    11: avro(`${'{"type":'.repeat(100_000)}"long"${'}'.repeat(100_000)}`),
  });
  const told = [];
  for (let name = 1; name <= 11; name++) told.push(await resolve(name));
  t.same(told, [0, 1, 2, ...Array.from({ length: 8 }, () => 'unknown')]);
});

t.test('what is settled is asked for once; by several at once, too', async (t) => {
  const { asked, resolve, clock } = world({ 1: avro(READING), 2: avro('"string"') });
  t.same(await Promise.all([1, 1, 2, 1].map((name) => resolve(name))), [0, 0, 'unknown', 0]);
  clock.ms += 365 * 86_400_000;
  t.same([await resolve(1), await resolve(2)], [0, 'unknown']);
  t.same(asked, [1, 2]);
});

t.test('what is missing is asked for again, and found once it is registered', async (t) => {
  const answers: Record<string, Told<Found>> = {};
  const { asked, resolve, clock } = world(answers);
  t.equal(await resolve(5), 'unknown');
  answers[5] = avro(READING);
  t.equal(await resolve(5), 'unknown', 'not at once');
  t.equal(asked.length, 1);
  clock.ms += MISSING_MS;
  t.equal(await resolve(5), 0);
  t.equal(asked.length, 2);
  t.equal(await resolve(6), 'unknown');
  answers[6] = avro(NEXT);
  clock.ms -= 3_600_000;
  t.equal(await resolve(6), 1, 'a clock that was set back');
});

t.test('while the registry does not answer nobody knows, and it is left in peace between two tries', async (t) => {
  const answers: Record<string, Told<Found>> = { 1: avro(READING), 5: GONE };
  const { asked, paused, resolve, clock } = world(answers);
  t.equal(await resolve(1), 0);
  t.equal(await resolve(5), 'unavailable');
  t.same(paused, []);
  t.equal(await resolve(5), 'unavailable');
  t.same(paused, [RETRY_MS]);
  t.equal(await resolve(1), 0, 'what is known stays known');
  t.same(asked, [1, 5, 5]);
  clock.ms -= 3_600_000;
  answers[5] = avro(READING);
  t.equal(await resolve(5), 0);
  t.same(paused, [RETRY_MS, RETRY_MS], 'a clock that was set back');
  answers[6] = MISSING;
  t.equal(await resolve(6), 'unknown');
  t.equal(paused.length, 2);
});

t.test('more names than can be remembered are asked for again', async (t) => {
  const { asked, resolve } = world({ 0: avro(READING) });
  for (let name = 0; name < 5000; name++) await resolve(name);
  t.equal(await resolve(0), 'unknown' === (await resolve(4999)) ? 0 : -1);
  t.equal(asked.length, 5000, 'what was found is not driven out by what is missing');
  await resolve(1);
  t.equal(asked.length, 5001);
});

t.test('over the wire: a schema that is registered a moment later', async (t) => {
  const server = await fakeRegistry(t);
  const registry = openRegistry(server.settings);
  t.teardown(registry.close);
  const clock = { ms: 0 };
  const { resolve } = openResolver({ registry, plan, nowMs: () => clock.ms, pause: async () => {} });
  t.equal(await resolve(1), 'unknown');
  t.equal(server.put('telemetry.reading-value', NEXT), 1);
  clock.ms += MISSING_MS;
  t.equal(await resolve(1), 1);
  t.equal(await resolve(server.guid(1)), 1);
  server.mode = 'failing';
  t.equal(await resolve(2), 'unavailable');
  server.mode = 'ok';
  t.equal(await resolve(2), 'unknown');
});
