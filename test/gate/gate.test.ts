import t from 'tap';
import { createGate, type Gate } from '../../src/gate/gate.ts';
import { type Controls, NO_CONTROLS } from '../../src/model/controls.ts';
import { InvariantError } from '../../src/model/invariant.ts';
import { KeyError, type Keys } from '../../src/model/keys.ts';
import type { ViewPlan } from '../../src/model/plan.ts';
import { SENSITIVE_OTHER, SENSITIVE_STAR } from '../../src/model/released.ts';
import { isReleased, reasonOf, type Verdicts } from '../../src/model/verdict.ts';
import { candidatesOf, fakeKeys, HOUR, planOf, type Row, token, viewOf } from './fakes.ts';

/** Verdicts by offset: the level of release or the reason. */
const byOffset = (...lists: Verdicts[]): Record<number, string | number> => {
  const entries = lists.flatMap(({ offset, verdict, count }) =>
    Array.from({ length: count }, (_, i): [number, string | number] => [
      offset[i]!,
      isReleased(verdict[i]!) ? verdict[i]! : reasonOf(verdict[i]!)!,
    ]),
  );
  return Object.fromEntries(entries);
};

const gateOf = (view: ViewPlan, rows: readonly Row[], keys: Keys = fakeKeys()): Gate => {
  const gate = createGate(planOf(view), { keys, publisherTokens: () => [] });
  gate.offer(candidatesOf(view, rows));
  return gate;
};

const closeOf = (view: ViewPlan, rows: readonly Row[], controls: Controls = NO_CONTROLS, startMs = 0) =>
  gateOf(view, rows).close(0, startMs, controls);

/** `count` subjects from `first` on, with these codes; offsets are the subjects. */
const crowd = (count: number, first: number, codes: readonly number[], more: Partial<Row> = {}): Row[] =>
  Array.from({ length: count }, (_, i) => ({ subject: first + i, offset: first + i, codes, ...more }));

const sameFor = (rows: readonly Row[], value: string | number): Record<number, string | number> =>
  Object.fromEntries(rows.map((row) => [row.offset, value]));

t.test('a class leaves at the finest level where it has k subjects', async (t) => {
  const view = viewOf({ k: 12 });
  t.strictSame(byOffset(closeOf(view, crowd(11, 0, [0, 0])).verdicts), sameFor(crowd(11, 0, [0, 0]), 'k'));
  t.strictSame(byOffset(closeOf(view, crowd(12, 0, [0, 0])).verdicts), sameFor(crowd(12, 0, [0, 0]), 0));
  t.strictSame(byOffset(closeOf(view, crowd(13, 0, [0, 0])).verdicts), sameFor(crowd(13, 0, [0, 0]), 0));
});

t.test('what leaves carries the codes of its level, the window and where it came from', async (t) => {
  const rows = [...crowd(2, 0, [4, 4]), ...crowd(1, 2, [5, 5])];
  const { released, smallestClass } = closeOf(viewOf(), rows);
  t.strictSame([released.count, released.windowStartMs, released.windowEndMs, released.view], [3, 0, HOUR, 0]);
  t.strictSame([...released.level], [1, 1, 1]);
  t.strictSame([...released.codes], [2, 2, 2, 2, 2, 2]);
  t.strictSame([...released.offset].sort(), [0, 1, 2]);
  t.strictSame([released.sensitive.length, released.pseudonym.length, smallestClass], [0, 0, 3]);
});

t.test('leftovers are counted alone: a coarse class counts nobody who left finer', async (t) => {
  const fine = crowd(5, 0, [0, 0]);
  t.strictSame(byOffset(closeOf(viewOf(), [...fine, ...crowd(2, 5, [1, 1])]).verdicts), {
    ...sameFor(fine, 0),
    ...sameFor(crowd(2, 5, [1, 1]), 'k'),
  });
  t.strictSame(byOffset(closeOf(viewOf(), [...fine, ...crowd(3, 5, [1, 1]).map((row, i) => ({ ...row, codes: [1, i] }))]).verdicts), {
    ...sameFor(fine, 0),
    ...sameFor(crowd(3, 5, [1, 1]), 2),
  });
});

t.test('a record waits for its start level, and counts for no class before', async (t) => {
  const rows = [...crowd(2, 0, [0, 0]), ...crowd(1, 2, [0, 0], { start: 1 })];
  t.strictSame(byOffset(closeOf(viewOf(), rows).verdicts), sameFor(rows, 1));
  const alone = [...crowd(3, 0, [0, 0]), ...crowd(1, 3, [0, 0], { start: 1 })];
  t.strictSame(byOffset(closeOf(viewOf(), alone).verdicts), { 0: 0, 1: 0, 2: 0, 3: 'k' });
});

