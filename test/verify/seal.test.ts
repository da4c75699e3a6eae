import t from 'tap';
import { clearPart, createOpener, createReader } from '../../src/verify/seal.ts';
import { newKey, sealLine, textBytes, varint } from './toy/sealing.ts';

const plain = Buffer.from('who it was');
const clear = { v: 1, view: 'usage', windowStart: 0, chunk: 2 };

t.test('opens what was sealed to its key, and nothing else', async (t) => {
  const key = newKey();
  const line = sealLine(clear, plain, key, 'lineage', 5);
  const parts = clearPart(line);
  t.ok(parts);
  const { clear: text, sealed } = parts as NonNullable<typeof parts>;
  t.equal(text, JSON.stringify(clear));
  t.same(createOpener(key, 'lineage')(sealed, text), plain);
  t.equal(createOpener(newKey(), 'lineage')(sealed, text), null, 'another key');
  t.equal(createOpener(key, 'quarantine')(sealed, text), null, 'another purpose');
  t.equal(createOpener(key, 'lineage')(sealed, text.replace('usage', 'habit')), null, 'another clear part');
  const blob = Buffer.from(sealed, 'base64');
  for (let at = 0; at < blob.length; at++) {
    const changed = Buffer.from(blob);
    changed[at] ^= 1;
    // The last bit of an X25519 key is masked (RFC 7748, section 5), but the key derivation sees it.
    t.equal(createOpener(key, 'lineage')(changed.toString('base64'), text), null, `byte ${at} changed`);
  }
  t.equal(createOpener(key, 'lineage')('', text), null);
  t.equal(clearPart('{"v":1}'), null);
});

t.test('reads varints and texts, and stops at the end', async (t) => {
  const reader = createReader(Buffer.concat([varint(300), varint(2 ** 50), textBytes('é'), Buffer.from([7])]));
  t.equal(reader.varint(), 300);
  t.equal(reader.varint(), 2 ** 50);
  t.equal(reader.text(), 'é');
  t.notOk(reader.done());
  t.same([...reader.rest()], [7]);
  t.throws(() => reader.take(1), RangeError);
});
