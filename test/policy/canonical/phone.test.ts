import t from 'tap';
import { canonicalPhone } from '../../../src/policy/canonical/phone.ts';

t.test('spellings of one number are one', async (t) => {
  for (const text of ['+49 30 123456', '0049 (30) 12 34 56', '+49 (0) 30/123456', 'tel:+49-30-123456', '4930123456', '＋49 30 123456']) {
    t.equal(canonicalPhone(text), '4930123456', text);
  }
  t.not(canonicalPhone('030 123456'), canonicalPhone('+49 30 123456'), 'a national number does not say which country');
});

t.test('what is no number is an id', async (t) => {
  t.equal(canonicalPhone('Anna-Home'), 'annahome');
  t.equal(canonicalPhone('+'), '+');
  t.equal(canonicalPhone(''), '');
});
