import fc from 'fast-check';
import t from 'tap';
import { createGate } from '../../src/gate/gate.ts';
import { type Actor, type Controls, NO_CONTROLS, type PeriodRule } from '../../src/model/controls.ts';
import { KeyError, type Keys } from '../../src/model/keys.ts';
import type { ViewPlan } from '../../src/model/plan.ts';
import { type Released, SENSITIVE_STAR } from '../../src/model/released.ts';
import { AUTHORISED, reasonOf, type Verdicts } from '../../src/model/verdict.ts';
import { candidatesOf, fakeKeys, HOUR, planOf, type Row, token, viewOf } from './fakes.ts';

const hex = (name: string): string => Buffer.from(token(name)).toString('hex');

/** Rows of subjects whose control token is that of their name. */
const rowsOf = (subjects: readonly string[], more: Partial<Row> = {}, firstOffset = 0): Row[] =>
  subjects.map((subject, i) => ({ subject, actor: [null, null, subject], codes: [0, 0], offset: firstOffset + i, ...more }));

const period = (more: Partial<PeriodRule> = {}): PeriodRule => ({
  ...{ id: 'p', view: 0, startMs: 0, endMs: 100 * HOUR, k: 3, coarsestOnly: false, isSuspended: false, mayBeAuthorised: true },
  ...more,
});

/** Control records by which these subjects authorised these periods. */
const controlsOf = (authorised: Readonly<Record<string, readonly string[]>>, ...periods: PeriodRule[]): Controls => {
  const names = new Map(Object.entries(authorised).map(([subject, ids]) => [hex(subject), ids]));
  return {
    ...NO_CONTROLS,
    periods,
    subjects: {
      household: ({ household }) => household,
      refusal: ({ household }) => (household === hex('erased') ? 'erased' : null),
      authorised: ({ household }: Actor, id) => (household !== null && names.get(household)?.includes(id) ? household : null),
    },
  };
};

const SIGNER = { name: 'officer', key: '', may: [] };

const close = (view: ViewPlan, rows: readonly Row[], controls: Controls, startMs = 0, keys: Keys = fakeKeys()) => {
  const gate = createGate({ ...planOf(view), signers: [SIGNER] }, { keys, publisherTokens: () => [] });
  gate.offer(candidatesOf(view, rows));
  return gate.close(view.index, startMs, controls);
};

const named = (verdict: number): string | number => (verdict === AUTHORISED ? 'authorised' : (reasonOf(verdict) ?? verdict));

const byOffset = ({ offset, verdict }: Verdicts): Record<number, string | number> =>
  Object.fromEntries(Array.from(offset, (of, i) => [of, named(verdict[i])]));

const pseudonyms = (released: Released | null): string[] =>
  released === null
    ? []
    : Array.from({ length: released.count }, (_, i) => Buffer.from(released.pseudonym.subarray(16 * i, 16 * i + 16)).toString('hex'));

const all = ['a', 'b', 'c'];

t.test('who authorised leaves to an output of its own, and counts for nobody', async (t) => {
  const two = controlsOf({ a: ['p'], b: ['p'] }, period());
  const { released, authorised, verdicts } = close(viewOf(), rowsOf(all), two);
  t.same(byOffset(verdicts), { 0: 'authorised', 1: 'authorised', 2: 'k' }, 'the third is alone');
  t.equal(released.count, 0);
  t.match(authorised, { period: 'p', isAuthorised: true, count: 2 });
  t.same([...(authorised as Released).level], [0, 0]);
  t.equal(new Set(pseudonyms(authorised)).size, 2);
  t.equal(close(viewOf(), rowsOf(all), controlsOf({}, period())).authorised, null, 'nobody authorised');
});

t.test('the finest values leave, and the sensitive field as it is', async (t) => {
  const view = viewOf({ sensitive: { name: 'c', attribute: 2, revealing: [5], topShare: 0.5 } });
  const controls = controlsOf({ a: ['p'], b: ['p'] }, period());
  const rows = [...rowsOf(['a'], { codes: [7, 4], sensitive: 5 }), ...rowsOf(['b'], { codes: [3, 1], sensitive: -1 }, 1)];
  const { authorised } = close(view, rows, controls);
  const { offset, codes, sensitive } = authorised as Released;
  const found = Array.from(offset, (of, i) => [of, codes[2 * i], codes[2 * i + 1], sensitive[i]]).sort(([x], [y]) => x - y);
  t.same(found, [[0, 7, 4, 5], [1, 3, 1, SENSITIVE_STAR]]); // biome-ignore format: a table
});

