import t from 'tap';
import { canonicalId } from '../../../src/policy/canonical/id.ts';

t.test('a UUID is one in all of its spellings', async (t) => {
  for (const text of [
    '{F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6}',
    'f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
    'f81d4fae7dec11d0a76500a0c91e6bf6',
  ]) {
    t.equal(canonicalId(text), 'f81d4fae7dec11d0a76500a0c91e6bf6');
  }
});

t.test('only six groups are padded as a MAC address', async (t) => {
  t.equal(canonicalId('0:1b:2:3:4:5'), '001b02030405');
  t.equal(canonicalId('0:1b:2:3:4'), '01b234');
  t.equal(canonicalId('a-b-c-d-e-f'), '0a0b0c0d0e0f');
});
