import t from 'tap';
import { policyFiles } from '../../../src/runtime/policy-files.ts';
import type { ControlLog, Judged } from '../../../src/verify/control/index.ts';
import type { Saying } from '../../../src/verify/control/payload.ts';
import { createInForce, isNamedByLog } from '../../../src/verify/datasets/in-force.ts';
import { readTrueData } from '../../../src/verify/datasets/read.ts';
import type { OutputTable } from '../../../src/verify/outputs.ts';
import { createFindings, type Finding } from '../../../src/verify/report.ts';
import { readRules } from '../../../src/verify/rules.ts';
import { createInterner } from '../../../src/verify/sources.ts';
import { FILE } from '../../attacks/world.ts';
import { policyText } from '../../runtime/dataset/world.ts';

const SIGNERS = '\nsigners:\n  officer: { key: MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=, may: [dataset] }\n';
const rulesOf = (text: string) => readRules(text, FILE, policyFiles(FILE));
const NAMED = rulesOf(policyText() + SIGNERS);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const record = (atMs: number, digit: string, asOf: number, basis = 'ours'): Judged => {
  const saying: Saying = { kind: 'dataset', name: 'warranty-cards', digest: digit.repeat(64), basis, asOf, rows: 1, persons: 1 };
  return { number: 0, atMs, outcome: 'applied', kind: 'dataset', signer: 'officer', saying };
};

const loss = (atMs: number, digit: string, dataset = 'warranty-cards'): Judged => {
  const saying: Saying = { kind: 'loss', dataset, digest: digit.repeat(64) };
  return { number: 0, atMs, outcome: 'applied', kind: 'loss', signer: 'officer', saying };
};

const logOf = (...judged: readonly Judged[]): ControlLog => ({ judged }) as unknown as ControlLog;
const BASES = new Map([['warranty-cards', 'ours']]);

t.test('the last record before the end of a window says what is in force', async (t) => {
  t.ok(isNamedByLog(NAMED));
  const log = logOf(record(1000, 'a', 500), record(2000, 'b', 1500), record(3000, 'c', 2500, "another policy's"));
  const { of, last } = createInForce(NAMED, log, BASES);
  const digits = [1000, 1001, 2000, 2001, 9999].map((endMs) => of('warranty-cards', endMs)?.digest[0]);
  t.same(digits, [undefined, 'a', 'a', 'b', 'b']);
  t.equal(last('warranty-cards')?.digest[0], 'b');
  t.equal(createInForce(NAMED, log).last('warranty-cards')?.digest[0], 'c', 'who does not know the basis takes every record');
  t.equal(of('warranty-cards', 2001)?.untilMs, 1500 + 7 * DAY_MS);
  t.equal(createInForce(NAMED, logOf(record(1000, 'a', 5000)), BASES).last('warranty-cards')?.untilMs, 1000 + 7 * DAY_MS, 'not younger than itself'); // biome-ignore format: a line
});

t.test('where nobody may say it, one thing is in force all the time', async (t) => {
  const rules = rulesOf(policyText());
  t.notOk(isNamedByLog(rules));
  t.same(createInForce(rules, logOf()).of('warranty-cards', 5), {
    digest: '',
    untilMs: Number.POSITIVE_INFINITY,
    lostMs: Number.POSITIVE_INFINITY,
  });
});

/** Outputs of windows that end at these hours. */
const outputsOf = (...hours: readonly number[]): Map<string, OutputTable> => {
  const tuples = createInterner();
  const own = { windowEnd: hours.map((hour) => hour * HOUR_MS), tuples, tuple: hours.map(() => tuples.of('["a","b"]')) };
  const none = { windowEnd: [], tuples, tuple: [] };
  const rest = { sensitive: [], pseudonym: [], authorised: null };
  return new Map([['device-health', { ...rest, ...own }], ['presence-by-area', { ...rest, ...none }]]) as unknown as Map<string, OutputTable>; // biome-ignore format: two views
};

const judge = async (log: ControlLog, outputs: Map<string, OutputTable>): Promise<Finding[]> => {
  const findings = createFindings();
  await readTrueData(NAMED, { bases: BASES }, outputs, log, findings);
  return findings.report().findings.filter(({ id }) => id === 'I11' || id === 'I12');
};

t.test('nothing leaves before an index is in force, nor by one that is too old: that needs no data', async (t) => {
  const early = await judge(logOf(record(2 * HOUR_MS, 'a', 0)), outputsOf(2));
  t.match(early[0], { verdict: 'fail', count: 1, first: 'device-health window 3600000', note: /no index of warranty-cards was in force/ });
  const week = 7 * 24;
  t.equal((await judge(logOf(record(HOUR_MS, 'a', 0)), outputsOf(week)))[0].verdict, 'not-applicable');
  t.match((await judge(logOf(record(HOUR_MS, 'a', 0)), outputsOf(week + 1)))[0], { verdict: 'fail', note: /too old/ });
});

t.test('a window whose data nobody gave is told by the digest of its index', async (t) => {
  const all = await judge(logOf(record(HOUR_MS, 'a', 0), record(3 * HOUR_MS, 'b', 0)), outputsOf(2, 4));
  for (const { verdict, note } of all) {
    t.equal(verdict, 'not-applicable');
    t.equal(note, 'needs the true data of warranty-cards: --dataset warranty-cards@aaaaaaaaaaaa=FILE');
  }
});

t.test('nothing leaves by an index after it was given up; a newer one, or the same one named again, counts for what follows', async (t) => {
  const log = logOf(record(HOUR_MS, 'a', 0), loss(3 * HOUR_MS, 'b'), loss(3 * HOUR_MS, 'a', 'others'), loss(4 * HOUR_MS, 'a'));
  const { of } = createInForce(NAMED, log, BASES);
  t.equal(of('warranty-cards', 2 * HOUR_MS)?.lostMs, 4 * HOUR_MS);
  t.equal((await judge(log, outputsOf(2, 3, 4)))[0].verdict, 'not-applicable', 'what ended before may have been decided before');
  t.match((await judge(log, outputsOf(2, 5)))[0], { verdict: 'fail', count: 1, first: `device-health window ${4 * HOUR_MS}`, note: /warranty-cards was given up/ }); // biome-ignore format: a match
  for (const next of ['a', 'b']) {
    const later = logOf(record(HOUR_MS, 'a', 0), loss(3 * HOUR_MS, 'a'), record(5 * HOUR_MS, next, 0));
    t.equal((await judge(later, outputsOf(6)))[0].verdict, 'not-applicable', 'named after it');
    t.equal((await judge(later, outputsOf(5)))[0].verdict, 'fail');
  }
});
