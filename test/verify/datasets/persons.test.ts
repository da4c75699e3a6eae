import t from 'tap';
import { policyFiles } from '../../../src/runtime/policy-files.ts';
import { createPersonReader, type Registered } from '../../../src/verify/datasets/persons.ts';
import { UNKNOWN } from '../../../src/verify/datasets/rows.ts';
import { type DatasetRule, datasetRules } from '../../../src/verify/datasets/rules.ts';
import { readRules } from '../../../src/verify/rules.ts';
import { blocksOf } from '../../attacks/registered.ts';
import { FILE } from '../../attacks/world.ts';
import { CARDS, type Card, COLUMNS, policyText } from '../../runtime/dataset/world.ts';

const ruleOf = (datasets: string): DatasetRule => datasetRules(readRules(policyText(datasets), FILE, policyFiles(FILE)))[0];
const RULE = ruleOf(CARDS);
const EACH = ruleOf(CARDS.replace('    person: [customer]\n', ''));

const CARD: Card = { customer: 'a', serial: 'b', model: 'WSD005', os: 'Zephyr', version: '3.5', lat: 52.5, lon: 13.4, name: null };
const card = (change: Partial<Card>): Card => ({ ...CARD, ...change }) as Card;

const read = (cards: readonly Card[], rule = RULE, malformed = 0): Registered => {
  const reader = createPersonReader(rule);
  for (const block of blocksOf(COLUMNS, cards)) reader.add({ ...block, malformed });
  return reader.finish();
};

/** The texts' numbers of the only row, of one attribute of `device-health`, by path level. */
const climbOf = (one: Card, attribute: number): number[] => {
  const [{ chain, guard }] = read([one]).people;
  return guard.view.path.map((_, level) => chain(0)[level * guard.attributes.length + attribute]);
};

const isUnknown = (codes: readonly number[]): boolean[] => codes.map((code) => code === UNKNOWN);

t.test('the rules are those of the policy', async (t) => {
  t.same(
    RULE.guards.map(({ view, kMap, attributes }) => [view.name, kMap, attributes.map(({ position }) => view.attributes[position].name)]),
    [['device-health', 20, ['model', 'os']], ['presence-by-area', 20, ['place']]], // biome-ignore format: a table
  );
  t.same(RULE.persons, [{ column: 0, kind: 'account-id' }]);
  t.same(RULE.direct, [{ kind: 'account-id', columns: [0] }, { kind: 'serial', columns: [1] }, { kind: 'position', columns: [5, 6] }]); // biome-ignore format: a table
  t.same(ruleOf(CARDS.replace('    kMap: 20\n', '')).guards.map(({ kMap }) => kMap), [20, 50], "without kMap the view's k"); // biome-ignore format: a line
});

t.test('what nobody lists, is missing or too coarse could be anything, up to the level that says it', async (t) => {
  t.same(isUnknown(climbOf(CARD, 0)), RULE.guards[0].view.path.map(() => false)); // biome-ignore format: a line
  t.ok(climbOf(card({ model: 'unheard of' }), 0).every((code) => code === UNKNOWN), 'not even the place that a table has for the rest'); // biome-ignore format: a line
  t.ok(
    climbOf(card({ os: 'Plan 9' }), 1).every((code) => code === UNKNOWN),
    'a family that is not listed',
  );
  t.ok(
    climbOf(card({ version: null }), 1).every((code) => code === UNKNOWN),
    'one of two inputs',
  );
  t.same(climbOf(card({ model: ' wsd005 ' }), 0), climbOf(CARD, 0), 'in another spelling');
  t.same(climbOf(card({ lat: ' 52.50' as never }), 0), climbOf(CARD, 0));
  t.equal(read([card({ lat: ' 52.50' as never })]).mapped, 1, 'blanks around a number are none of it');
  t.equal(read([CARD, card({ model: 'unheard of' }), card({ lat: null })]).mapped, 1);
});

t.test('rows of one person are one person, in whatever spelling', async (t) => {
  const rows = [CARD, card({ customer: ' A ' }), card({ model: 'LDSENK09' }), card({ customer: 'other', model: 'LDSENK09' })];
  const { persons, people } = read(rows);
  t.equal(persons, 2);
  t.same([...people[0].counts], [1, 1]);
  t.same([0, 1].map((kind) => people[0].chainsOf.of(kind).length).sort(), [1, 2]); // biome-ignore format: a line
  t.equal(read(rows, EACH).persons, 4, 'without a person column each row is one');
  t.same([...read([CARD, CARD, CARD], EACH).people[0].counts], [3]);
});

t.test('rows that cannot be read are persons of whom nothing is known', async (t) => {
  const { persons, rows, people } = read([CARD], RULE, 2);
  t.same([persons, rows], [3, 3]);
  const [{ chain, chainCount, counts, kindsOf }] = people;
  t.equal(chainCount, 2);
  t.ok(chain(1).every((code) => code === UNKNOWN), 'not even at `*`'); // biome-ignore format: a line
  t.equal(counts[kindsOf.of(1)[0]], 2);
});
