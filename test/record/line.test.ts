import t from 'tap';
import { joinLine, sealedBytes, splitLine } from '../../src/record/line.ts';

t.test('a line is taken apart where it was joined', async (t) => {
  const clear = '{"v":1,"view":"x\\",\\"sealed\\":\\"y"}';
  t.same(splitLine(joinLine(clear, 'sealed', 'AAAA'), 'sealed'), { ok: true, value: { clear, last: 'AAAA', fields: JSON.parse(clear) } });
});

t.test('what is no line is refused by kind', async (t) => {
  t.same(splitLine('{"v":1,"x":"AAAA"}', 'sealed'), { ok: false, error: 'malformed' }, 'another member');
  t.same(splitLine('{"v":1,"sealed":"AAAA"} ', 'sealed'), { ok: false, error: 'malformed' });
  t.same(splitLine('{"v":1,x,"sealed":"AAAA"}', 'sealed'), { ok: false, error: 'malformed' }, 'no JSON');
  t.same(splitLine('{"v":2,"sealed":"AAAA"}', 'sealed'), { ok: false, error: 'unknown-version' });
  t.same(splitLine('{"sealed":"AAAA"}', 'sealed'), { ok: false, error: 'malformed' });
});

t.test('sealed bytes have one text', async (t) => {
  t.same(sealedBytes('AAE='), Buffer.of(0, 1));
  for (const text of ['AAF=', 'AAE', 'AAE=\n', 'A A=', 'AA-_']) t.equal(sealedBytes(text), null, text);
});
