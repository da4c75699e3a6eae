import t from 'tap';
import { canonicalValue, directMessage, personMessage } from '../../../src/control/dataset/values.ts';

const same = (left: Uint8Array, right: Uint8Array): boolean => Buffer.compare(left, right) === 0;

t.test('spellings of one value are one, by its kind', async (t) => {
  const kinds: readonly (readonly [kind: string, left: string, right: string])[] = [
    ['mac', 'AA:BB:0C:00:11:22', 'aabb.0c00.1122'],
    ['phone', '+49 (0)30 1234', '0049301234'],
    ['email', 'Mia@Example.org', 'mia@example.org '],
    ['ip', '::ffff:192.0.2.1', '192.0.2.1'],
    ['position', '52.50, +13.400', '52.5,13.4'],
    ['position', '52.5;13.4', '52.5,13.4'],
    ['imei', '35-209900-176148-1', '352099001761481'],
  ];
  for (const [kind, left, right] of kinds) t.ok(same(directMessage(kind, left), directMessage(kind, right)), kind);
  t.notOk(same(directMessage('serial', '1234'), directMessage('imei', '1234')), 'kinds are apart');
  t.notOk(same(directMessage('position', '52.5,13.4'), directMessage('position', '13.4,52.5')));
  t.equal(canonicalValue('position', 'somewhere, else'), 'somewhere,else');
});

t.test('persons are told by all of their columns', async (t) => {
  const of = (...texts: (string | null)[]): Uint8Array => personMessage([null, 'account-id'], texts);
  t.ok(same(of(' Mia', 'ACC-1'), of('mia ', 'acc 1')));
  t.notOk(same(of('mia', 'acc1'), of('mia', 'acc2')));
  t.notOk(same(of('mi', 'aacc1'), of('mia', 'acc1')));
  t.ok(same(of('mia', null), of('mia', '')), 'who is told by nothing is the same person: one too few is counted, never one too many');
  t.notOk(same(personMessage(['serial'], ['1']), directMessage('serial', '1')), 'tokens of persons and of values are apart');
});
