import fc from 'fast-check';
import t from 'tap';
import { encode, RICH, RICH_FIELDS, valuesOf } from './avro.ts';
import { batchOf, outcomeOf, planOf, prefixed } from './plans.ts';

const WIDE = { recordBytes: 1 << 16, stringBytes: 1 << 12 };
const rich = planOf(
  [
    {
      schemas: [RICH],
      fields: RICH_FIELDS,
      when: { path: 'type', values: ['rich', 'poor'] },
      appendTime: { path: 'received', unit: 'ms' },
    },
  ],
  WIDE,
);

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

t.test('an event gives the same columns as JSON and as Avro', async () => {
  fc.assert(
    fc.property(fc.array(valuesOf(RICH), { minLength: 1, maxLength: 4 }), (values) => {
      const clock = { topic: 'any.reading', appendMs: values.map((_, i) => i) };
      const [asJson, asAvro] = [
        outcomeOf(rich, batchOf(values.map(json), { form: 'json', ...clock })),
        outcomeOf(
          rich,
          batchOf(
            values.map((value) => prefixed(9, encode(RICH, value))),
            { form: 'avro', ...clock },
          ),
        ),
      ];
      // `received` differs between events: bare forms take their append time from it.
      const bareJson = outcomeOf(rich, batchOf(values.map(json), { form: 'json', bare: true }));
      const datums = outcomeOf(
        rich,
        batchOf(
          values.map((value) => encode(RICH, value)),
          { form: 'datum', bare: true },
        ),
      );
      t.same(asAvro, asJson);
      t.same(datums, bareJson);
      return asJson.rows.length === values.length && bareJson.rows.length === values.length;
    }),
    { numRuns: 60 },
  );
});

/** Random damage to the bytes of a value. */
const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.nat(2)), { minLength: 1, maxLength: 4 });
const damaged = (bytes: Buffer, changes: readonly (readonly [number, number, number])[]): Buffer => {
  let hurt = [...bytes];
  for (const [at, byte, how] of changes) {
    const i = at % (hurt.length + 1);
    hurt = how === 0 ? hurt.slice(0, i) : how === 1 ? hurt.toSpliced(i, 1, byte) : hurt.toSpliced(i, 0, byte);
  }
  return Buffer.from(hurt);
};

t.test('a damaged record never throws, and its neighbours are as if it were not there', async () => {
  const record = fc.tuple(valuesOf(RICH), damage);
  for (const [form, encoded] of [
    ['json', (value: unknown) => json(value)],
    ['avro', (value: unknown) => prefixed(9, encode(RICH, value))],
    ['datum', (value: unknown) => encode(RICH, value)],
  ] as const) {
    fc.assert(
      fc.property(record, valuesOf(RICH), valuesOf(RICH), ([value, changes], before, after) => {
        const [first, hurt, last] = [encoded(before), damaged(encoded(value), changes), encoded(after)];
        const options = { form, appendMs: [1, 1, 1] };
        const { rows } = outcomeOf(rich, batchOf([first, hurt, last], options));
        const alone = outcomeOf(rich, batchOf([first, last], options)).rows;
        const neighbours = rows.filter((row) => row.record !== 1).map((row) => ({ ...row, record: row.record >> 1 }));
        return JSON.stringify(neighbours) === JSON.stringify(alone) && alone.length === 2;
      }),
      { numRuns: 150 },
    );
  }
});

t.test('cutting a batch changes nothing but the grouping', async () => {
  const value = fc.oneof(
    valuesOf(RICH).map((rich) => json(rich)),
    fc.constantFrom('{', '{"id":1}', 'null').map((bad) => Buffer.from(bad)),
  );
  const record = fc.tuple(value, fc.integer({ min: 0, max: 50 }));
  fc.assert(
    fc.property(fc.array(record, { maxLength: 8 }), fc.nat(8), (records, at) => {
      const batch = (part: typeof records) =>
        batchOf(
          part.map(([bytes]) => bytes),
          { form: 'json', appendMs: part.map(([, appendMs]) => appendMs) },
        );
      const cut = Math.min(at, records.length);
      const whole = outcomeOf(rich, batch(records));
      const first = outcomeOf(rich, batch(records.slice(0, cut)));
      const second = outcomeOf(rich, batch(records.slice(cut)), first.clockMs);
      const moved = <T extends { readonly record: number }>(part: readonly T[]) =>
        part.map((row) => ({ ...row, record: row.record + cut }));
      t.same([...first.rows, ...moved(second.rows)], whole.rows);
      t.same([...first.faults, ...moved(second.faults)], whole.faults);
      return second.clockMs === whole.clockMs;
    }),
    { numRuns: 50 },
  );
});
