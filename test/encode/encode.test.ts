import { createHash } from 'node:crypto';
import avro from 'avsc';
import fc from 'fast-check';
import t from 'tap';
import { createEncoder, DIGEST_BYTES, type Encoded } from '../../src/encode/encode.ts';
import { InvariantError } from '../../src/model/invariant.ts';
import type { ViewPlan } from '../../src/model/plan.ts';
import { SENSITIVE_OTHER, SENSITIVE_STAR } from '../../src/model/released.ts';
import { ATTRIBUTES, anyView, planOf, type Row, released, rowsOf, view } from './world.ts';

const encode = (shape: ViewPlan, rows: readonly Row[], windowStartMs = 0): Encoded =>
  createEncoder(planOf(shape), shape).encode(released(shape, rows, windowStartMs));

const row = (change: Partial<Row> = {}): Row => ({ level: 0, codes: [0, 1], sensitive: 2, pseudonym: new Uint8Array(16), ...change });

const viewAndRows = anyView.chain((shape) =>
  fc.tuple(
    fc.constant(shape),
    rowsOf(shape),
    fc.nat(1000).map((n) => n * shape.windowMs),
  ),
);

t.test('a released record leaves as exactly the fields of the schema, by ladder text', async (t) => {
  const { json } = encode(view(), [row(), row({ level: 2, codes: [1, 0], sensitive: 0 })], 7_200_000);
  t.strictSame(JSON.parse(json[0]), { windowEnd: 10_800_000, level: 0, model: 'lamp/series', operation: 'plug', result: 'Küche "oben"' });
  t.strictSame(JSON.parse(json[1]), { windowEnd: 10_800_000, level: 2, model: 'plug/brand', operation: '*', result: 'lamp' });
  t.match(json[0], /^\{"windowEnd":10800000,"level":0,"model":.*,"operation":.*,"result":/, 'fields stand in schema order');
});

t.test('sensitive values that must not leave are "other" or "*"', async (t) => {
  const { json } = encode(view(), [row({ sensitive: SENSITIVE_OTHER }), row({ sensitive: SENSITIVE_STAR })]);
  t.same(
    json.map((line) => JSON.parse(line).result),
    ['other', '*'],
  );
});

t.test('a pseudonym leaves as 32 hex digits of its own row', async (t) => {
  const shape = view({ pseudonym: 'class', sensitive: null });
  const { json } = encode(shape, [row({ pseudonym: new Uint8Array(16).fill(1) }), row({ pseudonym: new Uint8Array(16).fill(0xab) })]);
  t.same(
    json.map((line) => JSON.parse(line).pseudonym),
    ['01'.repeat(16), 'ab'.repeat(16)],
  );
});

t.test('what was authorised leaves by its own schema, at level 0 of a period', async (t) => {
  for (const pseudonym of ['none', 'class'] as const) {
    const shape = view({ pseudonym, sensitive: null });
    const batch = { ...released(shape, [row()]), pseudonym: new Uint8Array(16).fill(0xab), period: 'trial', isAuthorised: true };
    const encoder = createEncoder(planOf(shape), shape);
    t.strictSame(JSON.parse(encoder.encode(batch).json[0]), { windowEnd: 3_600_000, level: 0, model: 'lamp/series', operation: 'plug', pseudonym: 'ab'.repeat(16) });
    for (const wrong of [{ period: null }, { level: Uint8Array.of(1) }, { pseudonym: new Uint8Array(0) }])
      t.throws(() => encoder.encode({ ...batch, ...wrong }), InvariantError);
  }
}); // biome-ignore format: long lines

t.test('law: the Avro bytes and the JSON line are the same record, and both have no other field', async (t) => {
  fc.assert(
    fc.property(viewAndRows, ([shape, rows, start]) => {
      const encoder = createEncoder(planOf(shape), shape);
      const { count, json, avro: data, digest } = encoder.encode(released(shape, rows, start));
      const type = avro.Type.forSchema(JSON.parse(encoder.avsc));
      t.equal(count, rows.length);
      for (let i = 0; i < count; i++) {
        const decoded = JSON.parse(JSON.stringify(type.fromBuffer(Buffer.from(data[i]))));
        t.strictSame(JSON.parse(json[i]), decoded);
        t.same(
          Object.keys(JSON.parse(json[i])),
          JSON.parse(encoder.avsc).fields.map(({ name }: { name: string }) => name),
        );
        const sha = createHash('sha256').update(data[i]).digest().subarray(0, DIGEST_BYTES);
        t.same(Buffer.from(digest.subarray(i * DIGEST_BYTES, (i + 1) * DIGEST_BYTES)), sha);
      }
    }),
    { numRuns: 60 },
  );
});

t.test('law: equal released values give equal bytes, whatever their neighbours, source and order', async (t) => {
  fc.assert(
    fc.property(viewAndRows, ([shape, rows]) => {
      const all = encode(shape, rows);
      const backwards = encode(shape, rows.toReversed());
      for (const [i, one] of rows.entries()) {
        const alone = encode(shape, [one]);
        t.equal(all.json[i], alone.json[0]);
        t.equal(backwards.json[rows.length - 1 - i], alone.json[0]);
        t.same(Buffer.from(all.avro[i]), Buffer.from(alone.avro[0]), 'so the size is a function of released values only');
      }
    }),
    { numRuns: 40 },
  );
});

t.test('law: the bytes do not depend on coordinates', async (t) => {
  const rows = [row(), row({ codes: [2, 3] })];
  const here = released(view(), rows);
  const there = { ...here, source: Int32Array.of(7, 8), offset: Float64Array.of(1e12, 3) };
  const encoder = createEncoder(planOf(view()), view());
  t.strictSame(encoder.encode(here), encoder.encode(there));
});

t.test('the buffer grows past its guess', async (t) => {
  const { json, avro: data } = encode(view(), [row({ codes: [6, 6], sensitive: 6 })]);
  t.ok(data[0].length > 900, 'longer than the guess');
  t.equal(JSON.parse(json[0]).operation, 'x'.repeat(300));
});

t.test('a window without releases gives nothing', async (t) => {
  const { count, json, avro: data, digest } = encode(view(), []);
  t.same([count, json.length, data.length, digest.length], [0, 0, 0, 0]);
});

t.test('what is not of this view is refused before anything is written', async (t) => {
  const shape = view();
  const encoder = createEncoder(planOf(shape), shape);
  const good = released(shape, [row()]);
  const wrong = {
    'another view': { view: 1 },
    'another window length': { windowEndMs: 1 },
    'missing codes': { codes: new Int32Array(1) },
    'missing sensitive': { sensitive: new Int32Array(0) },
    'a pseudonym that the view does not have': { pseudonym: new Uint8Array(16) },
    'a level outside the path': { level: Uint8Array.of(3) },
    'a sensitive code that is none': { sensitive: Int32Array.of(-3) },
  };
  for (const [name, change] of Object.entries(wrong)) t.throws(() => encoder.encode({ ...good, ...change }), InvariantError, name);
});

t.test('no error text carries what a ladder or a library said', async (t) => {
  const secret = 'AA:BB:CC:DD:EE:FF';
  const texts = {
    'a ladder that throws': () => {
      throw new Error(secret);
    },
    'a ladder that gives no text': () => ({ toString: () => secret }) as unknown as string,
    'a text without a UTF-8 form': () => `${secret}\ud800`,
  };
  for (const [name, text] of Object.entries(texts)) {
    const shape = view({ attributes: [0], path: [[0]], sensitive: null });
    const plan = planOf(shape);
    const broken = { ...ATTRIBUTES[0], ladder: { ...ATTRIBUTES[0].ladder, text } };
    const encoder = createEncoder({ ...plan, events: [{ ...plan.events[0], attributes: [broken] }] }, shape);
    try {
      encoder.encode(released(shape, [row({ codes: [0] })]));
      t.fail(`${name} was written`);
    } catch (error) {
      t.ok(error instanceof InvariantError, name);
      t.notMatch(`${error} ${(error as Error).stack} ${JSON.stringify(error)} ${(error as Error).cause}`, secret, name);
    }
  }
});
