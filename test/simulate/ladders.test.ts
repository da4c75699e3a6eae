import { readFileSync } from 'node:fs';
import t from 'tap';
import { catalogOf, modelRows, operationRows, parseTable } from '../../src/simulate/catalog.ts';
import { linesOf, SOUND, small } from './fixture.ts';

const ladder = (name: string) => readFileSync(new URL(`../../ladders/${name}.csv`, import.meta.url), 'utf8');
const MODELS = modelRows(ladder('model'));
const OPERATIONS = operationRows(ladder('operation'));
const catalog = catalogOf(1, MODELS, OPERATIONS);
const kindAt = (name: string) => catalog.kinds.findIndex((kind) => kind.name === name);

t.test('every listed model has a place in the market, and only those', async (t) => {
  const models = catalog.models.flatMap((market) => market.items.map((model) => model.model));
  t.same(models.sort(), MODELS.map((row) => row.model).sort());
  t.notOk(models.includes('*'));
});

t.test('makers are told without their category', async (t) => {
  const makers = new Set(catalog.models.flatMap((market) => market.items.map((model) => model.maker)));
  for (const maker of ['apple', 'samsung', 'philips', 'ikea']) t.ok(makers.has(maker), maker);
  t.notOk([...makers].some((maker) => / (phone|light|tv)$/.test(maker)));
});

t.test('operations go with the kind', async (t) => {
  const first = (kind: string) => catalog.operations[kindAt(kind)].items.slice(0, 5);
  const groups = new Map(OPERATIONS.map((row) => [row.operation, row.group]));
  for (const operation of first('light')) t.match(groups.get(operation), /^light/);
  for (const operation of first('lock')) t.match(groups.get(operation), /^(lock|access)/);
  for (const operation of first('blind')) t.match(groups.get(operation), /^(cover|garage)/);
  t.notOk(catalog.operations[kindAt('tv')].items.includes('unlock-door'));
});

t.test('what is simulated is what the ladders list, but for a few models', async (t) => {
  const known = new Set(MODELS.map((row) => row.model));
  const results = new Set(parseTable(ladder('result')).map(([result]) => result));
  const operations = new Set(OPERATIONS.map((row) => row.operation));
  const lines = linesOf(small({ ...SOUND, models: MODELS, operations: OPERATIONS, count: 20_000, devices: 20_000 }));
  let unlisted = 0;
  let failed = 0;
  let operated = 0;
  for (const { value } of lines) {
    if (!known.has(value.model)) unlisted++;
    if (value.operation === undefined) continue;
    operated++;
    if (!operations.has(value.operation) || !results.has(value.result)) t.fail('not listed');
    if (value.errorCode !== undefined) failed++;
  }
  t.ok(unlisted > 20 && unlisted < 120, `${unlisted} of 20 000`);
  t.ok(failed / operated > 0.03 && failed / operated < 0.06, `${failed} of ${operated} failed`);
});
