import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { type Closed, createGate, type Gate } from '../../src/gate/gate.ts';
import { NO_CONTROLS } from '../../src/model/controls.ts';
import type { Plan } from '../../src/model/plan.ts';
import { isReleased, reasonOf, type Verdicts } from '../../src/model/verdict.ts';
import { createReferenceGate, type PlainReleased, type PlainVerdict, plainCandidates, type ReferenceGate } from '../reference/gate.ts';
import { controlsFor, FIRST_MS, rowsOf, views } from './arbitrary.ts';
import { candidatesOf, fakeKeys, HOUR, planOf, token } from './fakes.ts';

const plainVerdicts = (verdicts: Verdicts): PlainVerdict[] =>
  Array.from({ length: verdicts.count }, (_, i) => ({
    view: verdicts.view,
    windowStartMs: verdicts.windowStartMs,
    source: verdicts.source[i]!,
    offset: verdicts.offset[i]!,
    outcome: isReleased(verdicts.verdict[i]!) ? verdicts.verdict[i]! : reasonOf(verdicts.verdict[i]!)!,
  }));

const plainReleased = (plan: Plan, { released }: Closed): PlainReleased[] => {
  const width = plan.views[released.view]!.attributes.length;
  return Array.from({ length: released.count }, (_, i) => {
    const sensitive = released.sensitive[i];
    return {
      source: released.source[i]!,
      offset: released.offset[i]!,
      level: released.level[i]!,
      codes: Array.from(released.codes.subarray(i * width, (i + 1) * width)),
      sensitive: sensitive === undefined ? null : sensitive === -1 ? 'other' : sensitive === -2 ? '*' : sensitive,
      pseudonym: released.pseudonym.length === 0 ? null : Buffer.from(released.pseudonym.subarray(i * 16, i * 16 + 16)).toString('hex'),
    };
  });
};

const sorted = (verdicts: readonly PlainVerdict[]): string[] => verdicts.map((one) => JSON.stringify(one)).sort();

const both = (plan: Plan): { gate: Gate; reference: ReferenceGate } => {
  const deps = {
    keys: fakeKeys(),
    publisherTokens: (view: { gateways: { publishers: readonly string[] } | null }) =>
      (view.gateways?.publishers ?? []).map((publisher) => token(`gateway ${publisher}`)),
  };
  return { gate: createGate(plan, deps), reference: createReferenceGate(plan, deps) };
};

const WINDOWS = [FIRST_MS, FIRST_MS + HOUR];

const scenes = views.chain((view) => fc.tuple(fc.constant(view), rowsOf(view), controlsFor(view), fc.nat()));

t.test('the gate decides what the reference decides', async () => {
  const seen = new Map<string, number>();
  const note = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1);
  fc.assert(
    fc.property(scenes, ([view, rows, controls, at]) => {
      const plan = planOf(view);
      const { gate, reference } = both(plan);
      const cut = at % (rows.length + 1);
      for (const part of [rows.slice(0, cut), rows.slice(cut)]) {
        const candidates = candidatesOf(view, part);
        const said = reference.offer(plainCandidates(candidates, plan));
        assert.deepEqual(sorted(gate.offer(candidates).flatMap(plainVerdicts)), sorted(said));
        for (const { outcome } of said) note(String(outcome));
      }
      for (const { windowStartMs, survivors } of gate.openWindows()) assert.equal(survivors, reference.kept(0, windowStartMs).length);
      for (const windowStartMs of WINDOWS) {
        const closed = gate.close(0, windowStartMs, controls);
        const expected = reference.close(0, windowStartMs, controls);
        assert.deepEqual(plainReleased(plan, closed), expected.released);
        assert.deepEqual(sorted(plainVerdicts(closed.verdicts)), sorted(expected.verdicts));
        assert.equal(closed.smallestClass, expected.smallestClass);
        for (const { outcome } of expected.verdicts) note(String(outcome));
        for (const { sensitive, pseudonym } of expected.released) note(`sensitive ${sensitive} pseudonym ${pseudonym !== null}`);
      }
      assert.equal(gate.survivors(), 0);
    }),
    { numRuns: 500 },
  );
  for (const reason of [
    'lottery',
    'duplicate',
    'folded',
    'contribution',
    'k',
    'gateways',
    'publishers',
    'dataset',
    'direct',
    'combined-use',
  ]) {
    t.ok((seen.get(reason) ?? 0) > 0, `the scenes reach ${reason}`);
  }
  for (const what of ['0', '1', '2', 'sensitive other pseudonym false', 'sensitive * pseudonym false', 'sensitive null pseudonym true']) {
    t.ok((seen.get(what) ?? 0) > 0, `the scenes reach ${what}`);
  }
});

t.test('without control records the order of offering changes neither what leaves nor its order', async () => {
  const shuffledScenes = scenes.chain(([view, rows]) =>
    fc.tuple(fc.constant(view), fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })),
  );
  fc.assert(
    fc.property(shuffledScenes, ([view, rows, shuffled]) => {
      const plan = planOf(view);
      const leaving = [rows, shuffled].map((order) => {
        const { gate } = both(plan);
        gate.offer(candidatesOf(view, order));
        return WINDOWS.map((startMs) => plainReleased(plan, gate.close(0, startMs, NO_CONTROLS)));
      });
      assert.deepEqual(leaving[1], leaving[0]);
    }),
    { numRuns: 200 },
  );
});

t.test('every class that leaves has k subjects, by the raw rows', async () => {
  fc.assert(
    fc.property(scenes, ([view, rows, controls]) => {
      const plan = planOf(view);
      const { gate } = both(plan);
      gate.offer(candidatesOf(view, rows));
      for (const startMs of WINDOWS) {
        const classes = new Map<string, Set<unknown>>();
        for (const { offset, level, codes } of plainReleased(plan, gate.close(0, startMs, controls))) {
          const key = `${level}:${codes}`;
          classes.set(key, (classes.get(key) ?? new Set()).add(rows[offset]!.subject));
        }
        for (const subjects of classes.values()) assert.ok(subjects.size >= view.k);
      }
    }),
    { numRuns: 300 },
  );
});
