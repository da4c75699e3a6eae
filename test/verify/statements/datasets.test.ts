import t from 'tap';
import { policyFiles } from '../../../src/runtime/policy-files.ts';
import { createPersonReader } from '../../../src/verify/datasets/persons.ts';
import { datasetRules } from '../../../src/verify/datasets/rules.ts';
import { createFindings, type Finding } from '../../../src/verify/report.ts';
import { readRules } from '../../../src/verify/rules.ts';
import { createDatasetCheck, type LeftWindow } from '../../../src/verify/statements/datasets.ts';
import { blocksOf } from '../../attacks/registered.ts';
import { FILE } from '../../attacks/world.ts';
import { type Card, COLUMNS, policyText } from '../../runtime/dataset/world.ts';

const RULES = readRules(policyText(), FILE, policyFiles(FILE));
const [RULE] = datasetRules(RULES);
const [GUARD] = RULE.guards;
const K_MAP = 20;

const CARD: Card = { customer: 'a', serial: 'b', model: 'WSD005', os: 'Zephyr', version: '3.5', lat: 52.5, lon: 13.4, name: null };
const cards = (count: number, change: Partial<Card> = {}): Card[] =>
  Array.from({ length: count }, (_, i) => ({ ...CARD, ...change, customer: `${change['model'] ?? ''} ${i}` }) as Card);

/** Texts of a card's tuple at a level of the guarded view. */
const textsAt = (card: Card, level: number): string[] =>
  GUARD.view.attributes.map((attribute, a) => {
    const [model, os] = [new Map([['', card['model']]]), new Map([['name', card['os']], ['version', card['version']]])]; // biome-ignore format: two maps
    const climb = attribute.climb.climb((a === 0 ? model : os) as never, 0, 0);
    const wanted = GUARD.view.path[level][a];
    return wanted === attribute.climb.levels.length ? '*' : String(climb[wanted]);
  });

const left = (card: Card, level: number): LeftWindow['tuples'][number] => ({ level, texts: textsAt(card, level) });

/** What is said of one window. */
const judge = (persons: readonly Card[], tuples: LeftWindow['tuples'], periodK = 0): Finding[] => {
  const reader = createPersonReader(RULE);
  for (const block of blocksOf(COLUMNS, persons)) reader.add(block);
  const findings = createFindings();
  const check = createDatasetCheck(RULES, [{ rule: RULE, registered: reader.finish(), covers: () => true }], findings);
  check.check(GUARD.view, [{ windowStart: 0, tuples, periodK }]);
  check.finish();
  return findings.report().findings.filter(({ id, verdict }) => verdict === 'fail' || id === 'I11');
};

const failing = (findings: readonly Finding[]): string[] => findings.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id);

t.test('kMap persons have to match certainly, one fewer are too few', async (t) => {
  t.same(failing(judge(cards(K_MAP), [left(CARD, 0)])), []);
  const [found] = judge(cards(K_MAP - 1), [left(CARD, 0)]);
  t.match(found, { verdict: 'fail', count: 1, first: 'device-health window 0 level 0', note: /^warranty-cards: fewer than kMap persons/ });
  t.match(judge(cards(K_MAP), [left(CARD, 0), left(CARD, 0)])[0].note, /20 persons joined with 1 tuples of 2 views, 1 of them somebody's/);
});

t.test('who left finer hides nobody at a coarser level', async (t) => {
  const last = GUARD.view.path.length - 1;
  t.same(failing(judge(cards(K_MAP), [left(CARD, last)])), []);
  t.same(failing(judge(cards(K_MAP), [left(CARD, 0), left(CARD, last)])), ['I11']);
});

t.test('in a period its k is asked for, and told of by I13', async (t) => {
  t.same(failing(judge(cards(49), [left(CARD, 0)], 50)), ['I13']);
  t.same(failing(judge(cards(50), [left(CARD, 0)], 50)), []);
  t.same(failing(judge(cards(K_MAP - 1), [left(CARD, 0)], 50)), ['I11']);
});

t.test('a tuple that nobody matches, and parts of it', async (t) => {
  const other = { ...CARD, os: 'FreeRTOS', version: '10.4' };
  t.same(failing(judge(cards(K_MAP), [left(other, 0)])), [], 'twenty have the model');
  t.match(judge(cards(3), [left(other, 0)])[0], {
    verdict: 'fail',
    note: /nobody matches, but fewer than kMap persons certainly match a part/,
  });
  const foreign = { ...other, model: 'LDSENK09' };
  t.same(failing(judge(cards(3), [left(foreign, 0)])), [], 'no part points at anybody');
});

t.test('a view that no dataset guards is not looked at', async (t) => {
  const usage = RULES.views.find(({ name }) => name === 'feature-usage') as (typeof RULES.views)[number];
  const check = createDatasetCheck(RULES, [], createFindings());
  t.same([GUARD.view, usage].map(check.guards), [true, false]);
});
