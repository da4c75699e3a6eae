import t from 'tap';
import type { ControlLine } from '../../src/control/fold.ts';
import type { Refusal } from '../../src/control/refusals.ts';
import { type ControlRecord, MAX_ALIASES } from '../../src/control/shape.ts';
import { HOUR_MS } from '../../src/model/time.ts';
import { policyFiles } from '../../src/runtime/policy-files.ts';
import { createJudge } from '../../src/verify/control/judge.ts';
import { readRules } from '../../src/verify/rules.ts';
import { FILE } from '../transform/world.ts';
import { aliasesOf, both, CUT, foldOf, NOW, plan, rekeyed, SIX, staged, token, unkeyed, view } from './rekey-world.ts';
import { ACCOUNTS, controlLog, controlledText, OFFICER, SECOND, signed, signer, subject } from './world.ts';

const rules = readRules(controlledText(), FILE, policyFiles(FILE));

/** What the checker makes of the last record, by code of its own. */
const checked = (lines: readonly ControlLine[]): string | undefined => {
  const judge = createJudge(rules);
  return lines.map(({ offset, appendMs, value }) => judge({ offset, atMs: appendMs, value }).outcome).at(-1);
};

const erasure = (id: string, key = 1, isRenewed = false): ControlRecord => ({
  kind: 'erasure',
  subject: subject(plan, 'device', id, key, isRenewed),
});

/** What is wrong with a record after `before` was said. */
interface Bad {
  readonly before?: (log: ReturnType<typeof controlLog>) => void;
  readonly record: ControlRecord;
  readonly atMs?: number;
  readonly by?: readonly [typeof OFFICER, ...(typeof OFFICER)[]];
  readonly refusal: Refusal;
}

const A = aliasesOf(plan, ['device', 'lamp'])[0];
const B = aliasesOf(plan, ['device', 'fan'])[0];
const X: string = 'ab'.repeat(16);
const named = (log: ReturnType<typeof controlLog>): void => {
  log.say(erasure('lamp'), NOW);
  log.say(erasure('fan'), NOW);
};
const stagedBoth = (log: ReturnType<typeof controlLog>): void => {
  named(log);
  log.say(staged([A, B]), NOW, ...both);
};
const begun = (log: ReturnType<typeof controlLog>): void => {
  stagedBoth(log);
  log.say(rekeyed(CUT), NOW, ...both);
};

