import t from 'tap';
import type { ControlRecord } from '../../src/control/shape.ts';
import type { Side } from '../../src/policy/diff.ts';
import { diffPlans } from '../../src/runtime/acceptance.ts';
import type { PlanTexts } from '../../src/runtime/plan-store.ts';
import { filesOf } from '../../src/runtime/plan-store.ts';
import { loadPlan } from '../../src/runtime/policy-files.ts';
import { sideOf } from '../../src/runtime/policy-side.ts';
import type { KeptPolicy } from '../../src/verify/inputs.ts';
import { type PassageFinding, verifyPassages } from '../../src/verify/passages.ts';
import { controlLog, controlledPlan, controlledText, OFFICER, SECOND } from '../control/world.ts';
import { FILE } from '../transform/world.ts';
import { rechained } from './control/rechain.ts';

const { texts: demo } = loadPlan(FILE);
const keptOf = (policy: string): KeptPolicy & { readonly texts: PlanTexts } => {
  const texts = { ...demo, policy };
  return { text: policy, side: sideOf(texts) as Side, texts, ...filesOf(texts) };
};

/** Digests stand for texts here; what they are of is for the store of plans to say. */
const [USUAL, LOW, HIGH, SIGNED, SIGNED_LOW] = ['a', 'b', 'c', 'd', 'e'].map((digit) => digit.repeat(64));
const signedText = controlledText();
const POLICIES = new Map([
  [USUAL, keptOf(demo.policy)],
  [LOW, keptOf(demo.policy.replaceAll('k: 20', 'k: 12'))],
  [HIGH, keptOf(demo.policy.replaceAll('k: 20', 'k: 30'))],
  [SIGNED, keptOf(signedText)],
  [SIGNED_LOW, keptOf(signedText.replaceAll('k: 20', 'k: 12'))],
]);

/** What the service asks for between two of them, by its own code. */
const due = (before: string, after: string): string => {
  const of = (digest: string) => ({ digest, texts: (POLICIES.get(digest) as ReturnType<typeof keptOf>).texts });
  return diffPlans(of(before), of(after))?.acceptance ?? '';
};

const counts = { released: [0], blocked: {} };
const decided = (policy: string) => ({ v: 1, seq: 0, task: 0, view: 'device-health', windowStart: 0, windowEnd: 1, windows: 1, inputs: [], policy, controls: 0, epoch: 0, counts }); // biome-ignore format: a line
const accepted = (policy: string, next: string, digest = due(policy, next)) => ({ v: 1, seq: 0, task: 0, accepted: digest, by: 'officer', why: 'a test', next, at: 5, policy }); // biome-ignore format: a line

/** What is said of one task whose audit says this, by windows of policies and acceptances, and that goes on by `now`. */
const judge = async (
  lines: readonly Readonly<Record<string, unknown>>[],
  now: string,
  records: readonly (readonly [ControlRecord, boolean])[] = [],
  policies: ReadonlyMap<string, KeptPolicy> = POLICIES,
): Promise<PassageFinding[]> => {
  const log = controlLog(controlledPlan());
  for (const [record, isForged] of records) {
    if (isForged) log.put('{}', 1);
    else log.say(record, 1, OFFICER, SECOND);
  }
  const chain = rechained(lines.map((line) => JSON.stringify({ ...line, prev: '', hash: '' })), (fields) => [fields]); // biome-ignore format: a call
  const controls = () => log.lines.map(({ appendMs, value }) => ({ atMs: appendMs, value }));
  return verifyPassages({ tasks: [{ task: 0, audit: () => chain, now }], policies, controls });
};

const verdicts = (findings: readonly PassageFinding[]): string[] => findings.map(({ verdict }) => verdict);

t.test('what tightens, and who stays, needs nobody', async (t) => {
  t.same(await judge([decided(USUAL), decided(USUAL)], USUAL), []);
  t.same(verdicts(await judge([decided(USUAL), decided(HIGH)], HIGH)), ['pass']);
});

t.test('what loosens has to be accepted, in the audit of the task that takes it', async (t) => {
  const [untold] = await judge([decided(USUAL), decided(LOW)], LOW);
  t.match(untold, { before: USUAL, after: LOW, verdict: 'fail', note: /the audit of task 0 tells of no acceptance/ });
  t.same(verdicts(await judge([decided(USUAL), accepted(USUAL, LOW), decided(LOW)], LOW)), ['pass']);
  t.same(verdicts(await judge([decided(USUAL), accepted(USUAL, LOW)], LOW)), ['pass'], 'no window of it is closed yet');
  t.same(verdicts(await judge([decided(USUAL)], LOW)), ['fail']);
});

t.test('of just these changes, of just these policies, before it is taken', async (t) => {
  const wrong: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> = {
    'another digest': [decided(USUAL), accepted(USUAL, LOW, 'f'.repeat(64)), decided(LOW)],
    'that of other policies': [decided(USUAL), accepted(USUAL, LOW, due(HIGH, LOW)), decided(LOW)],
    'under another policy': [decided(USUAL), { ...accepted(USUAL, LOW), policy: HIGH }, decided(LOW)],
    'for another next': [decided(USUAL), { ...accepted(USUAL, LOW), next: HIGH }, decided(LOW)],
    'too late': [decided(USUAL), decided(LOW), accepted(USUAL, LOW)],
  };
  for (const [what, lines] of Object.entries(wrong)) t.same(verdicts(await judge(lines, LOW)), ['fail'], what);
});

t.test('each of several steps is judged', async (t) => {
  const all = await judge([decided(HIGH), accepted(HIGH, USUAL), decided(USUAL), decided(LOW), decided(HIGH)], HIGH);
  t.same(verdicts(all), ['pass', 'fail', 'pass']);
});

t.test('a policy that names two who may accept believes them alone', async (t) => {
  const lines = [decided(SIGNED), accepted(SIGNED, SIGNED_LOW), decided(SIGNED_LOW)];
  const record = (acceptance: string): ControlRecord => ({ kind: 'acceptance', acceptance, why: 'a test' });
  t.match(await judge(lines, SIGNED_LOW), [{ verdict: 'fail', note: /no two signers of the policy before/ }]);
  t.match(await judge(lines, SIGNED_LOW, [[record(due(SIGNED, SIGNED_LOW)), false]]), [
    { verdict: 'pass', note: /as two signers accepted/ },
  ]);
  t.same(verdicts(await judge(lines, SIGNED_LOW, [[record('f'.repeat(64)), false]])), ['fail'], 'of something else');
  t.same(verdicts(await judge(lines, SIGNED_LOW, [[record(due(SIGNED, SIGNED_LOW)), true]])), ['fail'], 'unsigned');
  t.same(verdicts(await judge([decided(SIGNED), decided(SIGNED_LOW)], SIGNED_LOW, [[record(due(SIGNED, SIGNED_LOW)), false]])), ['fail'], 'the audit has to tell of it, too'); // biome-ignore format: a line
});

t.test('a policy that nobody has any more is not judged, and does not pass', async (t) => {
  const without = new Map([...POLICIES].filter(([digest]) => digest !== USUAL));
  t.match(await judge([decided(USUAL), decided(LOW)], LOW, [], without), [{ verdict: 'not-applicable', note: /texts of both policies/ }]);
});
