import t from 'tap';
import { envelopesOf, murmur2 } from '../../src/simulate/envelope.ts';

t.test('murmur2 is the one of Kafka (vectors of its UtilsTest)', async (t) => {
  t.equal(murmur2('21'), -973932308);
  t.equal(murmur2('foobar'), -790332482);
  t.equal(murmur2('a-little-bit-long-string'), -985981536);
  t.equal(murmur2('a-little-bit-longer-string'), -1486304829);
  t.equal(murmur2('lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8'), -58897971);
  t.equal(murmur2('abc'), 479470107);
});

t.test('offsets rise by one in each partition of each topic', async (t) => {
  const envelope = envelopesOf(1);
  const read = (event: 'device' | 'location', key: string) => JSON.parse(envelope({ event, key, headers: '{}', value: 'null' }, 5));
  t.same(read('device', 'a"b'), { topic: 'telemetry.device', partition: 0, offset: 0, timestamp: 5, key: 'a"b', headers: {}, value: null });
  t.equal(read('device', 'c').offset, 1);
  t.equal(read('location', 'c').offset, 0);
});
