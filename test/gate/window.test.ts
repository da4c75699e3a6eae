import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { createVerdictSink, type VerdictSink } from '../../src/gate/sink.ts';
import { createGateWindow, type GateWindow, offer } from '../../src/gate/window.ts';
import { InvariantError } from '../../src/model/invariant.ts';
import type { ViewPlan } from '../../src/model/plan.ts';
import { reasonOf } from '../../src/model/verdict.ts';
import { rowsOf, views } from './arbitrary.ts';
import { candidatesOf, type Row, token, viewOf } from './fakes.ts';

const offerAll = (window: GateWindow, rows: readonly Row[], sink: VerdictSink = createVerdictSink()): VerdictSink => {
  const candidates = candidatesOf(window.view, rows);
  for (let row = 0; row < rows.length; row++) offer(window, candidates, row, sink);
  return sink;
};

const keptBy = (view: ViewPlan, ...batches: (readonly Row[])[]): string[] => {
  const window = createGateWindow(view, 0);
  for (const rows of batches) offerAll(window, rows);
  return kept(window);
};

/** Everything of the kept rows but the numbers that the window gave to subjects, tuples and gateways. */
const kept = (window: GateWindow): string[] =>
  Array.from({ length: window.count }, (_, row) => {
    const { tuples, subjects, gateways } = window;
    const tuple = tuples.codes.subarray(window.tuple[row]! * tuples.width, (window.tuple[row]! + 1) * tuples.width);
    const subject = subjects.words.subarray(window.subject[row]! * 4, window.subject[row]! * 4 + 4);
    const gateway = window.gateway.length === 0 ? [] : gateways.words.subarray(window.gateway[row]! * 4, window.gateway[row]! * 4 + 4);
    const event = window.event.subarray(row * 4, row * 4 + 4);
    return [window.source[row], window.offset[row], window.age[row], window.sensitive[row], subject, gateway, event, tuple].join('|');
  }).sort();

const said = (sink: VerdictSink): string[] =>
  Array.from({ length: sink.count }, (_, i) => `${sink.source[i]}:${sink.offset[i]} ${reasonOf(sink.verdict[i]!)}`);

const anyRows = views.chain((view) => fc.tuple(fc.constant(view), rowsOf(view)));

t.test('what is kept does not depend on the order of offering', async () => {
  fc.assert(
    fc.property(
      anyRows.chain(([view, rows]) =>
        fc.tuple(fc.constant(view), fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })),
      ),
      ([view, rows, shuffled]) => assert.deepEqual(keptBy(view, shuffled), keptBy(view, rows)),
    ),
    { numRuns: 60 },
  );
});

t.test('what is kept does not depend on batches, and offering again changes nothing', async () => {
  fc.assert(
    fc.property(anyRows, fc.nat(), ([view, rows], at) => {
      const cut = at % (rows.length + 1);
      assert.deepEqual(keptBy(view, rows.slice(0, cut), rows.slice(cut)), keptBy(view, rows));
      assert.deepEqual(keptBy(view, rows, rows, rows.slice(cut)), keptBy(view, rows));
    }),
    { numRuns: 60 },
  );
});

t.test('per (subject, start, tuple) the contribution smallest event tokens are kept', async () => {
  fc.assert(
    fc.property(anyRows, ([view, rows]) => {
      const groups = new Map<string, Set<string>>();
      for (const row of rows) {
        const start = row.start ?? 0;
        const key = [
          row.subject,
          start,
          view.path[start]!.map((level, i) => (level >= 3 ? 0 : Math.floor(row.codes![i]! / 2 ** level))),
        ].join();
        groups.set(key, (groups.get(key) ?? new Set()).add(Buffer.from(token(`event ${row.subject} ${row.event}`)).toString('hex')));
      }
      const expected = [...groups.values()].flatMap((events) => [...events].sort().slice(0, view.contribution)).sort();
      const window = createGateWindow(view, 0);
      offerAll(window, rows);
      const bytes = Buffer.alloc(window.count * 16);
      for (let i = 0; i < window.count * 4; i++) bytes.writeInt32BE(window.event[i]! ^ 0x80000000, i * 4);
      assert.deepEqual(Array.from({ length: window.count }, (_, row) => bytes.toString('hex', row * 16, row * 16 + 16)).sort(), expected);
    }),
    { numRuns: 60 },
  );
});

