import fc from 'fast-check';
import t from 'tap';
import { ACTOR_BYTES, brandCandidates, type Candidates, TOKEN_BYTES } from '../../src/model/candidate.ts';
import { decodeCandidates, encodeCandidates, type HeldCandidates } from '../../src/record/candidate.ts';
import { golden } from './golden.ts';
import { strict } from './strict.ts';

const START = 1_760_000_400_000;
const END = START + 3_600_000;
const SOURCES = [
  { topic: 'telemetry.device', partition: 0 },
  { topic: 'telemetry.device', partition: 5 },
];

const tokens = (rows: number, seed: number): Uint8Array => Uint8Array.from({ length: rows * TOKEN_BYTES }, (_, i) => (i * 7 + seed) % 256);

const HELD: HeldCandidates = {
  plan: 'ab'.repeat(32),
  windowStart: START,
  windowEnd: END,
  levels: 2,
  attributes: 3,
  sources: SOURCES,
  candidates: brandCandidates({
    view: 4,
    count: 2,
    source: Int32Array.of(0, 1),
    offset: Float64Array.of(7, 2 ** 40),
    appendMs: Float64Array.of(START, END - 1),
    eventHour: Int32Array.of(-1, 488_889),
    subject: tokens(2, 1),
    event: tokens(2, 2),
    gateway: tokens(2, 3),
    actor: new Uint8Array(),
    start: Uint8Array.of(0, 1),
    codes: Int32Array.from({ length: 12 }, (_, i) => i - 6),
    sensitive: Int32Array.of(-1, 3),
  }),
};

const withRows = (change: Partial<Candidates>): HeldCandidates => ({ ...HELD, candidates: { ...HELD.candidates, ...change } });

t.test('golden', async (t) => {
  const committed = golden(t, 'candidates.1.bin', encodeCandidates(HELD));
  const result = decodeCandidates(committed);
  t.ok(result.ok);
  if (result.ok) {
    t.same({ ...result.value, candidates: null }, { ...HELD, candidates: null });
    for (const [name, column] of Object.entries(HELD.candidates)) {
      t.same(
        Array.from(Object.entries(result.value.candidates).find(([other]) => other === name)?.[1] as ArrayLike<number>),
        Array.from(column),
        name,
      );
    }
    t.equal(result.value.candidates.view, 4);
    t.equal(result.value.candidates.count, 2);
  }
});

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const held = fc
  .record({
    count: fc.nat(6),
    levels: fc.integer({ min: 1, max: 64 }),
    attributes: fc.integer({ min: 1, max: 4 }),
    gateway: fc.boolean(),
    actor: fc.boolean(),
    sensitive: fc.boolean(),
  })
  .chain(({ count, levels, attributes, gateway, actor, sensitive }) => {
    const list = <T>(of: fc.Arbitrary<T>, length = count) => fc.array(of, { minLength: length, maxLength: length });
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    return fc
      .record({
        source: list(fc.nat(1)),
        offset: list(fc.maxSafeNat()),
        appendMs: list(fc.integer({ min: START, max: END - 1 })),
        eventHour: list(fc.integer({ min: -1, max: 2 ** 31 - 1 })),
        subject: bytes(count * TOKEN_BYTES),
        event: bytes(count * TOKEN_BYTES),
        gateway: bytes(gateway ? count * TOKEN_BYTES : 0),
        actor: bytes(actor ? count * ACTOR_BYTES : 0),
        start: list(fc.nat(levels - 1)),
        codes: list(int32, count * levels * attributes),
        sensitive: list(fc.integer({ min: -1, max: 2 ** 31 - 1 }), sensitive ? count : 0),
      })
      .map((rows) => ({
        ...HELD,
        levels,
        attributes,
        candidates: brandCandidates({
          ...rows,
          view: 1,
          count,
          source: Int32Array.from(rows.source),
          offset: Float64Array.from(rows.offset),
          appendMs: Float64Array.from(rows.appendMs),
          eventHour: Int32Array.from(rows.eventHour),
          start: Uint8Array.from(rows.start),
          codes: Int32Array.from(rows.codes),
          sensitive: Int32Array.from(rows.sensitive),
        }),
      }));
  });

const plain = (value: HeldCandidates): string =>
  JSON.stringify({
    ...value,
    candidates: Object.entries(value.candidates)
      .map(([name, column]) => [name, typeof column === 'number' ? column : Array.from(column)])
      .sort(),
  });

t.test('candidates come back as they were', async () => {
  fc.assert(
    fc.property(held, (value) => {
      const result = decodeCandidates(encodeCandidates(value));
      return result.ok && plain(result.value) === plain(value);
    }),
  );
});

t.test('strict', async (t) => {
  strict(t, encodeCandidates(HELD), decodeCandidates, encodeCandidates);
});

t.test('candidates that cannot be are neither written nor read', async (t) => {
  const odd: readonly HeldCandidates[] = [
    { ...HELD, plan: 'ab' },
    { ...HELD, sources: SOURCES.slice(1) },
    { ...HELD, windowStart: START + 1 },
    { ...HELD, windowEnd: END - 1 },
    { ...HELD, windowStart: Number.NaN },
    { ...HELD, levels: 1, attributes: 6 },
    { ...HELD, levels: 0, attributes: 0 },
    { ...HELD, attributes: 2 },
    withRows({ offset: Float64Array.of(-1, 0) }),
    withRows({ offset: Float64Array.of(0.5, 0) }),
    withRows({ eventHour: Int32Array.of(-2, 0) }),
    withRows({ sensitive: Int32Array.of(-2, 0) }),
    withRows({ source: Int32Array.of(-1, 0) }),
    withRows({ start: Uint8Array.of(2, 0) }),
  ];
  for (const [i, value] of odd.entries()) t.throws(() => encodeCandidates(value), { name: 'InvariantError' }, `case ${i}`);
  const bytes = Buffer.from(encodeCandidates(HELD));
  bytes.writeUInt8(2, bytes.length - 1);
  t.same(decodeCandidates(bytes), { ok: false, error: 'malformed' }, 'a start level that the view does not have');
});

t.test('a count that cannot follow allocates nothing', async (t) => {
  const empty = Buffer.from(encodeCandidates({ ...HELD, candidates: { ...HELD.candidates, ...EMPTY } }));
  t.ok(decodeCandidates(empty).ok);
  const huge = Buffer.concat([empty.subarray(0, -1), Buffer.from('ffffffffffffff0f', 'hex')]);
  t.same(decodeCandidates(huge), { ok: false, error: 'malformed' });
});

const EMPTY = {
  count: 0,
  source: new Int32Array(),
  offset: new Float64Array(),
  appendMs: new Float64Array(),
  eventHour: new Int32Array(),
  subject: new Uint8Array(),
  event: new Uint8Array(),
  gateway: new Uint8Array(),
  actor: new Uint8Array(),
  start: new Uint8Array(),
  codes: new Int32Array(),
  sensitive: new Int32Array(),
};
