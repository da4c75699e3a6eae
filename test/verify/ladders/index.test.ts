import fc from 'fast-check';
import t, { type Test } from 'tap';
import type { Column, ColumnKind } from '../../../src/model/columns.ts';
import { REFUSED } from '../../../src/model/ladder.ts';
import { DAY_MS, HOUR_MS } from '../../../src/model/time.ts';
import type { PolicyLadder } from '../../../src/policy/shape.ts';
import { compileLadder } from '../../../src/transform/techniques.ts';
import { createLadder } from '../../../src/verify/ladders/index.ts';

/** The checker's ladders and the gate's are written twice; on any value they must climb alike. */
const CSV = `model,series,brand
SM-G991B,Galaxy S21,Samsung
SM-G996B,Galaxy S21,Samsung
SM-A515F,Galaxy A51,Samsung
"Pixel 7, Pro",Pixel,Google
Straße,Pixel,Google
*,,other
`;

const IP_TABLE = {
  v4: '1.0.0.0,1.0.0.255,AU\n1.0.0.128,1.0.1.255,CN\n1.0.0.130,1.0.0.140,JP\n8.8.0.0,8.9.255.255,US\n9.0.0.0,9.0.0.255,ZZ\n',
  v6: '2001:200::,2001:200:ffff:ffff:ffff:ffff:ffff:ffff,JP\n2001:200:1::,2001:200:1:ffff:ffff:ffff:ffff:ffff,DE\n',
};

const FILES = { read: () => CSV, ipTable: () => IP_TABLE };

type Given = string | number | null;

const columnOf = (kind: ColumnKind, value: Given): Column => {
  if (kind !== 'text') return { kind: 'number', values: Float64Array.of(typeof value === 'number' ? value : Number.NaN) };
  const bytes = Buffer.from(value === null ? '' : String(value));
  return { kind: 'text', bytes, start: Int32Array.of(0), length: Int32Array.of(value === null ? -1 : bytes.length) };
};

