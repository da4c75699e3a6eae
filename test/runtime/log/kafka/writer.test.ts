import t from 'tap';
import { checkAcknowledged, type OutMessage } from '../../../../src/runtime/log/kafka/writer.ts';

const message = (topic: string, partition: number): OutMessage => ({
  topic,
  partition,
  key: null,
  value: Buffer.from('x'),
  timestampMs: 0,
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
