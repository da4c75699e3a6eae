import t from 'tap';
import { InvariantError } from '../../src/model/invariant.ts';
import { catalogOf, choose, modelRows, operationRows, parseTable } from '../../src/simulate/catalog.ts';
import { habit, KINDS, kindOf } from '../../src/simulate/kinds.ts';
import { MODELS, OPERATIONS } from './fixture.ts';

t.test('tables: header, quotes, comments, CRLF', async (t) => {
  t.same(parseTable('a,b\r\n# note\r\n"x, ""y""",2\r\n,\r\n'), [['x, "y"', '2'], ['', '']]); // biome-ignore format: a table
  t.same(modelRows('model,series,brand,category\nM,S,B,C\n'), [{ model: 'M', series: 'S', brand: 'B', category: 'C' }]);
  t.same(operationRows('operation,group,area\no,g,a\n'), [{ operation: 'o', group: 'g', area: 'a' }]);
});

t.test('every kind can be recognised, and the last takes the rest', async (t) => {
  for (const kind of KINDS.slice(0, -1)) t.equal(kindOf(kind.name), kind);
  t.equal(kindOf('SmartLight').name, 'light');
  t.equal(kindOf('robot_vacuum').name, 'vacuum');
  t.equal(kindOf('mystery').name, 'sensor');
});

t.test('habits have 24 hours and lie in (0, 1]', async (t) => {
  for (const kind of KINDS) {
    t.equal(kind.rhythm.length, 24, kind.name);
    for (let hour = 0; hour < 24; hour++) if (!(habit(kind, hour) > 0 && habit(kind, hour) <= 1)) t.fail(kind.name);
  }
});

t.test('operations fit the kind: locks do not play music', async (t) => {
  const catalog = catalogOf(1, MODELS, OPERATIONS);
  const of = (name: string) => [...catalog.operations[catalog.kinds.findIndex((kind) => kind.name === name)].items].sort();
  t.same(of('lock'), ['lock', 'restart', 'unlock', 'update']);
  t.same(of('speaker'), ['play', 'restart', 'update']);
});

t.test('the market depends on the seed, the rows do not', async (t) => {
  const first = (seed: number) => catalogOf(seed, MODELS, OPERATIONS).models[0].items.map((model) => model.model);
  t.same(first(1), first(1));
  t.notSame(first(1), first(2));
  t.same([...first(1)].sort(), [...first(2)].sort());
});

t.test('choose covers all items', async (t) => {
  const models = catalogOf(1, MODELS, OPERATIONS).models[0];
  t.equal(choose(models, 0), models.items[0]);
  t.equal(choose(models, 1 - 1e-12), models.items.at(-1));
});

t.test('no models: refused', async (t) => {
  t.throws(() => catalogOf(1, [], OPERATIONS), InvariantError);
});
