import fc from 'fast-check';
import t from 'tap';
import { smallestDatum } from '../../src/decode/avro-size.ts';
import { encode, RICH, valuesOf } from './avro.ts';

t.test('the least that a datum takes', async (t) => {
  const record = (type: unknown) => ({ type: 'record', name: 'R', fields: [{ name: 'f', type }] });
  const cases: readonly (readonly [unknown, number])[] = [
    ['null', 0],
    ['double', 8],
    ['string', 1],
    [record('null'), 0],
    [record(['null', 'double']), 1],
    [record(['double', 'float']), 5],
    [record({ type: 'array', items: 'double' }), 1],
    [record({ type: 'fixed', name: 'F', size: 6 }), 6],
    [record({ type: 'enum', name: 'E', symbols: ['A'] }), 1],
    [record({ type: 'long', logicalType: 'timestamp-millis' }), 1],
    [record(['null', 'R']), 1],
    [record('R'), 0],
  ];
  for (const [schema, size] of cases) t.equal(smallestDatum(schema), size, JSON.stringify(schema));
});

t.test('no datum is smaller', async () => {
  const least = smallestDatum(RICH);
  fc.assert(fc.property(valuesOf(RICH), (value) => encode(RICH, value).length >= least));
});
