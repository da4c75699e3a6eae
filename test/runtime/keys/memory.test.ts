import t from 'tap';
import { openSealed, openSealSession } from '../../../src/record/seal.ts';
import { memoryKeys, memoryRecipients } from '../../../src/runtime/keys/memory.ts';
import { hex } from './vectors.ts';

const MESSAGE = Buffer.from('a message');

t.test('the same seed gives the same keys; epochs, views, PRFs and seeds differ', async (t) => {
  const macs = (seed: string, prf?: 'hmac-sha-256') => {
    const keys = memoryKeys(seed, prf);
    return [1, 2]
      .flatMap((epoch) => [keys.epoch(epoch).counting, keys.epoch(epoch).view('a'), keys.epoch(epoch).view('b')])
      .map((prf) => hex(prf.one(MESSAGE)));
  };
  t.same(macs('x'), macs('x'));
  t.equal(new Set([...macs('x'), ...macs('y'), ...macs('x', 'hmac-sha-256')]).size, 18);
  const keys = memoryKeys();
  t.equal(keys.epoch(1).view('a'), keys.epoch(1).view('a'), 'one handle a view');
});

t.test('recipients come again with all that they seal', async (t) => {
  const seal = () => {
    const { recipients } = memoryRecipients('x');
    return [1, 2].map(() => hex(openSealSession(recipients.operator, 'quarantine').seal('a', MESSAGE)));
  };
  t.same(seal(), seal());
  t.equal(new Set(seal()).size, 2, 'each session has a key of its own');
  const { operatorKey, lineageKey } = memoryRecipients('x');
  t.same(openSealed(operatorKey, 'quarantine', 'a', Buffer.from(seal()[1], 'hex')), MESSAGE);
  t.equal(openSealed(lineageKey, 'quarantine', 'a', Buffer.from(seal()[1], 'hex')), null);
});
