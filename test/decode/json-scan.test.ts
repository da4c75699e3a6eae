import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import t from 'tap';
import { readJson } from '../../src/decode/json-read.ts';
import { type Member, scanJson } from '../../src/decode/json-scan.ts';
import type { Limits } from '../../src/model/plan.ts';
import { batchOf, decodeLines, envelope, faultOfValue, outcomeOf, READINGS } from './plans.ts';

const WIDE: Limits = { recordBytes: 1 << 20, depth: 1 << 20, items: 1 << 20, stringBytes: 1 << 20 };

interface Case {
  readonly name: string;
  readonly bytes: Buffer;
}

const suite: readonly Case[] = gunzipSync(readFileSync(new URL('../fixtures/json-test-suite/cases.ndjson.gz', import.meta.url)))
  .toString('utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { name: string; base64: string })
  .map(({ name, base64 }) => ({ name, bytes: Buffer.from(base64, 'base64') }));

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What JSON.parse makes of bytes; undefined when it refuses. */
const parsed = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch {
    return undefined;
  }
};

const scan = (bytes: Uint8Array, limits = WIDE) => scanJson(bytes, 0, bytes.length, limits).fault;

/** Keys that occur twice, at any depth: y_ cases of the suite that a rule of ours refuses. */
const DUPLICATES = ['y_object_duplicated_key', 'y_object_duplicated_key_and_value'];
/** Lone surrogates are allowed to be refused (i_), and are. */
const read = ({ bytes }: Case) => readJson(bytes, 0, bytes.length, WIDE);

t.test('JSONTestSuite: what must be read is read, what must not is not', async (t) => {
  t.equal(suite.length, 318);
  for (const entry of suite) {
    const { name, bytes } = entry;
    const result = read(entry);
    if (DUPLICATES.includes(name)) t.same(result, { fault: 'duplicate-key' }, name);
    else if (name.startsWith('n_')) t.ok('fault' in result, name);
    else if (name.startsWith('y_')) {
      t.equal(scan(bytes), null, `${name}: scan`);
      t.ok('value' in result || result.fault === 'not-an-object', name);
    }
    if ('value' in result) t.same(result.value, parsed(bytes), `${name}: value`);
  }
});

/** Whether a line of `decodeLines` tells a fault. */
const isFault = (told: string): boolean => / [a-z0-9-]+$/.test(told);

t.test('JSONTestSuite: no case is an event, neither as a value nor as a line', async (t) => {
  const { rows, faults } = outcomeOf(
    READINGS,
    batchOf(
      suite.map(({ bytes }) => bytes),
      { form: 'json' },
    ),
  );
  t.same([rows.length, faults.length], [0, 318]);
  const lines = suite.map(({ bytes }) => Buffer.from(bytes.map((byte) => (byte === 10 || byte === 13 ? 32 : byte))));
  t.equal(decodeLines(READINGS, lines).filter(isFault).length, 318, 'bare lines');
  const around = lines.map((bytes, offset) => {
    const [before, after] = envelope({ offset, value: 'HERE' }).split('"HERE"');
    return Buffer.concat([Buffer.from(before), bytes, Buffer.from(after)]);
  });
  const told = decodeLines(READINGS, around);
  t.equal(told.filter(isFault).length, 318, 'values of envelopes');
});

const jsonText = fc.oneof(
  fc.json(),
  fc.json().map((text) => JSON.stringify(JSON.parse(text), null, 1)),
);

/** Bytes near JSON: a sound text with some bytes changed, cut out or put in. */
const nearJson = fc
  .tuple(
    fc.oneof(jsonText, fc.constantFrom('{"a":1e5,"b":[true,null,-0.5],"\\u00e4":"\\ud83d\\ude00"}')),
    fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.nat(2)), { maxLength: 3 }),
  )
  .map(([text, changes]) => {
    let bytes = [...Buffer.from(text)];
    for (const [at, byte, how] of changes) {
      const i = at % (bytes.length + 1);
      bytes = how === 0 ? bytes.toSpliced(i, 1) : how === 1 ? bytes.toSpliced(i, 1, byte) : bytes.toSpliced(i, 0, byte);
    }
    return Uint8Array.from(bytes);
  });

/** Own keys of all objects in a value, and texts with unpaired surrogates. */
const hasLoneSurrogate = (value: unknown): boolean => {
  if (typeof value === 'string') return !value.isWellFormed();
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, item]) => !key.isWellFormed() || hasLoneSurrogate(item));
};

t.test('the scan and JSON.parse agree on every text, except for unpaired surrogates', async () => {
  fc.assert(
    fc.property(nearJson, (bytes) => {
      const value = parsed(bytes);
      const isUtf8 = Buffer.from(Buffer.from(bytes).toString('utf8')).equals(Buffer.from(bytes));
      const fault = scan(bytes);
      if (!isUtf8) return 'fault' in readJson(Buffer.from(bytes), 0, bytes.length, WIDE);
      if (fault === 'bad-text') return value === undefined || hasLoneSurrogate(value);
      return (fault === null) === (value !== undefined);
    }),
    { numRuns: 3000 },
  );
});