t.test('the same record again says nothing; the same event elsewhere is a duplicate, whichever comes first', async (t) => {
  const first: Row = { subject: 1, event: 'e', offset: 5 };
  const second: Row = { subject: 1, event: 'e', offset: 9 };
  for (const order of [
    [first, second, first, second],
    [second, first],
  ]) {
    const window = createGateWindow(viewOf(), 0);
    t.strictSame([...new Set(said(offerAll(window, order)))], ['0:9 duplicate']);
    t.equal(window.count, 1);
    t.equal(window.offset[0], 5);
  }
});

t.test('the same event in another source is a duplicate too', async (t) => {
  const window = createGateWindow(viewOf(), 0);
  const rows = [
    { subject: 1, event: 'e', source: 1, offset: 1 },
    { subject: 1, event: 'e', source: 0, offset: 2 },
  ];
  t.strictSame(said(offerAll(window, rows)), ['1:1 duplicate']);
});

t.test('the one pushed out folds with its own coordinates', async (t) => {
  const smallestLast = ['a', 'b', 'c', 'd']
    .map((event, offset) => ({ subject: 1, event, offset }))
    .sort((x, y) => Buffer.compare(token(`event 1 ${y.event}`), token(`event 1 ${x.event}`)));
  const window = createGateWindow(viewOf(), 0);
  const folded = smallestLast.slice(0, 3).map(({ offset }) => `0:${offset} folded`);
  t.strictSame(said(offerAll(window, smallestLast)), folded);
  t.equal(window.offset[0], smallestLast[3]!.offset);
  t.strictSame(said(offerAll(window, smallestLast.slice(0, 3))), folded, 'and folds again when it is offered again');
});

t.test('contribution keeps that many, and other tuples, starts and subjects are apart', async (t) => {
  const window = createGateWindow(viewOf({ contribution: 2 }), 0);
  const rows: Row[] = [1, 2, 3].map((offset) => ({ subject: 1, offset }));
  const sink = offerAll(window, [
    ...rows,
    { subject: 1, codes: [9, 0], offset: 4 },
    { subject: 1, start: 1, offset: 5 },
    { subject: 2, offset: 6 },
  ]);
  t.equal(window.count, 5);
  t.equal(sink.count, 1);
  t.match(said(sink)[0], /folded/);
});

t.test('long chains do not disturb the index', async (t) => {
  const rows: Row[] = Array.from({ length: 3000 }, (_, offset) => ({
    subject: offset % 3 === 0 ? offset : 1,
    codes: [offset % 7, 0],
    offset,
  }));
  const view = viewOf({ contribution: 1000 });
  const window = createGateWindow(view, 0);
  t.equal(offerAll(window, rows).count, 0);
  t.equal(window.count, rows.length);
  t.equal(offerAll(window, rows).count, 0, 'each is found again');
  t.equal(window.count, rows.length);
});

t.test('codes finer than the start level mean nothing', async (t) => {
  const window = createGateWindow(viewOf(), 0);
  offerAll(window, [
    { subject: 1, start: 1, codes: [2, 2], offset: 1 },
    { subject: 1, start: 1, codes: [3, 3], offset: 2 },
  ]);
  t.equal(window.count, 1);
});

t.test('a start level beyond the path is a contradiction', async (t) => {
  t.throws(() => offerAll(createGateWindow(viewOf(), 0), [{ subject: 1, start: 3, offset: 1 }]), InvariantError);
});

t.test('a survivor with its subject costs 62 bytes, 70 with a sensitive field and gateways', async (t) => {
  const bytes = (view: ViewPlan): number => {
    const { subject, tuple, event, source, offset, age, gateway, sensitive, next, slots, subjects } = createGateWindow(view, 0);
    const perRow = (array: { BYTES_PER_ELEMENT: number; length: number }, width = 1): number =>
      array.length === 0 ? 0 : array.BYTES_PER_ELEMENT * width;
    const rows = [subject, tuple, source, offset, age, gateway, sensitive, next, slots].reduce(
      (sum, array) => sum + perRow(array),
      perRow(event, 4),
    );
    return rows + perRow(subjects.words, 4) + perRow(subjects.slots);
  };
  t.equal(bytes(viewOf()), 62);
  t.equal(
    bytes(viewOf({ gateways: { min: 4, publishers: [] }, sensitive: { name: 's', attribute: 0, revealing: [], topShare: 0.5 } })),
    70,
  );
  t.equal(bytes(viewOf({ contribution: 2 })), 66);
});
