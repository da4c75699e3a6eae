import fc from 'fast-check';
import t from 'tap';
import { REASONS } from '../../src/model/verdict.ts';
import { decodeLedger, encodeLedger, LEDGER_START, type LedgerEntry, ledgerHash } from '../../src/record/ledger.ts';
import { golden } from './golden.ts';

const ENTRY: LedgerEntry = {
  seq: 12,
  task: 3,
  plan: 'c0ffee00'.repeat(8),
  controls: 5,
  positions: [
    { topic: 'telemetry.device', partition: 3, next: 1200, clock: 1_760_000_400_123, restoreFrom: 1100, restoreClock: 1_760_000_400_001 },
    { topic: 'telemetry.device', partition: 19, next: 0, clock: null, restoreFrom: 0, restoreClock: null },
  ],
  counts: {
    read: 1200,
    noView: 100,
    quarantined: 3,
    faults: [
      ['bad-json', 1],
      ['unknown-field', 2],
    ],
  },
  views: [
    {
      view: 'device-health',
      counts: [
        [0, 900],
        [2, 77],
        [REASONS.k.code, 120],
      ],
      windows: 2,
      smallestClass: 21,
      closedUntil: 1_760_000_400_000,
    },
  ],
  windows: [
    {
      view: 'device-health',
      windowStart: 1_760_000_400_000,
      entered: 57,
      open: 'ghijstuv',
      counts: [[REASONS.folded.code, 3]],
      inputs: [[0, 1100, 1199]],
      chunks: 1,
    },
  ],
  decided: [{ view: 'device-health', windowStart: 1_760_000_400_000 }],
  heldFrom: 40,
  audit: { seq: 2, hash: 'ef'.repeat(32) },
  prev: LEDGER_START,
};

t.test('golden', async (t) => {
  const committed = golden(t, 'ledger.1.json', encodeLedger(ENTRY));
  t.same(decodeLedger(committed), { ok: true, value: ENTRY });
});

/** With a registry: what it said is part of the entry. */
const ASKED: LedgerEntry = {
  ...ENTRY,
  registry: {
    since: [[0, 900]],
    names: [
      { name: 101, schema: 'c0ffee0011223344', from: [] },
      { name: '00112233445566778899aabbccddeeff', schema: 'c0ffee0011223344', from: [[0, 950], [1, 7]] },
    ],
  },
}; // biome-ignore format: lists

t.test('golden, with what a registry said', async (t) => {
  const committed = golden(t, 'ledger.1-registry.json', encodeLedger(ASKED));
  t.same(decodeLedger(committed), { ok: true, value: ASKED });
  const text = committed.toString();
  for (const [from, to] of [
    ['"since":[[0,900]],', ''],
    ['"since":', '"more":1,"since":'],
    ['"name":101', '"name":101.0'],
    ['"from":[]', '"from":[],"to":[]'],
  ])
    t.notOk(decodeLedger(Buffer.from(text.replace(from, to))).ok, to);
});

const count = fc.maxSafeNat();
const view = fc.string({ unit: 'binary' });
const verdict = fc.constantFrom(0, 1, 63, ...Object.values(REASONS).map(({ code }) => code));
const time = fc.option(fc.integer());
const next = fc.option(fc.record({ plan: fc.constant('ab'.repeat(32)), from: fc.integer() }));
const change = fc.record({ at: fc.integer(), since: time, next });
const counts = fc.uniqueArray(fc.tuple(verdict, count), { selector: ([byte]) => byte }).map((pairs) => pairs.sort(([a], [b]) => a - b));
const unchanged: fc.Arbitrary<LedgerEntry> = fc.record({
  seq: count,
  task: fc.nat(15),
  plan: fc.constant(ENTRY.plan),
  controls: count,
  positions: fc.array(
    fc
      .record({ topic: fc.string(), partition: fc.nat(), next: count, clock: time, restoreClock: time, back: fc.nat(100) })
      .map(({ back, ...position }) => ({ ...position, restoreFrom: Math.max(0, position.next - back) })),
  ),
  counts: fc.record({ read: count, noView: count, quarantined: count, faults: fc.array(fc.tuple(fc.string(), count)) }),
  views: fc.array(fc.record({ view, counts, windows: count, smallestClass: count, closedUntil: time })),
  windows: fc.array(
    fc.record({
      view,
      windowStart: fc.integer(),
      entered: count,
      open: fc.string({ unit: fc.constantFrom(...'ghijklmnopqrstuv'), minLength: 8, maxLength: 8 }),
      counts,
      inputs: fc.constant([]),
      chunks: count,
    }),
  ),
  decided: fc.array(fc.record({ view, windowStart: fc.integer() })),
  heldFrom: count,
  audit: fc.record({ seq: count, hash: fc.constant('cd'.repeat(32)) }),
  prev: fc.constant('ab'.repeat(32)),
});

