import t from 'tap';
import { fingerprintOf } from '../../src/decode/avro-canonical.ts';
import { compileSourceSchema, fullName, isNullable, jsonName, lookUp, namespaceOf } from '../../src/decode/avro-schema.ts';
import { RICH } from './avro.ts';

t.test('a schema has its id and fingerprint', async (t) => {
  t.same(compileSourceSchema('rich.avsc', RICH), { file: 'rich.avsc', id: 9, json: RICH, fingerprint: fingerprintOf(RICH) });
  const { schemaId, ...without } = RICH;
  t.equal(compileSourceSchema('rich.avsc', without).id, null);
  t.equal(compileSourceSchema('rich.avsc', { ...RICH, schemaId: '9' }).id, null, 'an id is a number');
});

t.test('what is no schema throws', async (t) => {
  const twice = { type: 'record', name: 'R', fields: ['a', 'b'].map((name) => ({ name, type: { type: 'fixed', name: 'F', size: 1 } })) };
  for (const bad of [null, {}, { type: 'record', name: 'R' }, { type: 'record', name: 'R', fields: [{ name: '1', type: 'int' }] }, twice]) {
    t.throws(() => compileSourceSchema('bad.avsc', bad));
  }
});

t.test('unions that values do not tell apart are allowed', async (t) => {
  for (const union of [
    ['null', 'double', 'string'],
    ['int', 'long'],
    ['float', 'double', 'int'],
  ]) {
    t.doesNotThrow(() => compileSourceSchema('u.avsc', { type: 'record', name: 'R', fields: [{ name: 'f', type: union }] }));
  }
});

t.test('names', async (t) => {
  t.equal(fullName({ type: 'fixed', name: 'F' }, ''), 'F');
  t.equal(fullName({ type: 'fixed', name: 'F' }, 'a.b'), 'a.b.F');
  t.equal(fullName({ type: 'fixed', name: 'F', namespace: 'c' }, 'a.b'), 'c.F');
  t.equal(fullName({ type: 'fixed', name: 'd.F', namespace: 'c' }, 'a.b'), 'd.F');
  t.equal(namespaceOf('a.b.F'), 'a.b');
  t.equal(namespaceOf('F'), '');
  const names = new Map([
    ['F', 1],
    ['a.F', 2],
    ['G', 3],
  ]);
  t.same(
    [lookUp(names, 'F', 'a'), lookUp(names, 'F', ''), lookUp(names, 'G', 'a'), lookUp(names, 'a.F', 'b'), lookUp(names, 'H', 'a')],
    [2, 1, 3, 2, undefined],
  );
  t.equal(jsonName({ name: 'oid', json: '$oid', type: 'string' }), '$oid');
});

t.test('what can be null', async (t) => {
  t.ok(isNullable('null'));
  t.ok(isNullable(['string', 'null']));
  t.ok(isNullable({ type: ['null', 'string'] }));
  t.notOk(isNullable('string'));
  t.notOk(isNullable(['string', 'int']));
  t.notOk(isNullable(RICH));
});
