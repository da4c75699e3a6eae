import t from 'tap';
import { attributesOf } from '../../src/policy/attributes.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import type { PolicyField } from '../../src/policy/shape.ts';
import { BASE } from './world.ts';

const namesOf = (fields: Readonly<Record<string, PolicyField>>): string[] =>
  attributesOf({ fields }).map(
    ({ name, ladder, inputs }) => `${name}/${ladder}: ${inputs.map(({ path, axis }) => `${path}@${axis}`).join(' ')}`,
  );

t.test('fields become attributes', async (t) => {
  const quasi = (ladder: string, rest: { as?: string; axis?: string } = {}): PolicyField => ({ role: 'quasi', ladder, ...rest });
  t.same(namesOf({ a: { role: 'drop' }, b: { role: 'identifier', kind: 'mac' }, c: { role: 'constant', value: 1 } }), []);
  t.same(namesOf({ 'a.model': quasi('m') }), ['model/m: a.model@'], 'the last part of the path');
  t.same(namesOf({ 'a.b': quasi('m', { as: 'x' }) }), ['x/m: a.b@']);
  t.same(
    namesOf({ lat: quasi('place', { axis: 'lat' }), x: quasi('m'), lon: quasi('place', { axis: 'lon' }) }),
    ['place/place: lat@lat lon@lon', 'x/m: x@'],
    'axes without a name belong to the attribute of their ladder',
  );
  t.same(
    namesOf({
      a: quasi('place', { axis: 'lat', as: 'home' }),
      b: quasi('place', { axis: 'lon', as: 'home' }),
      c: quasi('place', { axis: 'lat' }),
    }),
    ['home/place: a@lat b@lon', 'place/place: c@lat'],
    'a name tells two places apart',
  );
  t.same(
    namesOf({ 'a.x': quasi('m'), 'b.x': quasi('m'), c: quasi('m', { as: 'x', axis: 'y' }) }),
    ['x/m: a.x@', 'x/m: b.x@', 'x/m: c@y'],
    'fields without an axis are never one attribute',
  );
});

t.test('sensitive fields carry what reveals', async (t) => {
  const { policy } = parsePolicy(BASE, 'base.yaml');
  const attributes = attributesOf(policy?.events['operation'] as never);
  t.same(
    attributes.map(({ name, role }) => `${name} ${role}`),
    ['model quasi', 'os quasi', 'operation quasi', 'duration quasi', 'result sensitive', 'theme quasi', 'sensors quasi'],
  );
  t.same(attributes.find(({ name }) => name === 'result')?.revealing, ['failed-pin']);
});
