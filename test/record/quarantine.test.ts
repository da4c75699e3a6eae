import fc from 'fast-check';
import t from 'tap';
import {
  decodeQuarantine,
  encodeQuarantine,
  openQuarantine,
  type QuarantineHead,
  sealQuarantine,
  sizeBucket,
} from '../../src/record/quarantine.ts';
import { openSealSession } from '../../src/record/seal.ts';
import { memoryRecipients } from '../../src/runtime/keys/memory.ts';
import { golden } from './golden.ts';
import { strict, strictLine } from './strict.ts';

const HEAD: QuarantineHead = { reason: 'no-value', stage: 'frame', hour: 1_760_000_400_000, size: '<=256', schema: '0123456789abcdef' };
const BODY = { topic: 'telemetry.operation', partition: 3, offset: 2 ** 33, record: Buffer.from('{"imei":"490154203237518"}') };

const sealed = (head = HEAD, body = BODY, seed = 'unjoin') => {
  const { recipients, operatorKey } = memoryRecipients(seed);
  return { line: sealQuarantine(openSealSession(recipients.operator, 'quarantine'), head, body), operatorKey };
};

t.test('golden', async (t) => {
  golden(t, 'quarantine.1.bin', encodeQuarantine(BODY));
  const { line, operatorKey } = sealed(HEAD, BODY, 'golden');
  const committed = golden(t, 'quarantine.1.ndjson', line).toString();
  t.ok(
    committed.startsWith(
      '{"v":1,"reason":"no-value","stage":"frame","hour":1760000400000,"size":"<=256","schema":"0123456789abcdef","sealed":"',
    ),
  );
  t.same(openQuarantine(committed, operatorKey), { ok: true, value: { ...HEAD, ...BODY } });
});

t.test('a row comes back whole, and says nothing of its record before it is opened', async (t) => {
  fc.assert(
    fc.property(fc.string(), fc.nat(), fc.maxSafeNat(), fc.uint8Array({ maxLength: 300 }), (topic, partition, offset, record) => {
      const result = decodeQuarantine(encodeQuarantine({ topic, partition, offset, record }));
      return (
        result.ok &&
        result.value.topic === topic &&
        result.value.partition === partition &&
        result.value.offset === offset &&
        Buffer.from(record).equals(result.value.record)
      );
    }),
  );
  const { line } = sealed();
  t.notMatch(line, /490154203237518|telemetry|imei/);
  const other = sealed(HEAD, { ...BODY, record: Buffer.from('{"imei":"356938035643809"}') }).line;
  t.equal(line.length, other.length);
});

t.test('rows without a clock or a schema', async (t) => {
  const head = { ...HEAD, hour: null, schema: null };
  const { line, operatorKey } = sealed(head);
  t.same(openQuarantine(line, operatorKey), { ok: true, value: { ...head, ...BODY } });
});

t.test('strict', async (t) => {
  strict(t, encodeQuarantine(BODY), decodeQuarantine, encodeQuarantine, 'open');
  const { line, operatorKey } = sealed();
  strictLine(t, line, (text) => openQuarantine(text, operatorKey));
  t.same(openQuarantine(line, memoryRecipients().lineageKey), { ok: false, error: 'unopenable' });
});

t.test('a head of other than closed sets is refused, however well it is sealed', async (t) => {
  const heads: readonly object[] = [
    { reason: 'constructor' },
    { reason: '490154203237518' },
    { stage: 'decode' },
    { hour: 1_760_000_400_001 },
    { hour: '0' },
    { size: '26' },
    { schema: 'device.avsc' },
    { schema: 5 },
  ];
  for (const change of heads) {
    const { line, operatorKey } = sealed({ ...HEAD, ...change });
    t.same(openQuarantine(line, operatorKey), { ok: false, error: 'malformed' }, JSON.stringify(change));
  }
});

t.test('sizes', async (t) => {
  const limits = [0, 256, 257, 1024, 1025, 4096, 4097, 16_384, 16_385, 65_536, 65_537, 1_048_576, 1_048_577, 1e9];
  const buckets = ['<=256', '<=256', '<=1k', '<=1k', '<=4k', '<=4k', '<=16k', '<=16k', '<=64k', '<=64k', '<=1M', '<=1M', '>1M', '>1M'];
  t.same(limits.map(sizeBucket), buckets);
});
