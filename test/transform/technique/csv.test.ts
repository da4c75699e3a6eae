import fc from 'fast-check';
import t from 'tap';
import { parseCsv } from '../../../src/transform/technique/csv.ts';

const texts = (csv: string) => {
  const parsed = parseCsv(csv);
  return 'rows' in parsed ? parsed.rows.map((row) => row.map(({ text }) => text)) : `${parsed.line}:${parsed.column} ${parsed.reason}`;
};

t.test('RFC 4180, rule by rule', async (t) => {
  t.same(texts('a,b\r\nc,d\r\n'), [
    ['a', 'b'],
    ['c', 'd'],
  ]);
  t.same(texts('a,b\nc,d'), texts('a,b\r\nc,d\r\n'), 'the last line break may be missing');
  t.same(texts('"a,1","b\r\nb","c""c",""\n'), [['a,1', 'b\r\nb', 'c"c', '']]);
  t.same(texts(',\n,,'), [
    ['', ''],
    ['', '', ''],
  ]);
  t.same(texts('\ufeffa\n\n\nb\n'), [['a'], ['b']], 'byte order mark and empty lines');
  t.same(texts(''), []);
});

t.test('what is no CSV is refused with its place', async (t) => {
  t.equal(texts('a\n"b'), '2:1 a quote is not closed');
  t.equal(texts('a,b"c'), '1:3 a quote inside a cell that does not start with one');
  t.equal(texts('"a\nb"c,d'), '2:3 text after a closing quote');
});

t.test('cells know where they start', async (t) => {
  const parsed = parseCsv('a,"b\nb",c\n"d",e\n');
  t.same('rows' in parsed && parsed.rows.map((row) => row.map(({ line, column }) => [line, column])), [
    [
      [1, 1],
      [1, 3],
      [2, 4],
    ],
    [
      [3, 1],
      [3, 5],
    ],
  ]);
});

t.test('reading undoes writing', async () => {
  const cell = fc.string({ unit: fc.constantFrom('a', 'b', ',', '"', '\n', '\r', ' ', 'é') });
  const write = (text: string) => `"${text.replaceAll('"', '""')}"`;
  fc.assert(
    fc.property(fc.array(fc.array(cell, { minLength: 1 }), { minLength: 1 }), fc.constantFrom('\n', '\r\n'), (rows, end) => {
      const csv = rows.map((row) => row.map(write).join(',') + end).join('');
      return JSON.stringify(texts(csv)) === JSON.stringify(rows);
    }),
  );
});

t.test('any text is read or refused', async () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r') }), (text) => texts(text) !== undefined));
});