t.test('one subject many times is one subject, and leaves its contribution', async (t) => {
  const rows = [0, 1, 2, 3].flatMap((subject) =>
    [0, 2, 4].map((second) => ({ subject, codes: [0, second], offset: subject * 10 + second })),
  );
  const view = viewOf({ path: [[0, 3]], k: 3 });
  const merged = closeOf(
    { ...view, path: [[0, 3]] },
    rows.map((row) => ({ ...row, codes: [0, 0] })),
  );
  t.equal(merged.verdicts.count, 4, 'the same tuple folds before');
  const twoLevels = viewOf({
    k: 4,
    path: [
      [0, 0],
      [0, 3],
    ],
    contribution: 2,
  });
  const spread = [0, 1, 2, 3].flatMap((subject) =>
    [0, 1, 2].map((i) => ({ subject, codes: [0, subject * 3 + i], offset: subject * 10 + i })),
  );
  const { released, verdicts } = closeOf(twoLevels, spread);
  t.equal(released.count, 8);
  t.equal(Object.values(byOffset(verdicts)).filter((verdict) => verdict === 'contribution').length, 4);
});

t.test('windows are cut by append time alone, and are closed in rising order, once', async (t) => {
  const view = viewOf();
  const early = crowd(3, 0, [0, 0], { appendMs: HOUR - 1 });
  const late = crowd(3, 3, [0, 0], { appendMs: HOUR });
  const gate = gateOf(view, [early[0]!, late[0]!, early[1]!, late[1]!, early[2]!, late[2]!]);
  t.strictSame(gate.openWindows(), [
    { view: 0, windowStartMs: 0, survivors: 3 },
    { view: 0, windowStartMs: HOUR, survivors: 3 },
  ]);
  t.equal(gate.survivors(), 6);
  t.strictSame(byOffset(gate.close(0, 0, NO_CONTROLS).verdicts), sameFor(early, 0));
  t.equal(gate.survivors(), 3);
  t.throws(() => gate.close(0, 0, NO_CONTROLS), InvariantError);
  t.throws(() => gate.offer(candidatesOf(view, early)), InvariantError, 'nothing opens a decided window again');
  t.throws(() => gate.close(0, HOUR + 1, NO_CONTROLS), InvariantError, 'not aligned');
  t.strictSame(byOffset(gate.close(0, HOUR, NO_CONTROLS).verdicts), sameFor(late, 0));
  t.strictSame(gate.openWindows(), []);
});

t.test('an empty window closes empty, without keys', async (t) => {
  const keys: Keys = {
    ...fakeKeys(),
    epoch: () => {
      throw new KeyError('key-destroyed', 'the key epoch is destroyed');
    },
  };
  const { released, verdicts, smallestClass } = createGate(planOf(viewOf()), { keys }).close(0, HOUR, NO_CONTROLS);
  t.strictSame([released.count, released.windowStartMs, released.windowEndMs], [0, HOUR, 2 * HOUR]);
  t.strictSame([verdicts.count, verdicts.windowStartMs, smallestClass], [0, HOUR, 0]);
});

t.test('a destroyed key epoch releases nothing, and the window stays', async (t) => {
  let isDestroyed = true;
  const keys: Keys = {
    ...fakeKeys(),
    epoch: (epoch) => {
      if (isDestroyed) throw new KeyError('key-destroyed', 'the key epoch is destroyed');
      return fakeKeys().epoch(epoch);
    },
  };
  const gate = gateOf(viewOf(), crowd(3, 0, [0, 0]), keys);
  t.throws(() => gate.close(0, 0, NO_CONTROLS), KeyError);
  t.equal(gate.survivors(), 3);
  isDestroyed = false;
  t.equal(gate.close(0, 0, NO_CONTROLS).released.count, 3);
});

t.test('contradictions end the process instead of passing', async (t) => {
  t.throws(() => gateOf(viewOf(), [{ subject: 1, offset: 0, appendMs: Number.NaN }]), InvariantError);
  const guarded = viewOf({ gateways: { min: 1, publishers: ['p'] } });
  t.throws(() => createGate(planOf(guarded), { keys: fakeKeys() }), InvariantError, 'nobody makes publisher tokens');
  const gate = createGate(planOf(guarded), { keys: fakeKeys(), publisherTokens: () => [] });
  gate.offer(candidatesOf(guarded, crowd(3, 0, [0, 0])));
  t.throws(() => gate.close(0, 0, NO_CONTROLS), InvariantError, 'a publisher without a token');
});