const late = unchanged.map((entry) => ({ ...entry, windows: entry.windows.map((window) => ({ ...window, late: true as const })) }));
const entries = fc.oneof(
  late,
  unchanged,
  fc.tuple(unchanged, change).map(([entry, of]) => ({ ...entry, change: of })),
);

t.test('entries come back as they were', async () => {
  fc.assert(
    fc.property(entries, (entry) => {
      const result = decodeLedger(encodeLedger(entry));
      return result.ok && Buffer.from(encodeLedger(result.value)).equals(encodeLedger(entry));
    }),
  );
});

t.test('strict: no cut, grown or changed bytes are taken for another form of an entry', async (t) => {
  const bytes = Buffer.from(encodeLedger(ENTRY));
  const judge = (changed: Uint8Array): boolean => {
    const result = decodeLedger(changed);
    return result.ok ? Buffer.from(encodeLedger(result.value)).equals(changed) : ['malformed', 'unknown-version'].includes(result.error);
  };
  for (let length = 0; length < bytes.length; length++) if (decodeLedger(bytes.subarray(0, length)).ok) t.fail(`cut to ${length}`);
  const splice = fc.tuple(fc.nat(bytes.length), fc.nat(6), fc.uint8Array({ maxLength: 6 }));
  fc.assert(
    fc.property(splice, ([at, remove, insert]) =>
      judge(Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(Math.min(bytes.length, at + remove))])),
    ),
    { numRuns: 1000 },
  );
  const text = bytes.toString();
  for (const spelling of [
    ` ${text}`,
    text.replace('"seq":12', '"seq":12.0'),
    text.replace('"task"', '"t\\u0061sk"'),
    text.replace('{"v":1,', '{"v":1,"more":1,'),
  ]) {
    t.same(decodeLedger(Buffer.from(spelling)), { ok: false, error: 'malformed' }, spelling.slice(0, 30));
  }
  t.same(decodeLedger(Buffer.from(text.replace('"v":1', '"v":2'))), { ok: false, error: 'unknown-version' });
  for (const other of ['null', '[]', '5', '{}', '']) t.notOk(decodeLedger(Buffer.from(other)).ok, other);
});

t.test('an entry that could not be read back is not written', async (t) => {
  const [position] = ENTRY.positions;
  const odd: readonly LedgerEntry[] = [
    { ...ENTRY, plan: 'x' },
    { ...ENTRY, seq: -1 },
    { ...ENTRY, prev: '' },
    { ...ENTRY, change: { at: 0.5, since: null, next: null } },
    { ...ENTRY, change: { at: 1, since: null, next: { plan: 'x', from: 1 } } },
    { ...ENTRY, change: { at: 1, since: null, next: { plan: ENTRY.plan, from: 1.5 } } },
    { ...ENTRY, positions: [{ ...position, restoreFrom: 1201 }] },
    { ...ENTRY, positions: [{ ...position, clock: Number.NEGATIVE_INFINITY }] },
    { ...ENTRY, counts: { ...ENTRY.counts, read: 0.5 } },
    { ...ENTRY, views: [{ ...ENTRY.views[0], counts: [[200, 1]] }] },
    {
      ...ENTRY,
      views: [
        {
          ...ENTRY.views[0],
          counts: [
            [1, 1],
            [0, 1],
          ],
        },
      ],
    },
    { ...ENTRY, windows: [{ ...ENTRY.windows[0], inputs: [[2, 0, 1]] }] },
    { ...ENTRY, windows: [{ ...ENTRY.windows[0], inputs: [[0, 2, 1]] }] },
    ...[
      { since: [[2, 0]], names: [] },
      { since: [[1, 0], [0, 0]], names: [] },
      { since: [[0, -1]], names: [] },
      { since: [], names: [{ name: 'x', schema: 'c0ffee0011223344', from: [] }] },
      { since: [], names: [{ name: 2 ** 40, schema: 'c0ffee0011223344', from: [] }] },
      { since: [], names: [{ name: 1, schema: 'coffee', from: [] }] },
      { since: [], names: [{ name: 1, schema: 'c0ffee0011223344', from: [[0, 0.5]] }] },
    ].map((registry) => ({ ...ENTRY, registry }) as unknown as LedgerEntry), // biome-ignore format: a list
    { ...ENTRY, heldFrom: -1 },
    { ...ENTRY, audit: { seq: 0, hash: '' } },
  ];
  for (const [i, entry] of odd.entries()) t.throws(() => encodeLedger(entry), { name: 'InvariantError' }, `case ${i}`);
});

t.test('entries are chained by their hashes', async (t) => {
  const first = encodeLedger({ ...ENTRY, seq: 0 });
  const second = decodeLedger(encodeLedger({ ...ENTRY, seq: 1, prev: ledgerHash(first) }));
  t.ok(second.ok && second.value.prev === ledgerHash(first));
  t.not(ledgerHash(encodeLedger({ ...ENTRY, seq: 0, task: 4 })), ledgerHash(first));
});
