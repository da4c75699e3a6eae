import t from 'tap';
import { canonicalIp, parseIp } from '../../../src/policy/canonical/ip.ts';

t.test('spellings of one address are one', async (t) => {
  for (const text of [
    '192.0.2.1',
    '::ffff:192.0.2.1',
    '::FFFF:c000:201',
    '0:0:0:0:0:ffff:192.0.2.1',
    '192.000.002.001',
    '192.0.2.1:8080',
    '[::ffff:192.0.2.1]:443',
    ' 192.0.2.1\n',
  ]) {
    t.equal(canonicalIp(text), '192.0.2.1', text);
  }
  for (const text of ['2001:db8::1', '2001:0DB8:0:0:0:0:0:1', '[2001:db8::1]:53', '2001:db8:0::1%eth0'])
    t.equal(canonicalIp(text), '2001:db8::1', text);
});

t.test('what is no address is folded text', async (t) => {
  for (const text of ['', '256.1.1.1', '1.2.3', '0x7f000001', '2130706433', 'fe80', ':::', '1.2.3.4.5', '[', '::1::']) {
    t.equal(parseIp(text), null, text);
    t.equal(canonicalIp(text.toUpperCase()), text, text);
  }
});