const BAD: Readonly<Record<string, Bad>> = {
  'a forged second signature': { before: stagedBoth, record: rekeyed(CUT), by: [OFFICER, { ...SECOND, key: signer('mallory').key }], refusal: 'wrong-signature' },
  'forged aliases': { before: named, record: staged([A, B]), by: [OFFICER, signer('mallory')], refusal: 'unknown-signer' },
  'one signer of aliases': { before: named, record: staged([A]), by: [OFFICER], refusal: 'one-signer' },
  'one signer of a key': { before: stagedBoth, record: rekeyed(CUT), by: [OFFICER], refusal: 'one-signer' },
  'one signer of its end': { before: begun, record: unkeyed(1), atMs: CUT + SIX, by: [OFFICER], refusal: 'one-signer' },
  'without the right': { before: stagedBoth, record: rekeyed(CUT), by: [OFFICER, ACCOUNTS], refusal: 'no-right' },
  'a past window': { before: stagedBoth, record: rekeyed(CUT), atMs: CUT, refusal: 'too-soon' },
  'less than a window ahead': { before: stagedBoth, record: rekeyed(CUT), atMs: CUT - SIX + 1, refusal: 'too-soon' },
  'in the midst of a window': { before: stagedBoth, record: rekeyed(CUT + HOUR_MS), refusal: 'contradiction' },
  'where an epoch begins already': {
    before(log) {
      stagedBoth(log);
      log.say({ kind: 'epoch', epoch: CUT, state: 'active' }, NOW, ...both);
    },
    record: rekeyed(CUT),
    refusal: 'contradiction',
  },
  'no aliases at all': { before: named, record: rekeyed(CUT), refusal: 'not-rekeyed' },
  'an alias is missing': {
    before(log) {
      named(log);
      log.say(staged([A]), NOW, ...both);
    },
    record: rekeyed(CUT),
    refusal: 'not-rekeyed',
  },
  'somebody was named since': {
    before(log) {
      stagedBoth(log);
      log.say(erasure('late'), NOW);
    },
    record: rekeyed(CUT),
    refusal: 'not-rekeyed',
  },
  'a household without an alias': {
    before(log) {
      log.say({ kind: 'binding', subject: subject(plan, 'device', 'lamp'), household: subject(plan, 'household', 'home') }, NOW);
      log.say(staged([A]), NOW, ...both);
    },
    record: rekeyed(CUT),
    refusal: 'not-rekeyed',
  },
  'aliases of another key': { before: stagedBoth, record: rekeyed(CUT, 2, X), refusal: 'not-rekeyed' },
  'a number is left out': { before: stagedBoth, record: rekeyed(CUT, 3), refusal: 'contradiction' },
  'aliases of a number ahead': { before: named, record: staged([A], 3), refusal: 'contradiction' },
  'a number again': { before: begun, record: rekeyed(CUT + SIX), atMs: CUT, refusal: 'contradiction' },
  'another key while one is on its way': { before: begun, record: rekeyed(CUT + SIX, 3), refusal: 'contradiction' },
  'two old tokens to one new one': { before: named, record: staged([A, [B[0], A[1]]]), refusal: 'contradiction' },
  'two old tokens to one new one, apart': {
    before(log) {
      named(log);
      log.say(staged([A]), NOW, ...both);
    },
    record: staged([[B[0], A[1]]]),
    refusal: 'contradiction',
  },
  'one old token to two new ones': { before: named, record: staged([A, [A[0], X]]), refusal: 'contradiction' },
  'one old token to two new ones, apart': { before: stagedBoth, record: staged([[A[0], X]]), refusal: 'contradiction' },
  'a token to itself': { before: named, record: staged([[A[0], A[0]]]), refusal: 'contradiction' },
  'a loop': { before: named, record: staged([[A[0], B[0]], [B[0], A[0]]]), refusal: 'contradiction' },
  'a token of somebody else': { before: named, record: staged([[A[0], B[0]]]), refusal: 'contradiction' },
  'of whom nothing was said': { before: named, record: staged([[X, A[1]]]), refusal: 'contradiction' },
  'of a token of a key before': { before: begun, record: staged([[A[0], X]], 3), atMs: CUT, refusal: 'contradiction' },
  'a new token taken for an old one': {
    before: stagedBoth,
    record: { kind: 'erasure', subject: { ...subject(plan, 'device', 'lamp'), tokens: [A[1]] } },
    by: [OFFICER],
    refusal: 'contradiction',
  },
  'a key that nobody named': { before: stagedBoth, record: erasure('lamp', 2), by: [OFFICER], refusal: 'contradiction' },
  'another name before it is in force': { before: named, record: erasure('lamp', 1, true), by: [OFFICER], refusal: 'contradiction' },
  'another name than before': {
    before: begun,
    record: { kind: 'erasure', subject: { ...subject(plan, 'device', 'lamp'), renewed: [X] } },
    by: [OFFICER],
    refusal: 'contradiction',
  },
  'the name of somebody else': {
    before: begun,
    record: { kind: 'erasure', subject: { ...subject(plan, 'device', 'new'), renewed: [A[1]] } },
    by: [OFFICER],
    refusal: 'contradiction',
  },
  'fewer other names than names': {
    before: begun,
    record: { kind: 'erasure', subject: { ...subject(plan, 'device', 'lamp', 1, true), tokens: [A[0], B[0]] } },
    by: [OFFICER],
    refusal: 'contradiction',
  },
  'two of one record with one name': {
    before: begun,
    record: {
      kind: 'binding',
      subject: { ...subject(plan, 'device', 'new', 1, true), renewed: [X] },
      household: { ...subject(plan, 'household', 'home', 1, true), renewed: [X] },
    },
    by: [OFFICER],
    refusal: 'contradiction',
  },
  'an old token under a new number': {
    before: begun,
    record: { kind: 'erasure', subject: { ...subject(plan, 'device', 'lamp'), key: 2 } },
    by: [OFFICER],
    refusal: 'contradiction',
  },
  'the end of the only key': { before: named, record: unkeyed(1), atMs: CUT + SIX, refusal: 'contradiction' },
  'the end of the last key': { before: begun, record: unkeyed(2), atMs: CUT + 2 * SIX, refusal: 'contradiction' },
  'an end while its windows are open': { before: begun, record: unkeyed(1), atMs: CUT + SIX - 1, refusal: 'too-soon' },
  'an end twice': {
    before(log) {
      begun(log);
      log.say(unkeyed(1), CUT + SIX, ...both);
    },
    record: unkeyed(1),
    atMs: CUT + 2 * SIX,
    refusal: 'contradiction',
  },
}; // biome-ignore format: a table

/** Everything that a fold answers about these two, and how keys follow each other. */
const told = (lines: readonly ControlLine[]) => {
  const { epochs, state, at } = foldOf(lines);
  return {
    refusals: [[CUT - HOUR_MS, 1], [CUT, 2], [CUT, 3]].flatMap(([startMs, key]) =>
      ['lamp', 'fan', 'new', 'home'].map((id) => at(view, startMs).subjects?.refusal({ device: token(plan, 'device', id, key), account: null, household: null })),
    ),
    epochs: [NOW, CUT, CUT + SIX].map((atMs) => [epochs.of(atMs), epochs.controlKey(epochs.of(atMs)).number, epochs.isDestroyed(epochs.of(atMs))]),
    names: [...A, ...B, X].map((one) => [state.names.rootOf(one), state.names.keyOf(one)]),
    staged: state.staged === null ? null : [...state.staged.aliases],
  };
}; // biome-ignore format: a table

for (const [name, { before = () => {}, record, atMs = NOW, by = both, refusal: expected }] of Object.entries(BAD)) {
  t.test(`${name}: ${expected}, and nothing of it is applied`, async (t) => {
    const log = controlLog(plan);
    before(log);
    const was = told(log.lines);
    const [first] = by;
    const seq = foldOf(log.lines).lastSeq(first.name) + 1;
    t.equal(log.put(signed({ v: 1, signer: first.name, seq, record }, ...by), atMs), expected);
    t.same(told(log.lines), was);
    t.equal(checked(log.lines), expected, 'the checker says the same');
  });
}

t.test('a full batch of names fits an envelope, and no more than that is a record', async (t) => {
  const names = (count: number) => Array.from({ length: count }, (_, i): [string, string] => [i.toString(16).padStart(32, '0'), i.toString(16).padStart(32, 'f')]);
  const judged = (count: number) => {
    const log = controlLog(plan);
    return log.put(signed({ v: 1, signer: 'officer', seq: 1, record: staged(names(count)) }, ...both), NOW);
  };
  t.equal(judged(MAX_ALIASES), 'contradiction', 'read, and of nobody');
  t.equal(judged(MAX_ALIASES + 1), 'malformed');
}); // biome-ignore format: a call
