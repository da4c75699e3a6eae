import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { chainWidth, createClimber as createGateClimber } from '../../../src/control/dataset/climb.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { compilePlan } from '../../../src/plan.ts';
import { policyFiles } from '../../../src/runtime/policy-files.ts';
import { type Cells, createClimber, rowsOf, UNKNOWN } from '../../../src/verify/datasets/rows.ts';
import { datasetRules } from '../../../src/verify/datasets/rules.ts';
import { readRules } from '../../../src/verify/rules.ts';
import { blocksOf } from '../../attacks/registered.ts';
import { FILE } from '../../attacks/world.ts';
import type { Card } from '../../runtime/dataset/world.ts';

/**
 * A row of a dataset climbs twice, by the register and by the checker. What the register knows of it the checker must know, too, and in
 * the same words: else an honest run would be told of, or a person would be nobody.
 */
const VIEW = `
views:
  wide:
    event: device
    purpose: none
    consumers: [nobody]
    subject: household
    window: 1h
    path: [{ model: model, os: major.minor, language: FINE }, { model: brand, os: major, language: MIDDLE }, { model: category, os: '*', language: top }]
    retention: 30d
  places:
    event: location
    purpose: none
    consumers: [nobody else]
    subject: household
    window: 6h
    path: [{ place: 6 }, { place: 4 }]
    retention: 30d
`;
const DATASET = `
datasets:
  cards:
    guards: [wide, places]
    columns:
      model: { attribute: model }
      name: { attribute: os, axis: name }
      version: { attribute: os, axis: version }
      language: { attribute: language }
      lat: { attribute: place, axis: lat }
      lon: { attribute: place, axis: lon }
    maxAge: 7d
`;

/** The smart-home policy with languages at these levels, and with systems in one text or in two. */
const textOf = (levels: readonly string[], hasNames: boolean): string => {
  const [fine] = levels;
  const middle = levels[1] ?? fine;
  const whole = readFileSync(FILE, 'utf8')
    .replace('      language: { role: drop }', '      language: { role: quasi, ladder: language }')
    .replace('\nladders:\n', `\nladders:\n  language: { language: [${levels.join(', ')}], top: [en, de, zh] }\n`)
    .replace(/\nviews:\n[\s\S]*$/, VIEW.replace('FINE', fine).replace('MIDDLE', middle) + DATASET);
  if (hasNames) return whole;
  return whole
    .replace('osName: { role: quasi, ladder: os, as: os, axis: name }', 'osName: { role: drop }')
    .replace('osVersion: { role: quasi, ladder: os, as: os, axis: version }', 'osVersion: { role: quasi, ladder: os, as: os }')
    .replace('      name: { attribute: os, axis: name }\n', '      name: { role: drop }\n')
    .replace('{ attribute: os, axis: version }', '{ attribute: os }');
};

const words = (...texts: readonly (string | null)[]) =>
  fc.tuple(fc.constantFrom(...texts), fc.constantFrom('', ' ', '  ', 'x'), fc.boolean()).map(([text, blank, isUpper]) => {
    if (text === null) return null;
    return blank + (isUpper ? text.toUpperCase() : text) + (blank === 'x' ? '' : blank);
  }); // biome-ignore format: a rule
const CARDS = fc.record({
  model: words('WSD005', 'LDSENK09', '84845509', 'nobody listed it', '*', null),
  name: words('Zephyr', 'android', 'FreeRTOS', 'Anthill', 'other', null),
  version: words('14', '14.1', '14.1.2', 'Android 14.1', 'zephyr', 'Anthill 3', '1..2', '99999', null),
  language: words('en', 'en-US', 'zh-Hant-TW', 'fr', 'fr-FR-x-any', 'xx', 'de-Abcd', 'de-XX', 'not a tag', null),
  lat: words('52.5', '-0.0', '0', '91', '.5', '1e1', 'north', null),
  lon: words('13.4', '+13.40', '0', '181', '1e2', null),
});

/** Text of a code in a register's chain; null when it could be anything. */
const textAt = (
  plan: Plan,
  { view, attributes }: Plan['datasets'][number]['guards'][number],
  chain: Int32Array,
  at: number,
): string | null => {
  const { event, path, attributes: all } = plan.views[view];
  const { position } = attributes[at % attributes.length];
  const { ladder } = plan.events[event].attributes[all[position]];
  const level = path[Math.floor(at / attributes.length)][position];
  if (chain[at] < 0) return null;
  return level === ladder.levels.length ? '*' : ladder.text(level, chain[at]);
};

for (const levels of [['tag', 'primary', 'top'], ['tag', 'top'], ['top']])
  for (const hasNames of [true, false])
    t.test(`languages by ${levels.join(', ')}; systems in ${hasNames ? 'two texts' : 'one'}`, async (t) => {
      const text = textOf(levels, hasNames);
      const { plan, issues } = compilePlan(text, FILE, policyFiles(FILE));
      if (plan === null) throw new Error(issues.map(({ code, message }) => `${code}: ${message}`).join('\n'));
      const [dataset] = plan.datasets;
      const [rule] = datasetRules(readRules(text, FILE, policyFiles(FILE)));
      const byRegister = createGateClimber(plan, dataset);
      const byChecker = rule.guards.map(createClimber);
      let [known, unknown] = [0, 0];
      fc.assert(
        fc.property(CARDS, (card) => {
          const [block] = blocksOf(dataset.columns, [card as Card]);
          // A row without any value is no row of a file.
          if (block === undefined) return;
          const { chains, mapped } = byRegister(block);
          rowsOf(block, (cells: Cells) => {
            for (const [g, guard] of dataset.guards.entries()) {
              const found = byChecker[g].codes(cells);
              for (let at = 0; at < chainWidth(plan, guard); at++) {
                const own = textAt(plan, guard, chains[g], at);
                if (own === null) unknown++;
                else if (byChecker[g].numberOf(own) !== found[at] || found[at] === UNKNOWN)
                  throw new Error(`${JSON.stringify(card)}: ${own}`);
                else known++;
              }
            }
            if (mapped[0] === 1 && !byChecker.every((climber) => climber.isMapped()))
              throw new Error(`not mapped: ${JSON.stringify(card)}`);
          });
        }),
        { numRuns: 1500, seed: 3 },
      );
      t.ok(known > 3000 && unknown > 1000, `${known} codes known to both, ${unknown} not to the register`);
    });
