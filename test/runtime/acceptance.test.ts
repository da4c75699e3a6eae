import t from 'tap';
import { assetPath } from '../../src/cli/assets.ts';
import { diffPlans, type PlanOf } from '../../src/runtime/acceptance.ts';
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