t.test('the location lottery blocks at once, before anything is kept', async (t) => {
  const view = viewOf({ location: true, k: 1, windowMs: 24 * HOUR });
  const rows = Array.from({ length: 25 }, (_, hour) => ({
    subject: 1,
    offset: hour,
    codes: [hour * 8, 0],
    eventHour: hour < 24 ? hour : -1,
  }));
  const gate = createGate(planOf(view), { keys: fakeKeys() });
  const verdicts = gate.offer(candidatesOf(view, rows));
  t.equal(verdicts.length, 1);
  t.equal(Object.values(byOffset(...verdicts)).filter((verdict) => verdict === 'lottery').length, 21);
  t.equal(gate.survivors(), 4);
  t.equal(gate.close(0, 0, NO_CONTROLS).released.count, 4);
});

const secret = (topShare: number, revealing: number[] = [7]): Partial<ViewPlan> => ({
  sensitive: { name: 's', attribute: 2, revealing, topShare },
});

t.test('a sensitive value of fewer than k subjects of the batch leaves as other; a missing one as *', async (t) => {
  const rows = [
    ...crowd(4, 0, [0, 0]).map((row, i) => ({ ...row, sensitive: i < 2 ? 1 : i === 2 ? 2 : -1 })),
    ...crowd(3, 10, [4, 4]).map((row, i) => ({ ...row, sensitive: i < 1 ? 1 : 3 })),
  ];
  const { released } = closeOf(viewOf(secret(0.5)), rows);
  const left = Object.fromEntries([...released.offset].map((offset, i) => [offset, released.sensitive[i]]));
  t.strictSame(left, { 0: 1, 1: 1, 2: SENSITIVE_OTHER, 3: SENSITIVE_STAR, 10: 1, 11: SENSITIVE_OTHER, 12: SENSITIVE_OTHER });
});

t.test('records that do not leave do not make a sensitive value frequent', async (t) => {
  const rows = [
    ...crowd(3, 0, [0, 0]).map((row, i) => ({ ...row, sensitive: i === 0 ? 2 : 1 })),
    ...crowd(2, 10, [90, 90], { sensitive: 2 }),
  ];
  const { released } = closeOf(viewOf(secret(0.5)), rows);
  t.strictSame([...released.sensitive], [SENSITIVE_OTHER, SENSITIVE_OTHER, SENSITIVE_OTHER]);
});

t.test('a revealing value held by more than topShare of a class hides the field of the class, and the class does not climb', async (t) => {
  const rows = (holders: number): Row[] => crowd(6, 0, [0, 0]).map((row, i) => ({ ...row, sensitive: i < holders ? 7 : 1 }));
  const half = closeOf(viewOf(secret(0.5)), rows(3)).released;
  t.strictSame([...half.sensitive].sort(), [1, 1, 1, 7, 7, 7]);
  const more = closeOf(viewOf(secret(0.5)), rows(4)).released;
  t.strictSame([...new Set(more.sensitive)], [SENSITIVE_STAR]);
  t.strictSame([...new Set(more.level)], [0]);
  const harmless = closeOf(viewOf(secret(0.5, [])), rows(6)).released;
  t.strictSame([...new Set(harmless.sensitive)], [7]);
});

const pseudonyms = (view: ViewPlan, rows: readonly Row[], controls = NO_CONTROLS, startMs = 0): Map<number, string> => {
  const { released } = closeOf(view, rows, controls, startMs);
  const hex = (i: number): string => Buffer.from(released.pseudonym.subarray(i * 16, i * 16 + 16)).toString('hex');
  return new Map([...released.offset].map((offset, i) => [offset, hex(i)]));
};

t.test('a pseudonym connects the records of one subject in one class and nothing else', async (t) => {
  const view = viewOf({ pseudonym: 'class', contribution: 2 });
  const twice = (codes: number[], first: number): Row[] =>
    [0, 1, 2].flatMap((subject) => [0, 1].map((i) => ({ subject, codes, offset: first + subject * 2 + i })));
  const found = pseudonyms(view, [...twice([0, 0], 0), ...twice([4, 0], 100)]);
  t.equal(found.size, 12);
  t.equal(found.get(0), found.get(1));
  t.equal(new Set(found.values()).size, 6, 'three subjects in two classes');
  const next = pseudonyms(
    view,
    twice([0, 0], 0).map((row) => ({ ...row, appendMs: HOUR })),
    NO_CONTROLS,
    HOUR,
  );
  const other = pseudonyms({ ...view, name: 'other' }, twice([0, 0], 0));
  const all = [...found.values(), ...next.values(), ...other.values()];
  t.equal(new Set(all).size, 12, 'windows and views are apart');
});

