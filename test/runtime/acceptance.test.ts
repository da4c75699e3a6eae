import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { assetPath } from '../../src/cli/assets.ts';
import { compilePlan } from '../../src/plan.ts';
import { type Acceptance, createBorder, diffPlans, type PlanOf } from '../../src/runtime/acceptance.ts';
import { filesOf, openPlanStore } from '../../src/runtime/plan-store.ts';
import { loadPlan } from '../../src/runtime/policy-files.ts';

const { texts } = loadPlan(assetPath('policies/smart-home.yaml'));
const plan = (digest: string, ...edits: readonly (readonly [from: string, to: string])[]): PlanOf => ({
  digest,
  texts: { ...texts, policy: edits.reduce((text, [from, to]) => text.replaceAll(from, to), texts.policy) },
});
const acceptance = (before: PlanOf, after: PlanOf): string | undefined => diffPlans(before, after)?.acceptance;

const OLD = plan('aa');
const LOW = plan('bb', ['k: 20', 'k: 12']);

t.test('an acceptance is of just these changes between just these plans', async (t) => {
  const one = acceptance(OLD, LOW);
  t.match(one, /^[0-9a-f]{64}$/);
  t.equal(acceptance(OLD, LOW), one);
  t.not(acceptance(plan('ab'), LOW), one, 'another plan before');
  t.not(acceptance(OLD, { ...LOW, digest: 'bc' }), one, 'another plan after');
  t.not(acceptance(LOW, OLD), one, 'the other way round');
  t.not(acceptance(OLD, plan('bb', ['k: 20', 'k: 12'], ['retention: 30d', 'retention: 60d'])), one, 'another change');
  t.equal(acceptance(OLD, plan('bb', ['k: 20', 'k: 12'], ['retention: 30d', 'retention: 10d'])), one, 'only what loosens counts');
});

t.test('fails closed: a text that is no policy is not compared', async (t) => {
  t.equal(diffPlans(OLD, plan('bb', ['views:', 'vews:'])), null);
  t.equal(diffPlans(plan('bb', ['views:', 'vews:']), OLD), null);
  t.equal(diffPlans(OLD, plan('bb', ['path:', 'path: *x'])), null);
});

t.test('of the same digest nothing differs', async (t) => {
  t.strictSame(diffPlans(OLD, plan('aa'))?.changes, []);
});

const kept = (t: Test) => {
  const dir = t.testdir();
  const store = openPlanStore(dir);
  const digests = [texts.policy, texts.policy.replaceAll('k: 20', 'k: 12'), texts.policy.replaceAll('k: 20', 'k: 30')].map((policy) => {
    const own = { ...texts, policy };
    const { plan: compiled } = compilePlan(policy, 'policy', filesOf(own));
    if (compiled === null) throw new Error('it compiles');
    store.save(compiled.digest, own);
    return compiled.digest;
  });
  return { dir, store, digests };
};

t.test('what loosens passes by an acceptance of just that; what tightens passes', async (t) => {
  const { store, digests } = kept(t);
  const [usual, low, high] = digests;
  let accepted: readonly Acceptance[] = [];
  const border = createBorder(store, () => accepted);
  t.strictSame(border(usual, usual), { isOpen: true, acceptance: null });
  t.strictSame(border(usual, high), { isOpen: true, acceptance: null });
  const refused = border(usual, low);
  t.match(refused, { isOpen: false, diff: { before: usual, after: low, acceptance: /^[0-9a-f]{64}$/ } });
  const digest = refused.isOpen ? '' : (refused.diff?.acceptance as string);
  accepted = [{ digest: 'ab'.repeat(32), by: 'x', why: 'y' }];
  t.notOk(border(usual, low).isOpen, 'not by another one');
  const acceptance = { digest, by: 'officer', why: 'agreed' };
  accepted = [...accepted, acceptance];
  t.strictSame(border(usual, low), { isOpen: true, acceptance });
  t.notOk(border(high, low).isOpen, 'nor from another policy');
  accepted = [];
  t.notOk(border(usual, low).isOpen, 'and no longer than it is said');
});

t.test('fails closed: a policy that was not kept, or was changed since, is compared with nothing', async (t) => {
  const { dir, store, digests } = kept(t);
  const border = createBorder(store, () => []);
  t.strictSame(border('ab'.repeat(32), digests[0]), { isOpen: false, diff: null });
  writeFileSync(join(dir, `${digests[0]}.json`), '{}');
  t.strictSame(createBorder(store, () => [])(digests[0], digests[2]), { isOpen: false, diff: null });
});
