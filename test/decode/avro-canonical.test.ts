import { readFileSync } from 'node:fs';
import t from 'tap';
import { canonicalForm, fingerprintOf, readingForm } from '../../src/decode/avro-canonical.ts';

interface Case {
  readonly schema: unknown;
  readonly canonical: string;
}

/** The cases of Avro's own test data: an input of one line or between INPUT marks, then its canonical form. */
const cases: readonly Case[] = [
  ...readFileSync(new URL('../fixtures/avro/schema-tests.txt', import.meta.url), 'utf8').matchAll(
    /^<<INPUT(?: (.+)|\n([\s\S]+?)\nINPUT)\n<<canonical (.+)$/gm,
  ),
].map(([, line, block, canonical]) => ({ schema: JSON.parse(line ?? block), canonical }));

t.test("Avro's own cases of the parsing canonical form", async (t) => {
  t.equal(cases.length, 34);
  for (const { schema, canonical } of cases) t.equal(canonicalForm(schema as never), canonical);
});

const base = {
  type: 'record',
  name: 'R',
  namespace: 'a',
  fields: [
    { name: 'f', type: 'long' },
    { name: 'g', type: 'a.R' },
  ],
};

t.test('what does not change how bytes are read does not change the fingerprint', async (t) => {
  const same: readonly unknown[] = [
    { ...base, doc: 'words', aliases: ['Q'], schemaId: 3 },
    { fields: base.fields, name: 'a.R', type: 'record' },
    { ...base, fields: [{ name: 'f', type: { type: 'long', logicalType: 'timestamp-millis' }, default: 1 }, base.fields[1]] },
    { ...base, fields: [base.fields[0], { name: 'g', type: 'R', json: '$g' }] },
  ];
  for (const schema of same) t.equal(fingerprintOf(schema), fingerprintOf(base));
  t.match(fingerprintOf(base), /^[0-9a-f]{16}$/);
});

t.test('what does change it, does', async (t) => {
  const other: readonly unknown[] = [
    { ...base, name: 'S' },
    { ...base, namespace: 'b' },
    { ...base, fields: base.fields.toReversed() },
    { ...base, fields: [{ name: 'f', type: ['null', 'long'] }, base.fields[1]] },
    { ...base, fields: [{ name: 'h', type: 'long' }, base.fields[1]] },
  ];
  const prints = new Set([base, ...other].map(fingerprintOf));
  t.equal(prints.size, other.length + 1);
});

t.test('the form of what is read tells what numbers mean, too', async (t) => {
  const timed = (logicalType: string, type: unknown = 'long', more: object = {}) => ({ ...base, fields: [{ name: 'f', type: { type, logicalType, ...more } }] });
  const millis = readingForm(timed('timestamp-millis') as never);
  const same: readonly unknown[] = [
    { ...timed('timestamp-millis'), doc: 'words', aliases: ['Q'], schemaId: 3 },
    { ...base, fields: [{ name: 'f', doc: 'd', default: 4, type: { type: { type: 'long' }, logicalType: 'timestamp-millis', by: 'x' } }] },
  ];
  for (const schema of same) t.equal(readingForm(schema as never), millis);
  const other: readonly unknown[] = [
    timed('timestamp-micros'),
    { ...base, fields: [{ name: 'f', type: 'long' }] },
    timed('timestamp-millis', 'int'),
    timed('decimal', 'bytes', { precision: 4, scale: 2 }),
    timed('decimal', 'bytes', { precision: 4 }),
    timed('decimal', 'bytes', { precision: 5 }),
    { ...base, fields: [{ name: 'f', type: ['null', { type: 'long', logicalType: 'timestamp-millis' }] }] },
    { ...base, fields: [{ name: 'f', type: { type: 'array', items: { type: 'long', logicalType: 'timestamp-millis' } } }] },
    { ...base, fields: [{ name: 'f', type: { type: 'array', items: 'long' } }] },
  ];
  t.equal(new Set([millis, ...other.map((schema) => readingForm(schema as never))]).size, other.length + 1);
  t.equal(readingForm(timed('uuid', 'string') as never), readingForm({ ...base, fields: [{ name: 'f', type: 'string' }] } as never));
}); // biome-ignore format: long lines

t.test('what is no schema throws and is not run', async (t) => {
  for (const bad of [null, 5, {}, { type: 'array' }, { type: 'record', name: 'R', fields: [{ name: 'f' }] }]) {
    t.throws(() => fingerprintOf(bad));
  }
});