t.test('the number of records that a subject leaves under a pseudonym is shared by k subjects', async (t) => {
  const view = viewOf({ pseudonym: 'class', contribution: 3 });
  const rows = [3, 2, 1, 1, 1].flatMap((records, subject) =>
    Array.from({ length: records }, (_, i) => ({ subject, offset: subject * 10 + i })),
  );
  const { released, verdicts } = closeOf(view, rows);
  t.equal(released.count, 5);
  t.equal(Object.values(byOffset(verdicts)).filter((verdict) => verdict === 'contribution').length, 3);
  t.equal(closeOf({ ...view, pseudonym: 'none' }, rows).released.count, 8, 'without a pseudonym nothing tells');
});

const period = (startMs: number, endMs: number, k = 3, coarsestOnly = false): Controls => ({
  ...NO_CONTROLS,
  periods: [{ id: 'p', view: 0, startMs, endMs, k, coarsestOnly, isSuspended: false }],
});

t.test('a combined-use period that touches the window raises k, takes the pseudonym and allows the last level only', async (t) => {
  const view = viewOf({ pseudonym: 'class' });
  const rows = crowd(4, 0, [0, 0]);
  t.equal(closeOf(view, rows, period(0, HOUR)).released.pseudonym.length, 0);
  t.equal(closeOf(view, rows, period(-HOUR, 0)).released.pseudonym.length, 64, 'it ended before');
  t.strictSame(byOffset(closeOf(view, rows, period(HOUR - 1, HOUR, 5)).verdicts), sameFor(rows, 'k'));
  t.strictSame(byOffset(closeOf(view, rows, period(0, 1, 4)).verdicts), sameFor(rows, 0));
  t.strictSame(byOffset(closeOf(view, rows, period(0, 1, 4, true)).verdicts), sameFor(rows, 2));
  t.strictSame(
    byOffset(
      closeOf(view, rows, {
        ...period(0, 1, 9),
        periods: [{ id: 'q', view: 1, startMs: 0, endMs: 1, k: 9, coarsestOnly: true, isSuspended: true }],
      }).verdicts,
    ),
    sameFor(rows, 0),
  );
});

t.test('a record of a past period that arrives after its end is blocked', async (t) => {
  const at = (eventHour: number, subject: number): Row => ({ subject, offset: subject, eventHour, appendMs: 100_000 * HOUR });
  const rows = [...[100_000, 100_000, 100_000].map(at), at(99_998, 3), at(99_997, 4), at(-1, 5), at(99_996, 6), at(1, 7)];
  const past = period(99_997.5 * HOUR, 99_998.5 * HOUR);
  const verdicts = byOffset(closeOf(viewOf(), rows, past, 100_000 * HOUR).verdicts);
  t.strictSame(verdicts, { 0: 0, 1: 0, 2: 0, 3: 'combined-use', 4: 'combined-use', 5: 'combined-use', 6: 0, 7: 'combined-use' });
});

t.test('the key epoch is chosen by the window', async (t) => {
  const asked: number[] = [];
  const keys: Keys = {
    ...fakeKeys(),
    epoch: (epoch) => {
      asked.push(epoch);
      return fakeKeys().epoch(epoch);
    },
  };
  const view = viewOf();
  const gate = gateOf(view, [...crowd(1, 0, [0, 0], { appendMs: 24 * HOUR - 1 }), ...crowd(1, 1, [0, 0], { appendMs: 24 * HOUR })], keys);
  gate.close(0, 23 * HOUR, NO_CONTROLS);
  gate.close(0, 24 * HOUR, NO_CONTROLS);
  t.strictSame(asked, [0, 1]);
});

t.test('publishers and gateways reach the gate by their tokens', async (t) => {
  const view = viewOf({ gateways: { min: 1, publishers: ['p'] }, k: 4 });
  const gate = createGate(planOf(view), { keys: fakeKeys(), publisherTokens: () => [token('gateway 0')] });
  const rows = crowd(6, 0, [0, 0]).map((row, i) => ({ ...row, gateway: i < 2 ? 0 : i }));
  const few = rows.map((row, i) => ({ ...row, appendMs: HOUR, gateway: i < 3 ? 0 : i }));
  gate.offer(candidatesOf(view, [...rows, ...few]));
  t.strictSame(byOffset(gate.close(0, 0, NO_CONTROLS).verdicts), sameFor(rows, 0));
  t.strictSame(byOffset(gate.close(0, HOUR, NO_CONTROLS).verdicts), sameFor(few, 'publishers'));
});
