import fc from 'fast-check';
import t from 'tap';
import { REASONS } from '../../../src/model/verdict.ts';
import { classesOf } from '../../../src/verify/classes.ts';
import type { Decisions } from '../../../src/verify/decisions.ts';
import { createFindings } from '../../../src/verify/report.ts';
import { cappedSubjects, checkK, countOverSuppressed } from '../../../src/verify/statements/k.ts';

/** Every assignment of subjects to one of their gateways, tried. */
const best = (gateways: readonly (readonly number[])[], cap: number): number => {
  const choose = (at: number, used: readonly number[]): number => {
    if (at === gateways.length) return used.reduce((sum, count) => sum + Math.min(count, cap), 0);
    if (gateways[at].length === 0) return choose(at + 1, used);
    return Math.max(
      ...gateways[at].map((gateway) =>
        choose(
          at + 1,
          used.map((count, i) => (i === gateway ? count + 1 : count)),
        ),
      ),
    );
  };
  return choose(0, [0, 0, 0, 0]);
};

t.test('as many subjects count as the best assignment to gateways allows', async (t) => {
  const subjects = fc.array(fc.uniqueArray(fc.nat(3), { maxLength: 3 }), { maxLength: 7 });
  fc.assert(
    fc.property(subjects, fc.integer({ min: 1, max: 3 }), (gateways, cap) => {
      const found = cappedSubjects(new Map(gateways.map((own, i) => [i, new Set(own)])), cap, Number.POSITIVE_INFINITY);
      t.equal(found, best(gateways, cap));
    }),
    { numRuns: 150 },
  );
});

/** Decisions of one window with two levels: each row is [subject, verdict, fine tuple, coarse tuple]. */
const decisionsOf = (k: number, rows: readonly (readonly [number, number, number, number])[]): Decisions =>
  ({
    view: { name: 'view', k, path: [[], []], gateways: null },
    count: rows.length,
    windowStart: rows.map(() => 0),
    read: rows.map((_, i) => i),
    start: rows.map(() => 0),
    subject: rows.map(([subject]) => subject),
    verdict: rows.map(([, verdict]) => verdict),
    tuples: rows.flatMap(([, , fine, coarse]) => [fine, coarse]),
    kOf: () => k,
    periodOf: () => ({ ids: [], k: 0, isCoarsestOnly: false, isSuspended: false }),
  }) as unknown as Decisions;

const failsK = (decisions: Decisions): number => {
  const findings = createFindings();
  checkK(decisions, classesOf(decisions), findings);
  return findings.report().findings.find(({ id }) => id === 'I3')?.count ?? 0;
};

t.test('I3: who left finer under the same tuple does not count for the coarse class', async (t) => {
  const fine = [0, 1, 2].map((subject) => [subject, 0, 10, 20] as const);
  const coarse = (subjects: readonly number[]) => subjects.map((subject) => [subject, 1, 11, 20] as const);
  t.equal(failsK(decisionsOf(3, [...fine, ...coarse([3, 4, 5])])), 0);
  t.equal(failsK(decisionsOf(3, [...fine, ...coarse([2, 3, 4, 5])])), 0);
  t.equal(failsK(decisionsOf(3, [...fine, ...coarse([2, 3, 4])])), 1, 'subject 2 is known');
  const elsewhere = [...fine, ...[2, 3, 4].map((subject) => [subject, 1, 11, 21] as const)];
  t.equal(failsK(decisionsOf(3, elsewhere)), 0, 'what left under another tuple tells nothing of this one');
  const blocked = decisionsOf(3, [...fine, ...[2, 3, 4].map((subject) => [subject, REASONS.k.code, 10 + subject, 20] as const)]);
  t.equal(countOverSuppressed(blocked, classesOf(blocked)), 0, 'and its block is no over-suppression');
});

t.test('I3: what left finer in another window tells nothing of this one', async (t) => {
  const fine = [0, 1, 2].map((subject) => [subject, 0, 10, 20] as const);
  const coarse = [2, 3, 4].map((subject) => [subject, 1, 11, 20] as const);
  const inWindows = (...starts: readonly number[]): Decisions => ({ ...decisionsOf(3, [...fine, ...coarse]), windowStart: [...starts] });
  t.equal(failsK(inWindows(0, 0, 0, 60, 60, 60)), 0);
  t.equal(failsK(inWindows(60, 60, 60, 0, 0, 0)), 0, 'in whatever order the windows stand');
  t.equal(failsK(inWindows(60, 60, 60, 60, 60, 60)), 1);
  const turns = [fine[0], coarse[0], fine[1], coarse[1], fine[2], coarse[2]];
  t.equal(failsK({ ...decisionsOf(3, turns), windowStart: [0, 60, 0, 60, 0, 60] }), 0, 'rows of two windows in turns');
});

t.test('a level that the path does not have is counted as any other', async (t) => {
  t.equal(
    failsK(
      decisionsOf(
        3,
        [0, 1].map((subject) => [subject, 5, 10, 20] as const),
      ),
    ),
    1,
  );
});