/** As ASCII: a line separator (U+2028) in the name of an assertion ends the test, with nothing said. */
const plainly = (value: unknown): string =>
  JSON.stringify(value).replace(/[^ -~]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

const alike = (
  t: Test,
  shape: PolicyLadder,
  inputs: Readonly<Record<string, Given>>,
  appendMs = 0,
  eventMs = Number.NaN,
  items = false,
): void => {
  const compiled = compileLadder('x', shape, { ...FILES, file: 'p.yaml', position: { line: 1, column: 1 } });
  if (Array.isArray(compiled)) throw new Error(JSON.stringify(compiled));
  const columns = compiled.inputs.map(({ axis, kind }) => (axis in inputs ? columnOf(kind, inputs[axis]) : undefined)) as Column[];
  const codes = new Int32Array(compiled.levels.length);
  const first = new Uint8Array(1);
  compiled.apply(columns, { count: 1, appendMs: Float64Array.of(appendMs), eventMs: Float64Array.of(eventMs) }, codes, first);
  const theirs =
    first[0] === REFUSED ? 'future' : compiled.levels.map((_, level) => (level < first[0] ? null : compiled.text(level, codes[level])));
  const naive = createLadder(shape, FILES, new Set());
  const values = new Map(Object.entries(inputs).map(([axis, value]) => [axis, items ? new Array<null>(Number(value)).fill(null) : value]));
  t.same(naive.climb(values, appendMs, eventMs), theirs, plainly([shape, inputs, appendMs, eventMs]));
  t.same(naive.levels, compiled.levels);
  t.equal(naive.technique, compiled.technique);
};

const runs = { numRuns: 150 };
const noisy = (known: readonly string[]) =>
  fc.oneof(
    fc.constantFrom(...known),
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc
      .tuple(fc.constantFrom(' ', '', '\u200b', '\t'), fc.constantFrom(...known), fc.constantFrom('', '  ', '\u0000'))
      .map((parts) => parts.join('').toUpperCase()),
  );

t.test('tables: listed in any spelling, unlisted, missing', async (t) => {
  const known = ['SM-G991B', 'sm-g996b', 'Pixel 7, Pro', 'pixel  7, pro', 'STRASSE', '*', ''];
  fc.assert(
    fc.property(fc.option(noisy(known)), (value) => alike(t, { table: 'm.csv' }, { '': value })),
    runs,
  );
});

t.test('versions: with and without names, listed families', async (t) => {
  const texts = [
    '14.1',
    '14',
    '014.01',
    'Android 14.1.2',
    'ios17',
    'iosevka 3',
    'wear os/5.0',
    '2047.16383',
    '2048',
    '1.2.3.4.5.6',
    '1.2.3.4.5.6.7',
    'HarmonyOS',
    '10.0.19045.3570',
  ];
  const names = ['Android', 'iOS', 'Foo', 'wear  OS', ''];
  const shapes: PolicyLadder[] = [
    { version: ['major.minor', 'major', 'family'] },
    { version: ['major', 'family'], families: ['foo', 'ios'] },
  ];
  fc.assert(
    fc.property(fc.constantFrom(...shapes), fc.option(noisy(texts)), (shape, text) => alike(t, shape, { '': text })),
    runs,
  );
  fc.assert(
    fc.property(fc.constantFrom(...shapes), fc.option(noisy(texts)), fc.option(noisy(names)), (shape, version, name) =>
      alike(t, shape, { version, name }),
    ),
    runs,
  );
});

t.test('places: parents of cells', async (t) => {
  const degrees = (bound: number) =>
    fc.oneof(fc.double({ min: -bound - 1, max: bound + 1, noNaN: true }), fc.constantFrom(0, -0, bound, -bound, null));
  fc.assert(
    fc.property(degrees(90), degrees(180), (lat, lon) => alike(t, { h3: [6, 5, 4, 0] }, { lat, lon })),
    runs,
  );
});

t.test('times: hours, days, ISO weeks, late and future', async (t) => {
  const near = fc.tuple(fc.integer({ min: -62_135_596_900_000, max: 253_402_300_900_000 }), fc.integer({ min: -9 * DAY_MS, max: HOUR_MS }));
  const edges = fc.tuple(
    fc.constantFrom(Date.UTC(2024, 11, 30), Date.UTC(2021, 0, 3), Date.UTC(2020, 1, 29), 0),
    fc.constantFrom(0, -1, -DAY_MS, -DAY_MS - 1, -7 * DAY_MS, 300_000, 300_001),
  );
  fc.assert(
    fc.property(fc.oneof(near, edges), ([append, lag]) =>
      alike(t, { time: ['hour', '6h', 'day', 'week'] }, { '': null }, append, append + lag),
    ),
    runs,
  );
  alike(t, { time: ['6h', 'week'] }, { '': null }, 0, Number.NaN);
});

t.test('numbers and counts: ends are open, edges belong above', async (t) => {
  const value = fc.oneof(fc.integer({ min: -5, max: 1200 }), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(null));
  fc.assert(
    fc.property(value, (number) => alike(t, { buckets: [0, 10.5, 1000] }, { '': number })),
    runs,
  );
  fc.assert(
    fc.property(fc.nat(15), (count) => alike(t, { count: [1, 2, 4, 10] }, { '': count }, 0, Number.NaN, true)),
    runs,
  );
});

t.test('languages: registered subtags only', async (t) => {
  const tags = [
    'de',
    'DE-at',
    'zh-hant-TW',
    'en-US-x-private',
    'sr-Cyrl-RS',
    'xx',
    'es-419',
    'en-Abcd',
    'a',
    'gsw-CH',
    'deu',
    'en--us',
    'en-',
  ];
  const shapes: PolicyLadder[] = [{ language: ['tag', 'primary'] }, { language: ['tag', 'primary', 'top'], top: ['de', 'en'] }];
  fc.assert(
    fc.property(fc.constantFrom(...shapes), fc.option(noisy(tags)), (shape, tag) => alike(t, shape, { '': tag })),
    runs,
  );
});

t.test('addresses: the range that begins last counts', async (t) => {
  const v4 = fc
    .tuple(fc.constantFrom('1.0.0', '1.0.1', '8.8.8', '9.0.0', '10.0.0', '127.0.0'), fc.nat(256))
    .map((parts) => parts.join('.'));
  const texts = [
    '::ffff:1.0.0.131',
    '2001:200::1',
    '2001:200:1::5',
    '2001:201::',
    '[2001:200::1]:443',
    '1.0.0.1:80',
    '001.0.0.129',
    'fe80::1',
    'x',
    '',
  ];
  fc.assert(
    fc.property(fc.option(fc.oneof(v4, noisy(texts))), (address) => alike(t, { ip: ['country', 'region'] }, { '': address })),
    runs,
  );
});
