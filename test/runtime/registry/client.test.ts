import t, { type Test } from 'tap';
import { openRegistry, type Registry } from '../../../src/runtime/registry/client.ts';
import type { Failure, RegistrySettings } from '../../../src/runtime/registry/http.ts';
import { type FakeRegistry, fakeRegistry, type Mode } from './server.ts';

const SCHEMA = JSON.stringify({ type: 'record', name: 'R', fields: [{ name: 'x', type: 'string' }] });
const OTHER = JSON.stringify({ type: 'record', name: 'R', fields: [{ name: 'y', type: 'string' }] });

const open = (t: Test, server: FakeRegistry, more: Partial<RegistrySettings> = {}): Registry => {
  const registry = openRegistry({ ...server.settings, ...more });
  t.teardown(registry.close);
  return registry;
};

t.test('schemas by id and by GUID', async (t) => {
  const server = await fakeRegistry(t);
  const registry = open(t, server);
  const id = server.put('a-value', SCHEMA);
  const avro = { failure: null, value: { kind: 'avro', text: SCHEMA } };
  t.same(await registry.schema(id), avro);
  t.same(await registry.schema(server.guid(id)), avro);
  t.match(server.asked.at(-1), /^GET \/schemas\/guids\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  t.same(await registry.schema(77), { failure: null, value: { kind: 'missing' } });
  t.same(await registry.schema('0'.repeat(32)), { failure: null, value: { kind: 'missing' } });
  const foreign = { failure: null, value: { kind: 'foreign' } };
  t.same(await registry.schema(server.put('b', '{}', { type: 'JSON' })), foreign);
  t.same(await registry.schema(server.put('c', SCHEMA, { id: 30, references: [{ name: 'N' }] })), foreign, 'a part of a schema');
});

t.test('a registry below a path, as Apicurio serves it', async (t) => {
  const server = await fakeRegistry(t, undefined, '/apis/ccompat/v7');
  const registry = open(t, server, { url: `${server.url}/` });
  t.match(await registry.schema(server.put('a', SCHEMA)), { value: { kind: 'avro' } });
});

t.test('what goes wrong is told apart, and never an answer', async (t) => {
  const server = await fakeRegistry(t);
  const id = server.put('a', SCHEMA);
  const cases: readonly (readonly [Mode, Failure])[] = [
    ['slow', 'slow'],
    ['dripping', 'slow'],
    ['broken', 'silent'],
    ['failing', 'failing'],
    ['busy', 'failing'],
    ['denied', 'denied'],
    ['redirecting', 'redirected'],
    ['garbage', 'garbage'],
    ['other', 'garbage'],
    ['huge', 'oversized'],
    ['proxy', 'garbage'],
  ];
  for (const [mode, failure] of cases) {
    server.mode = mode;
    const registry = open(t, server, mode === 'slow' || mode === 'dripping' ? { timeoutMs: 100 } : {});
    for (const told of [
      await registry.schema(id),
      await registry.schema(server.guid(id)),
      await registry.lookUp('a', SCHEMA),
      await registry.isCompatible('a', SCHEMA),
      await registry.register('a', SCHEMA),
      await registry.reach(),
    ])
      t.same(told, { failure }, mode);
  }
  server.mode = 'ok';
  const registry = open(t, server);
  t.match(await registry.schema(id), { value: { kind: 'avro' } }, 'and then it answers again');
  await server.stop();
  t.same(await registry.schema(id), { failure: 'silent' }, 'gone');
  await server.start();
  t.match(await registry.schema(id), { value: { kind: 'avro' } });
});

t.test('where a registry has no GUIDs, none is registered; where none answers, nobody knows', async (t) => {
  const server = await fakeRegistry(t);
  const registry = open(t, server);
  server.hasGuids = false;
  t.same(await registry.schema('0'.repeat(32)), { failure: null, value: { kind: 'missing' } });
  t.equal(server.asked.at(-1), 'GET /schemas/types');
});

t.test('subjects: looked up, checked, registered, and registered again', async (t) => {
  const server = await fakeRegistry(t);
  const registry = open(t, server);
  t.same(await registry.reach(), { failure: null, value: true });
  t.same(await registry.lookUp('unjoin.view.x-value', SCHEMA), { failure: null, value: null });
  t.same(await registry.isCompatible('unjoin.view.x-value', SCHEMA), { failure: null, value: true });
  t.same(await registry.register('unjoin.view.x-value', SCHEMA), { failure: null, value: 1 });
  t.same(await registry.register('unjoin.view.x-value', SCHEMA), { failure: null, value: 1 });
  t.same(await registry.lookUp('unjoin.view.x-value', SCHEMA), { failure: null, value: { id: 1, version: 1 } });
  t.same(await registry.lookUp('unjoin.view.x-value', OTHER), { failure: null, value: null });
  t.same(await registry.latest('unjoin.view.x-value'), { failure: null, value: { kind: 'avro', text: SCHEMA } });
  t.same(await registry.latest('none-value'), { failure: null, value: { kind: 'missing' } });
  server.compatibility = 'REFUSE';
  t.same(await registry.isCompatible('unjoin.view.x-value', OTHER), { failure: null, value: false });
  t.same(await registry.register('unjoin.view.x-value', OTHER), { failure: null, value: null });
  t.same(await registry.lookUp('a/b c?', SCHEMA), { failure: null, value: null });
  t.equal(server.asked.at(-1), 'POST /subjects/a%2Fb%20c%3F');
});

t.test('a login goes to the registry alone', async (t) => {
  const server = await fakeRegistry(t);
  const id = server.put('a', SCHEMA);
  server.login = 'gate:pässword';
  t.same(await open(t, server).schema(id), { failure: 'denied' });
  const registry = open(t, server, { login: { username: 'gate', password: 'pässword' } });
  t.match(await registry.schema(id), { value: { kind: 'avro' } });
  server.mode = 'redirecting';
  const before = server.asked.length;
  t.same(await registry.schema(id), { failure: 'redirected' });
  t.equal(server.asked.length, before + 1, 'a redirect is not followed');
});
