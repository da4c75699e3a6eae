import t from 'tap';
import { canonicalImei } from '../../../src/policy/canonical/imei.ts';

t.test('with or without check digit or software version, one phone is one', async (t) => {
  for (const text of [
    '49015420323751',
    '490154203237518',
    '4901542032375101',
    '49-015420-323751-8',
    '490154/20/323751/8',
    '49 015420 323751',
  ]) {
    t.equal(canonicalImei(text), '49015420323751', text);
  }
});

t.test('what is no IMEI is an id', async (t) => {
  t.equal(canonicalImei('A1000051-BBCCDD'), 'a1000051bbccdd');
  t.equal(canonicalImei('12345'), '12345');
  t.equal(canonicalImei(''), '');
});
