import t from 'tap';
import type { Plan } from '../../../src/model/plan.ts';
import type { Border, Passage } from '../../../src/runtime/acceptance.ts';
import { fixedGuarding } from '../../../src/runtime/dataset/guarding.ts';
import { memoryKeys } from '../../../src/runtime/keys/memory.ts';
import { alignmentOf, createGenerations, type Generation } from '../../../src/runtime/service/generations.ts';
import { smartHome } from '../../properties/world.ts';

const plan = smartHome();
const withWindows = (digest: string, ...minutes: readonly number[]): Plan => ({
  ...plan,
  digest: digest.repeat(32),
  views: minutes.map((minute, index) => ({ ...plan.views[0], index, windowMs: minute * 60_000 })),
});
const of = (other: Plan): Generation => ({ plan: other, keys: memoryKeys('x'), views: [], schemas: null, guarding: fixedGuarding() });
const [OLD, NEW, KEPT] = [withWindows('aa', 60, 360), withWindows('bb', 40), withWindows('cc', 1)];

/** Lets everything pass. */
const open: Border = () => ({ isOpen: true, acceptance: null });

t.test('no window of either plan lies across a boundary', async (t) => {
  t.equal(alignmentOf(OLD), 360 * 60_000);
  t.equal(alignmentOf(OLD, NEW), 360 * 60_000, '6 h are nine times 40 min');
  t.equal(alignmentOf(withWindows('dd', 90), NEW), 360 * 60_000);
  t.equal(alignmentOf(KEPT), 60_000);
});

t.test('the plan that is wanted, those that were, and those that were kept', async (t) => {
  const found: string[] = [];
  const generations = createGenerations(
    of(OLD),
    10,
    async (digest) => {
      found.push(digest);
      return digest === KEPT.digest ? of(KEPT) : null;
    },
    open,
  );
  t.equal(generations.wanted().plan, OLD);
  t.strictSame(generations.requestFor(OLD), { plan: OLD.digest, alignMs: alignmentOf(OLD), atMs: 10, acceptance: null });
  generations.want(of(NEW), 20);
  t.equal(generations.wanted().plan, NEW);
  t.strictSame(generations.requestFor(OLD), { plan: NEW.digest, alignMs: alignmentOf(OLD, NEW), atMs: 20, acceptance: null });
  t.equal((await generations.of(OLD.digest)).plan, OLD, 'its windows are still to be finished');
  t.equal((await generations.of(KEPT.digest)).plan, KEPT);
  t.equal((await generations.of(KEPT.digest)).plan, KEPT);
  t.strictSame(found, [KEPT.digest], 'looked for once');
});

t.test('fails closed: a plan that nobody has, and one that keys forbid', async (t) => {
  const generations = createGenerations(of(OLD), 10, async () => null, open);
  const digest = 'ee'.repeat(32);
  await t.rejects(generations.of(digest), { code: 'misconfigured', canRetry: false, message: new RegExp(digest) });
  generations.want(of(NEW), 11);
  t.throws(() => generations.requestFor({ ...OLD, epochMs: 2 * OLD.epochMs }), { code: 'misconfigured' });
  t.throws(() => generations.requestFor({ ...OLD, prf: 'hmac-sha-256' }), { code: 'misconfigured' });
});

t.test('a plan that loosens the one of a task is not asked for without an acceptance, whoever wants it', async (t) => {
  const acceptance = { digest: 'cd'.repeat(32), by: 'officer', why: 'agreed' };
  const asked: string[] = [];
  let passage: Passage = { isOpen: false, diff: { before: OLD.digest, after: NEW.digest, changes: [], acceptance: acceptance.digest } };
  const border: Border = (before, after) => {
    asked.push(`${before} ${after}`);
    return before === after ? { isOpen: true, acceptance: null } : passage;
  };
  const generations = createGenerations(of(NEW), 10, async () => null, border);
  t.throws(() => generations.requestFor(OLD), {
    code: 'misconfigured',
    canRetry: false,
    message: new RegExp(`loosens ${OLD.digest}.*${acceptance.digest}`),
  });
  passage = { isOpen: false, diff: null };
  t.throws(() => generations.requestFor(OLD), { code: 'misconfigured', message: new RegExp(`${OLD.digest}.*not in the folder`) });
  passage = { isOpen: true, acceptance };
  t.match(generations.requestFor(OLD), { plan: NEW.digest, acceptance });
  t.match(generations.requestFor(NEW), { plan: NEW.digest, acceptance: null });
  t.strictSame([...new Set(asked)], [`${OLD.digest} ${NEW.digest}`, `${NEW.digest} ${NEW.digest}`], 'from the plan of the task');
});