t.test('nothing of it where anything speaks against it', async (t) => {
  const verdictOf = (controls: Controls, more: Partial<Row> = {}, subject = 'a'): string | number =>
    byOffset(close(viewOf({ k: 3 }), rowsOf([subject], more), controls).verdicts)[0];
  const says = { a: ['p', 'q'], erased: ['p'] };
  t.equal(verdictOf(controlsOf(says, period())), 'authorised');
  t.equal(verdictOf(controlsOf(says, period()), {}, 'b'), 'k', 'somebody else');
  t.equal(verdictOf(controlsOf(says, period()), {}, 'erased'), 'erased');
  t.equal(verdictOf(controlsOf(says, period({ mayBeAuthorised: false }))), 'k', 'without a basis');
  t.equal(verdictOf(controlsOf(says, period({ isSuspended: true }))), 'k', 'not active yet');
  t.equal(verdictOf(controlsOf(says, period({ startMs: HOUR }))), 'k', 'another window');
  t.equal(verdictOf(controlsOf(says, period({ view: 1 }))), 'k', 'another view');
  t.equal(verdictOf(controlsOf(says, period(), period({ id: 'q' }))), 'authorised', 'both were authorised');
  t.equal(verdictOf(controlsOf({ a: ['p'] }, period(), period({ id: 'q' }))), 'k', 'one of two');
  t.equal(verdictOf(controlsOf(says, period(), period({ id: 'q', isSuspended: true }))), 'k', 'one of two is not active');
  t.equal(verdictOf(controlsOf(says, period()), { start: 1 }), 'no-level', 'no finest value');
  const late = period({ id: 'past', startMs: -2 * HOUR, endMs: -HOUR });
  t.equal(verdictOf(controlsOf(says, period(), late), { eventHour: -1 }), 'combined-use', 'of a period that is over');
  const joining = { view: 0, has: (attribute: number, level: number, code: number) => attribute === 1 && level === 0 && code === 4 };
  t.equal(verdictOf({ ...controlsOf(says, period()), direct: [joining] }, { codes: [0, 4] }), 'direct');
  t.equal(verdictOf({ ...controlsOf(says, period()), direct: [joining] }, { codes: [4, 0] }), 'authorised');
  t.equal(verdictOf({ ...controlsOf(says, period()), direct: [{ ...joining, untilMs: 0 }] }), 'direct', 'a stale index');
});

t.test('a pseudonym is one over the whole period, and another one in another view or period', async (t) => {
  const of = (id: string, startMs: number, name = 'view', keys = fakeKeys()): string[] => {
    const rows = rowsOf(['a', 'a'], { appendMs: startMs }).map((row, i) => ({ ...row, codes: [i, 0] }));
    return pseudonyms(close(viewOf({ name }), rows, controlsOf({ a: [id] }, period({ id })), startMs, keys).authorised);
  };
  const [one, two] = of('p', 0);
  t.equal(one, two);
  t.match(one, /^[0-9a-f]{32}$/);
  t.same(of('p', 48 * HOUR), [one, one], 'in another window, of another key epoch');
  for (const [other] of [of('q', 0), of('p', 0, 'other'), of('p', 0, 'view', fakeKeys('else'))]) t.not(other, one);
});

t.test('without the key of the period nothing leaves, and the window stays', async (t) => {
  const keys: Keys = {
    ...fakeKeys(),
    period: () => {
      throw new KeyError('key-destroyed', 'a key that was not destroyed');
    },
  };
  const view = viewOf();
  const gate = createGate({ ...planOf(view), signers: [SIGNER] }, { keys });
  gate.offer(candidatesOf(view, rowsOf(all)));
  t.throws(() => gate.close(0, 0, controlsOf({ a: ['p'] }, period())), KeyError);
  t.equal(gate.openWindows().length, 1);
  t.equal(gate.close(0, 0, controlsOf({}, period())).released.count, 3, 'nobody needs it');
});

t.test('the others leave as if those who authorised were not there', async () => {
  const names = Array.from({ length: 12 }, (_, i) => `s${i}`);
  const row = fc.record({
    subject: fc.constantFrom(...names),
    codes: fc.tuple(fc.nat(3), fc.nat(3)),
    sensitive: fc.integer({ min: -1, max: 2 }),
    start: fc.nat(2),
  });
  const views = fc.record({ pseudonym: fc.constantFrom('none' as const, 'class' as const), contribution: fc.integer({ min: 1, max: 2 }) });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 60 }), fc.subarray(names), views, (given, authorised, fields) => {
      const view = viewOf({ ...fields, sensitive: { name: 'c', attribute: 2, revealing: [1], topShare: 0.5 } });
      // A window that nothing was offered to is of no period.
      const somebody = { subject: 'else', codes: [0, 0] as [number, number], sensitive: 0, start: 0 };
      const rows = [somebody, ...given].map((one, offset): Row => ({ ...one, actor: [null, null, one.subject], offset }));
      const controls = controlsOf(Object.fromEntries(authorised.map((name) => [name, ['p']])), period());
      const mixed = close(view, rows, controls);
      const { released } = close(view, rows.filter(({ subject }) => !authorised.includes(subject as string)), controls); // biome-ignore format: a call
      return (
        JSON.stringify(mixed.released) === JSON.stringify(released) &&
        [...(mixed.authorised?.offset ?? [])].every((offset) => authorised.includes(rows[offset].subject as string))
      );
    }),
    { numRuns: 300 },
  );
});