t.test('members of the top object lie where they are, whatever they are', async () => {
  const members = fc.array(fc.tuple(fc.string({ unit: 'binary' }), jsonText, fc.constantFrom('', ' ', '\n\t ', '\r')));
  fc.assert(
    fc.property(members, (list) => {
      const escaped = list.map(([key, value, space]) => `${space}${JSON.stringify(key)}${space}:${space}${value}${space}`);
      const bytes = Buffer.from(`{${escaped.join(',')}}`);
      const found: Member[] = [];
      const { fault } = scanJson(bytes, 0, bytes.length, WIDE, found);
      const texts = found.map(({ keyStart, keyEnd, start, end }) => [
        JSON.parse(bytes.toString('utf8', keyStart - 1, keyEnd + 1)),
        bytes.toString('utf8', start, end),
      ]);
      const isSame = JSON.stringify(texts) === JSON.stringify(list.map(([key, value]) => [key, value.trim()]));
      return list.some(([key]) => !key.isWellFormed()) || (fault === null && isSame);
    }),
  );
});

t.test('members stand only in the top object', async (t) => {
  for (const text of ['[{"a":1}]', '"a"', '1', '[]', '{}']) {
    const found: Member[] = [];
    t.equal(scanJson(Buffer.from(text), 0, text.length, WIDE, found).fault, null);
    t.same(found, [], text);
  }
});

t.test('bounds: the last allowed passes, one more does not', async (t) => {
  const limits: Limits = { recordBytes: 1000, depth: 3, items: 5, stringBytes: 4 };
  const cases: readonly (readonly [string, string | null])[] = [
    ['[[[]]]', null],
    ['[[[[]]]]', 'too-deep'],
    ['{"a":{"b":[]}}', null],
    ['{"a":{"b":[{}]}}', 'too-deep'],
    ['[1,2,3,4,5]', null],
    ['[1,2,3,4,5,6]', 'too-many-items'],
    ['[[],[],1]', null],
    ['[[],[],[]]', 'too-many-items'],
    ['{"a":1,"b":2,"c":3,"d":4,"e":5}', null],
    ['{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6}', 'too-many-items'],
    ['"1234"', null],
    ['"12345"', 'string-too-long'],
    ['{"12345":1}', 'string-too-long'],
    ['"ää"', null],
    ['"äää"', 'string-too-long'],
  ];
  for (const [text, fault] of cases) t.equal(scan(Buffer.from(text), limits), fault, text);
});

t.test('escapes: surrogates come in pairs, and nothing else follows a backslash', async (t) => {
  const cases: readonly (readonly [string, string | null])[] = [
    ['"\\ud83d\\ude00"', null],
    ['"\\uD83D\\uDE00"', null],
    ['"\\ud83d"', 'bad-text'],
    ['"\\ude00"', 'bad-text'],
    ['"\\ude00\\ud83d"', 'bad-text'],
    ['"\\ud83d\\ud83d\\ude00"', 'bad-text'],
    ['"\\ud83dx"', 'bad-text'],
    ['"\\ud83d\\u0041"', 'bad-text'],
    ['"\\ud83d\\udbff"', 'bad-text'],
    ['"\\ud83d\\ue000"', 'bad-text'],
    ['"\\udbff\\udfff"', null],
    ['"\\ud83d\\u00"', 'bad-text'],
    ['{"\\ud83d":1}', 'bad-text'],
    ['"\\u00g0"', 'bad-json'],
    ['"\\u00"', 'bad-json'],
    ['"\\x"', 'bad-json'],
    ['"\\"', 'bad-json'],
    ['"\\', 'bad-json'],
    ['"\\/\\b\\f\\n\\r\\t\\\\\\""', null],
  ];
  for (const [text, fault] of cases) t.equal(scan(Buffer.from(text)), fault, text);
});

t.test('a key is the same key however it is written', async (t) => {
  const fault = (text: string) => faultOfValue(READINGS, text, { form: 'json' });
  t.equal(fault('{"id":"a","id":"b"}'), 'duplicate-key');
  t.equal(fault('{"id":"a","\\u0069d":"b"}'), 'duplicate-key');
  t.equal(fault('{"id":"a","x":{"y":1,"y":1}}'), 'duplicate-key', 'below the top');
  t.equal(fault('{"id":"a","x":[{"y":1,"y":1}]}'), 'duplicate-key', 'in arrays');
  t.equal(fault('{"id":"a","\ufeffid":"b"}'), 'unknown-field', 'a byte order mark is a part of a key');
  t.equal(fault('{"id":"a","__proto__":{"level":1}}'), 'unknown-field', 'a prototype is a key like any other');
});
