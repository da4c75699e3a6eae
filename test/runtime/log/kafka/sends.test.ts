import fc from 'fast-check';
import t from 'tap';
import { checkAcknowledged, type OutMessage, planSends, topicMessages } from '../../../../src/runtime/log/kafka/sends.ts';

const message = (topic: string, partition: number, bytes = 1): OutMessage => ({
  topic,
  partition,
  key: null,
  value: Buffer.alloc(bytes, 120),
  timestampMs: 7,
});
const told = (topicName: string, partition: number, baseOffset: string | undefined, errorCode = 0) => ({
  topicName,
  partition,
  errorCode,
  ...(baseOffset === undefined ? {} : { baseOffset }),
});

t.test('every partition that was sent to is acknowledged once, with an offset (H1)', async (t) => {
  const sent = [message('a', 0), message('a', 0), message('b', 3)];
  t.strictSame([...checkAcknowledged(sent, [told('a', 0, '10'), told('b', 3, '7')])], [['a:0', 12], ['b:3', 8]]); // biome-ignore format: a table
  const lost = {
    'one is missing: its leader moved during the send': [told('a', 0, '10')],
    'none at all': [],
    'one twice': [told('a', 0, '10'), told('a', 0, '10'), told('b', 3, '7')],
    'one that was not sent': [told('a', 0, '10'), told('b', 3, '7'), told('c', 0, '1')],
    'no offset': [told('a', 0, '10'), told('b', 3, undefined)],
    'an offset of -1': [told('a', 0, '10'), told('b', 3, '-1')],
    'an error': [told('a', 0, '10'), told('b', 3, '7', 6)],
  };
  for (const [what, answer] of Object.entries(lost))
    t.throws(() => checkAcknowledged(sent, answer), { name: 'TransportError', code: 'unreachable' }, what);
});

t.test('a step goes to each leader in one send (H1)', async (t) => {
  const messages = Array.from({ length: 90 }, (_, i) => message('ab'[i % 2], i % 6));
  const leaderOf = (topic: string, partition: number): string => String((partition + topic.length) % 3);
  const sends = planSends(messages, leaderOf);
  t.equal(sends.length, 3, 'three leaders, three sends');
  for (const send of sends) t.equal(new Set(send.map(({ topic, partition }) => leaderOf(topic, partition))).size, 1, 'none spans leaders');
});

const messages = fc.array(fc.record({ topic: fc.constantFrom('a', 'b'), partition: fc.nat(3), bytes: fc.constantFrom(1, 100, 300_000, 899_000) }), {
  maxLength: 80,
}); // biome-ignore format: a table

t.test('nothing is lost, doubled or put in another order, and no batch is larger than a broker takes', async () => {
  fc.assert(
    fc.property(messages, fc.integer({ min: 1, max: 4 }), (parts, leaders) => {
      const all = parts.map(({ topic, partition, bytes }) => message(topic, partition, bytes));
      const sends = planSends(all, (_, partition) => String(partition % leaders));
      const orderOf = (list: readonly OutMessage[]) => {
        const byPartition = new Map<string, OutMessage[]>();
        for (const one of list) byPartition.set(`${one.topic}:${one.partition}`, [...(byPartition.get(`${one.topic}:${one.partition}`) ?? []), one]); // biome-ignore format: a line
        return byPartition;
      };
      const before = orderOf(all);
      const after = orderOf(sends.flat());
      for (const [name, list] of before) if (list.some((one, i) => one !== after.get(name)?.[i])) return false;
      return (
        sends.flat().length === all.length &&
        sends.every((send) =>
          [...orderOf(send).values()].every((batch) => batch.reduce((sum, { value }) => sum + (value?.length ?? 0), 0) <= 900_000),
        )
      );
    }),
    { numRuns: 60 },
  );
});

t.test('a partition gets at most 500 records a send, others go with them', async (t) => {
  const many = Array.from({ length: 2000 }, (_, i) => message('a', i % 2));
  t.strictSame(
    planSends(many, () => '1').map(({ length }) => length),
    [1000, 1000],
  );
});

t.test('every record that is sent tells its partition and time (H15)', async (t) => {
  t.strictSame(topicMessages([message('a', 3), message('b', 0), message('a', 1)]), [
    {
      topic: 'a',
      messages: [
        { partition: 3, key: null, value: Buffer.from('x'), timestamp: '7' },
        { partition: 1, key: null, value: Buffer.from('x'), timestamp: '7' },
      ],
    },
    { topic: 'b', messages: [{ partition: 0, key: null, value: Buffer.from('x'), timestamp: '7' }] },
  ]);
});
