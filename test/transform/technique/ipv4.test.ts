import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import t from 'tap';
import { isPublicIpv4, readIpv4 } from '../../../src/transform/technique/ipv4.ts';

const read = (text: string): number => {
  const bytes = new TextEncoder().encode(`1${text}2`);
  return readIpv4(bytes, 1, bytes.length - 2);
};

t.test('reads what is spelled plainly, and nothing else', async (t) => {
  t.equal(read('0.0.0.0'), 0);
  t.equal(read('255.255.255.255'), 0xffffffff);
  t.equal(read('1.2.3.40'), 0x01020328);
  const others = [
    '',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.',
    '.1.2.3.4',
    '1..2.3',
    '256.1.1.1',
    '01.2.3.4',
    '1.2.3.4 ',
    '1.2.3.a',
    '1234567',
    '::ffff:1.2.3.4',
    '999.999.999.999',
  ];
  for (const text of others) t.equal(read(text), -1, text);
  fc.assert(fc.property(fc.ipV4(), (text) => read(text) === text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)));
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('0', '1', '25', '9', '.') }),
      (text) => read(text) < 0 || ipaddr.IPv4.parse(text).toString() === text,
    ),
    { numRuns: 2000 },
  );
});

t.test('public is what ipaddr.js calls unicast', async (t) => {
  const edge = fc.constantFrom(0, 10, 11, 100, 127, 169, 172, 192, 198, 203, 223, 224, 240, 255);
  const part = fc.oneof(
    edge,
    fc.constantFrom(2, 15, 16, 18, 19, 31, 32, 51, 52, 63, 64, 88, 99, 113, 168, 175, 193, 196, 254),
    fc.nat(255),
  );
  fc.assert(
    fc.property(
      edge,
      part,
      part,
      part,
      (a, b, c, d) => isPublicIpv4(read(`${a}.${b}.${c}.${d}`)) === (ipaddr.IPv4.parse(`${a}.${b}.${c}.${d}`).range() === 'unicast'),
    ),
    { numRuns: 5000 },
  );
  t.ok(isPublicIpv4(read('8.8.8.8')));
});
