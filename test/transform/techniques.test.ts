import fc from 'fast-check';
import t from 'tap';
import { REFUSED, STAR } from '../../src/model/ladder.ts';
import { DAY_MS } from '../../src/model/time.ts';
import { typesTaken } from '../../src/policy/ladder-types.ts';
import type { PolicyLadder } from '../../src/policy/shape.ts';
import { compileLadder, TECHNIQUES } from '../../src/transform/techniques.ts';
import { SAMPLES, type Sample } from './technique/samples.ts';
import { type Applied, applyTo, contextOf, ladderOf, numberColumn, type Raw, textColumn } from './technique/support.ts';

/** Texts that must never leave: no sample lists them, and no technique may pass free text on. */
const CANARY = 'anna.canary';

const odd: fc.Arbitrary<Raw> = fc.oneof(
  fc.constant(undefined),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 40 }),
  fc.constantFrom(
    '',
    ' ',
    '\u0000',
    '*',
    'NaN',
    '1e400',
    '-',
    '__proto__',
    'constructor',
    CANARY,
    `android ${CANARY}`,
    `en-${CANARY}`,
    'x'.repeat(5000),
    '٣.١',
  ),
  fc.double(),
  fc.integer(),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -0, 2 ** 53, -1, 1e300),
);

/** A row: one value per input, append time and lateness of the event. */
const rowsOf = (sample: Sample, inputs: number) => {
  const values = Array.from({ length: inputs }, (_, input) => fc.oneof(odd, fc.constantFrom(...(sample.plausible[input] ?? [undefined]))));
  const lateMs = fc.oneof(
    fc.constantFrom(0, -300_000, -300_001, DAY_MS, DAY_MS + 1, 7 * DAY_MS, 7 * DAY_MS + 1, Number.NaN),
    fc.integer({ min: 0, max: 9 * DAY_MS }),
    fc.integer(),
    fc.double(),
  );
  // Most times are close together, so that many rows share a bucket.
  const appendMs = fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 1.7e12, max: 1.7e12 + 20 * DAY_MS }) },
    fc.integer({ min: 0, max: 4_102_444_800_000 }),
  );
  return fc.array(fc.tuple(fc.tuple(...values), appendMs, lateMs), { maxLength: 12 });
};

type Rows = readonly (readonly [readonly Raw[], number, number])[];

/** How values reach a technique: as text, as numbers, each input as its ladder declares it, or without optional inputs. */
const SHAPES = ['text', 'number', 'declared', 'sparse'] as const;

const run = (sample: Sample, rows: Rows, shape: (typeof SHAPES)[number]): Applied[] => {
  const ladder = ladderOf(sample.spec, sample.context);
  const columns = ladder.inputs.map(({ kind, optional }, input) => {
    const values = rows.map(([row]) => row[input]);
    if (shape === 'sparse' && optional === true && input > 0) return undefined;
    return shape === 'text' || (shape !== 'number' && kind === 'text') ? textColumn(values) : numberColumn(values);
  });
  return applyTo(
    ladder,
    columns,
    rows.map(([, appendMs]) => appendMs),
    rows.map(([, appendMs, lateMs]) => appendMs - lateMs),
  );
};

/** Remembers one value per key, and says whether a second one is the same. */
const createFunction = () => {
  const known = new Map<string | number, string | number>();
  return (key: string | number, value: string | number): boolean => {
    if (!known.has(key)) known.set(key, value);
    return known.get(key) === value;
  };
};

t.test('every technique has a sample, and a key of its own', async (t) => {
  const keys = TECHNIQUES.map(({ key }) => key);
  t.equal(new Set(keys).size, keys.length);
  t.same(
    keys.filter((key) => !SAMPLES.some(({ technique }) => technique === key)),
    [],
  );
});

t.test('the policy is checked against the types that techniques take', async (t) => {
  for (const { key, accepts } of TECHNIQUES) {
    for (const [axis, types] of Object.entries(accepts)) t.same([...typesTaken(key, axis)].sort(), [...types].sort(), `${key} ${axis}`);
  }
});

for (const sample of SAMPLES) {
  t.test(`battery: ${JSON.stringify(sample.spec)}`, async (t) => {
    const ladder = ladderOf(sample.spec, sample.context);
    const width = ladder.levels.length;
    const next = ladder.levels.map(createFunction);
    const texts = ladder.levels.map(createFunction);
    const codes = ladder.levels.map(createFunction);
    const reached = new Set<number>();
    t.equal(ladder.technique, sample.technique);
    t.equal(ladder.name, 'sample');
    const accepted = TECHNIQUES.find(({ key }) => key === sample.technique)?.accepts ?? {};
    t.same(Object.keys(accepted).sort(), ladder.inputs.map(({ axis }) => axis).sort(), 'it says what each axis takes');

    const lawful = ({ first, codes: row }: Applied): void => {
      if (first !== REFUSED && first > width) throw new Error(`first ${first}`);
      for (let level = 0; level < width; level++) {
        if (level < first) {
          if (row[level] !== 0) throw new Error(`a code below the first level: ${row[level]}`);
          continue;
        }
        reached.add(level);
        const text = ladder.text(level, row[level]);
        if (typeof text !== 'string' || text === '' || text === STAR) throw new Error(`text ${text}`);
        if (!sample.vocabulary.test(text)) throw new Error(`not declared: ${text}`);
        if (text.includes(CANARY)) throw new Error('free text left');
        if (!texts[level](row[level], text) || !codes[level](text, row[level])) throw new Error(`level ${level} is not injective`);
        if (level + 1 < width && !next[level](row[level], row[level + 1])) throw new Error(`level ${level} does not determine the next`);
      }
    };
    fc.assert(
      fc.property(rowsOf(sample, ladder.inputs.length), fc.constantFrom(...SHAPES), fc.nat(12), (rows, shape, cut) => {
        const whole = run(sample, rows, shape);
        for (const applied of whole) lawful(applied);
        const parts = [...run(sample, rows.slice(0, cut), shape), ...run(sample, rows.slice(cut), shape)];
        return JSON.stringify(parts) === JSON.stringify(whole);
      }),
      { numRuns: 400 },
    );
    t.equal(reached.size, width, 'every level was reached');
    const missing = ladder.inputs.map(() => undefined);
    for (const columns of [missing, missing.map(() => textColumn([undefined])), missing.map(() => numberColumn([undefined]))]) {
      t.same(
        applyTo(ladder, columns, [0], [Number.NaN]),
        [{ first: width, codes: ladder.levels.map(() => 0) }],
        'what is missing has no value',
      );
    }
  });
}

t.test('a ladder without a technique is an issue', async (t) => {
  const compiled = compileLadder('x', {} as PolicyLadder, contextOf());
  t.match(compiled, [{ code: 'ladder-unknown-technique', severity: 'error', file: 'policies/home.yaml', line: 7, column: 3 }]);
});
