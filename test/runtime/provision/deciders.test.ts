import t from 'tap';
import { assetPath } from '../../../src/cli/assets.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { compilePlan } from '../../../src/plan.ts';
import { type AuditEntry, createAuditChain } from '../../../src/record/audit.ts';
import { filesOf, type PlanTexts } from '../../../src/runtime/plan-store.ts';
import { loadPlan } from '../../../src/runtime/policy-files.ts';
import { type Deciders, guardedBy, type KeptPlan, meaningOf, readableBy, readDeciders } from '../../../src/runtime/provision/deciders.ts';
import { CARDS } from '../dataset/world.ts';

const FILE = assetPath('policies/smart-home.yaml');
const { texts } = loadPlan(FILE);
const MODELS = '../ladders/model.csv';

const kept = (changed: Partial<PlanTexts> = {}): KeptPlan => {
  const own = { ...texts, ...changed };
  return { plan: compilePlan(own.policy, FILE, filesOf(own)).plan as Plan, texts: own };
};
const edited = (from: string, to: string): KeptPlan => {
  t.match(texts.policy, from);
  return kept({ policy: texts.policy.replace(from, to) });
};
const withModels = (change: (text: string) => string): KeptPlan =>
  kept({ files: new Map(texts.files).set(MODELS, change(texts.files.get(MODELS) as string)) });

/** Anybody's. */
const SIGNER = 'MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=';
const VIEW = 'device-health';
const own = kept();

t.test('a view means the same as long as its path, attributes and every ladder are the same', async (t) => {
  const meaning = meaningOf(own, VIEW);
  t.match(meaning, /^[0-9a-f]{64}$/);
  t.equal(meaningOf(edited('k: 20', 'k: 30'), VIEW), meaning, 'another k');
  t.equal(meaningOf(edited('retention: 30d', 'retention: 20d'), VIEW), meaning, 'another retention');
  t.not(
    meaningOf(
      withModels((text) => text.replaceAll('lock', 'latch')),
      VIEW,
    ),
    meaning,
    'another table',
  );
  t.not(meaningOf(edited('os: major.minor }', 'os: major }'), VIEW), meaning, 'another path');
  t.equal(meaningOf(own, 'nobodys'), null);
  const files = new Map(texts.files);
  files.delete(MODELS);
  t.equal(meaningOf({ ...own, texts: { ...texts, files } }, VIEW), null, 'a text that nobody has');
});

const entry = (windowEnd: number, policy: string): AuditEntry => ({
  view: VIEW,
  windowStart: windowEnd - 1,
  windowEnd,
  windows: 1,
  inputs: [],
  policy,
  controls: 0,
  epoch: 0,
  counts: { released: [], blocked: {} },
});

const linesOf = async function* (lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
};
const decidersOf = (...entries: readonly AuditEntry[]): Promise<Deciders> => {
  const chain = createAuditChain();
  return readDeciders(linesOf([...entries.map((one) => chain.line(one)), 'no line', '{}']));
};

t.test('a window is readable when all who decided it mean the same by it', async (t) => {
  const [alike, other] = [edited('k: 20', 'k: 30'), withModels((text) => text.replaceAll('lock', 'latch'))];
  const digests = [own, alike, other].map(({ plan }) => plan.digest);
  const lost = 'd'.repeat(64);
  const deciders = await decidersOf(
    ...digests.map((digest, i) => entry(i, digest)),
    ...digests.slice(0, 2).map((digest) => entry(3, digest)),
    ...[digests[0], digests[2]].map((digest) => entry(4, digest)),
    entry(5, lost),
    entry(6, digests[0]),
    entry(6, lost),
  );
  const isReadable = readableBy(own, deciders, (digest) => [alike, other].find(({ plan }) => plan.digest === digest) ?? null);
  const of = (windowEnd: number): boolean => isReadable(VIEW, windowEnd);
  t.same([0, 1, 2, 3, 4, 5, 6].map(of), [true, true, false, true, false, false, false]);
  t.notOk(of(7), 'nobody says who decided it');
  t.notOk(of(Number.NaN));
  t.notOk(isReadable('feature-usage', 0), 'another view');
});

t.test(
  'whether a window was held to an index of the dataset: by plans that declare it alike, at that kMap or more, by the log',
  async (t) => {
    const signer = `signers:\n  officer: { key: ${SIGNER}, may: [dataset] }\n`;
    const withCards = (of: { kMap?: number; text?: string } = {}): KeptPlan =>
      kept({ policy: `${of.text ?? signer}${texts.policy}${CARDS.replace('kMap: 20', `kMap: ${of.kMap ?? 20}`)}` });
    const cards = withCards();
    const plans = [
      cards,
      withCards({ kMap: 50 }),
      withCards({ kMap: 19 }),
      withCards({ text: '' }),
      own,
      kept({ policy: `${signer}${texts.policy}${CARDS.replace('person: [customer]', 'person: [serial]')}` }),
    ];
    const deciders = await decidersOf(...plans.map(({ plan }, i) => entry(i, plan.digest)), entry(9, plans[0].plan.digest), entry(9, plans[2].plan.digest)); // biome-ignore format: a list
    const of = guardedBy(cards, deciders, (digest) => plans.find(({ plan }) => plan.digest === digest) ?? null, cards.plan.datasets[0]);
    t.same([0, 1, 2, 3, 4, 5, 9, 7].map((end) => of(VIEW, end)), [true, true, false, false, false, false, false, false]); // biome-ignore format: a list
    t.notOk(guardedBy(cards, deciders, () => null, cards.plan.datasets[0])(VIEW, 1), 'a policy that nobody has any more');
    t.notOk(of('feature-usage', 0), 'a view that it does not guard');
  },
);
