import fc from 'fast-check';
import t from 'tap';
import { hasDuplicateKeys, parseJson, survey, textOfBytes } from '../../src/verify/json.ts';

t.test('what JSON.stringify writes has no duplicate keys, and its members are found', async (t) => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()), (value) => {
      const text = JSON.stringify(value, null, 1);
      const { whole, members } = survey(text);
      t.equal(whole.duplicate, 'none');
      t.notOk(whole.illFormed);
      t.same([...members.keys()].sort(), Object.keys(value).sort());
      for (const [key, member] of members) t.same(JSON.parse(member), JSON.parse(JSON.stringify(value))[key]);
    }),
    { numRuns: 100 },
  );
});

t.test('duplicates, depth, items and strings', async (t) => {
  t.equal(survey('{"a":1,"\\u0061":2}').whole.duplicate, 'top');
  t.equal(survey('{"a":{"b":1,"b":2}}').whole.duplicate, 'inside');
  t.ok(hasDuplicateKeys('[{"a":1,"a":1}]'));
  t.notOk(hasDuplicateKeys('{"a":"b","b":"a:","c":["c","c"],"d":{"a":1}}'));
  t.match(survey('[[1,2],{"a":"\\"x\\\\"}]').whole, { depth: 2, items: 5, longestString: 5 });
  t.ok(survey('["\\ud800"]').whole.illFormed);
  t.notOk(survey('["\\ud83d\\ude00"]').whole.illFormed);
});

t.test('one member is looked at by itself', async (t) => {
  const { whole, inner } = survey('{"a":{"a":[1,2],"a":0},"key":"12345678","value":{"x":[{"y":"123","y":1}],"z":2},"b":[[[]]]}', 'value');
  t.match(whole, { depth: 4, items: 16, longestString: 8, duplicate: 'inside' });
  t.match(inner, { depth: 3, items: 5, longestString: 3, duplicate: 'inside', illFormed: false });
  t.match(survey('{"value":{"z":1,"z":2}}', 'value').inner, { duplicate: 'top' });
  t.match(survey('{"value":"x","v":[]}', 'value').inner, { depth: 0, items: 0, longestString: 1 });
});

t.test('bytes that are no text and texts that are no JSON', async (t) => {
  t.equal(textOfBytes(Buffer.from([0xff])), null);
  t.equal(parseJson('{"a":}'), undefined);
  t.equal(parseJson(textOfBytes(Buffer.from('\ufeff1')) as string), undefined, 'a byte order mark is no JSON');
});
