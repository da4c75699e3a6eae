import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import t from 'tap';
import { TransportError } from '../../../../src/model/log.ts';
import { readLines } from '../../../../src/runtime/log/file/lines.ts';

const MAX = 3 << 20;

let files = 0;
const write = (dir: string, bytes: string | Uint8Array, ending = ''): string => {
  const path = join(dir, `input-${files++}.ndjson${ending}`);
  writeFileSync(path, bytes);
  return path;
};

/** Lines of a file as [number, text]. */
const linesOf = async (path: string, max = MAX): Promise<[number, string][]> => {
  const found: [number, string][] = [];
  for await (const { bytes, count, start, length, number } of readLines(path, max)) {
    for (let i = 0; i < count; i++) found.push([number[i], Buffer.from(bytes.subarray(start[i], start[i] + length[i])).toString('latin1')]);
  }
  return found;
};

t.test('line ends, blank lines, the last line', async (t) => {
  const dir = t.testdir();
  const cases: readonly (readonly [string, [number, string][]])[] = [
    ['', []],
    ['\n', []],
    ['a', [[0, 'a']]],
    ['a\n', [[0, 'a']]],
    [
      'a\nb',
      [
        [0, 'a'],
        [1, 'b'],
      ],
    ],
    [
      'a\r\nb\r\n',
      [
        [0, 'a'],
        [1, 'b'],
      ],
    ],
    [
      'a\r\nb\r',
      [
        [0, 'a'],
        [1, 'b'],
      ],
    ],
    ['\r\n\r\na', [[2, 'a']]],
    [
      '\n\n  \t\na\n \nb\n\n',
      [
        [3, 'a'],
        [5, 'b'],
      ],
    ],
    [
      'a\rb\nc',
      [
        [0, 'a\rb'],
        [1, 'c'],
      ],
    ],
    [
      '\ufeffa\n\ufeffb',
      [
        [0, 'a'],
        [1, 'ï»¿b'],
      ],
    ],
    ['\ufeff', []],
  ];
  for (const [text, lines] of cases) t.same(await linesOf(write(dir, text)), lines, JSON.stringify(text));
});

t.test('any text splits as it splits in memory', async (t) => {
  const dir = t.testdir();
  const line = fc.string({ unit: fc.constantFrom('a', 'ü', ' ', '{', '\t'), maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.constantFrom('\n', '\r\n'), fc.boolean(), async (lines, end, isOpen) => {
      const text = lines.join(end) + (isOpen || lines.length === 0 ? '' : end);
      const expected = lines.flatMap((content, i) => (content.trim() === '' ? [] : [[i, Buffer.from(content).toString('latin1')]]));
      t.same(await linesOf(write(dir, text)), expected);
    }),
    { numRuns: 40 },
  );
});

t.test('lines that lie over the cuts of reading', async (t) => {
  const dir = t.testdir();
  const lengths = [1 << 20, (1 << 20) - 1, 5, (1 << 20) + 1, 2 << 20, 1, 300_000];
  const lines = lengths.map((length, i) => String(i).repeat(length));
  for (const end of ['\n', '\r\n']) {
    const found = await linesOf(write(dir, lines.join(end)));
    t.same(
      found.map(([number, text]) => [number, text[0], text.length]),
      lengths.map((length, i) => [i, String(i), length]),
    );
  }
});

t.test('an overlong line is cut behind the limit, and the next one is whole', async (t) => {
  const dir = t.testdir();
  for (const [ending, pack] of [
    ['', (text: string) => text],
    ['.gz', (text: string) => gzipSync(text)],
  ] as const) {
    for (const length of [100_001, 100_002, 100_003, 1 << 20, 5_000_000]) {
      const path = write(dir, pack(`before\n${'x'.repeat(length)}\nafter\n${'y'.repeat(length)}`), ending);
      const found = await linesOf(path, 100_000);
      t.same(
        found.map(([number]) => number),
        [0, 1, 2, 3],
        `${length}${ending}`,
      );
      t.same([found[0][1], found[2][1]], ['before', 'after']);
      t.ok(found[1][1].length > 100_000 && found[3][1].length > 100_000, 'still longer than allowed');
    }
  }
});

t.test('a carriage return at the cut does not make an overlong line look like one of the allowed length', async (t) => {
  const dir = t.testdir();
  const max = 2 << 20;
  for (const at of [max - 1, max, max + 1, max + 2]) {
    const text = `${'x'.repeat(at)}\r${'x'.repeat(2 << 20)}\nafter`;
    const found = await linesOf(write(dir, text), max);
    t.ok(found[0][1].length > max, `at ${at}`);
    t.same(found[1], [1, 'after']);
  }
  t.same((await linesOf(write(dir, `${'x'.repeat(max)}\r\n`), max))[0][1].length, max, 'one of the allowed length is whole');
});

t.test('a line without end costs no memory', async (t) => {
  const dir = t.testdir();
  const path = write(dir, gzipSync(Buffer.alloc(64 << 20, 120)), '.gz');
  let largest = 0;
  for await (const { bytes } of readLines(path, 1000)) largest = Math.max(largest, bytes.length);
  t.ok(largest <= (1 << 20) + 1003, `${largest} bytes at once`);
});

t.test('gzip in several members is one file', async (t) => {
  const path = write(t.testdir(), Buffer.concat([gzipSync('a\nb'), gzipSync('c\nd\n')]), '.gz');
  t.same(await linesOf(path), [
    [0, 'a'],
    [1, 'bc'],
    [2, 'd'],
  ]);
});

t.test('what cannot be read to its end is refused, without path or text', async (t) => {
  const dir = t.testdir({ folder: {} });
  const packed = gzipSync('canary\n'.repeat(1000));
  const damaged = Buffer.from(packed);
  damaged[damaged.length - 6] ^= 1;
  const paths = [
    join(dir, 'canary-missing.ndjson'),
    join(dir, 'canary-missing.ndjson.gz'),
    join(dir, 'folder'),
    write(dir, packed.subarray(0, packed.length - 9), '.gz'),
    write(dir, packed.subarray(0, 12), '.gz'),
    write(dir, 'canary, not gzip', '.gz'),
    write(dir, damaged, '.gz'),
  ];
  for (const path of paths) {
    const error = await linesOf(path).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    t.ok(error instanceof TransportError);
    t.match(error, { code: 'unreadable', canRetry: false, message: 'an input file cannot be read to its end' });
  }
});

t.test('reading may stop anywhere', async (t) => {
  const path = write(t.testdir(), gzipSync('a\n'.repeat(3_000_000)), '.gz');
  for await (const { count } of readLines(path, MAX)) {
    t.ok(count > 0);
    break;
  }
});
