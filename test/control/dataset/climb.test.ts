import t from 'tap';
import { createClimber } from '../../../src/control/dataset/climb.ts';
import type { RowBlock } from '../../../src/model/dataset.ts';
import { createBlockBuilder } from '../../../src/runtime/dataset/block.ts';
import { type Card, planWith } from '../../runtime/dataset/world.ts';

const PLAN = planWith();
const [DATASET] = PLAN.datasets;
const climb = createClimber(PLAN, DATASET);

const CARD: Card = { customer: 'a', serial: 'b', model: 'WSD005', os: 'Zephyr', version: '3.5', lat: 52.5, lon: 13.4, name: null };

const blockOf = (...cards: readonly Card[]): RowBlock => {
  const builder = createBlockBuilder(DATASET.columns.length, () => true);
  for (const card of cards) {
    builder.begin();
    for (const [column, name] of DATASET.columns.entries()) if (card[name] !== null) builder.setText(column, String(card[name]));
  }
  return builder.take() as RowBlock;
};

/** Texts of a card's chains, level by level: of the health view model and system, of the presence view the place. */
const textsOf = (card: Card): { readonly health: string[]; readonly presence: string[]; readonly mapped: boolean } => {
  const { chains, mapped } = climb(blockOf(CARD, card));
  const texts = DATASET.guards.map((guard, g) => {
    const view = PLAN.views[guard.view];
    const width = view.path.length * guard.attributes.length;
    return view.path.map((levels, level) =>
      guard.attributes
        .map(({ position }, a) => {
          const { ladder } = PLAN.events[view.event].attributes[view.attributes[position]];
          const code = chains[g][width + level * guard.attributes.length + a];
          return code < 0 ? '?' : ladder.levels[levels[position]] === undefined ? '*' : ladder.text(levels[position], code);
        })
        .join(' | '),
    );
  });
  return { health: texts[0], presence: texts[1].map((text) => text.replace(/^8[0-9a-f]+$/, 'cell')), mapped: mapped[1] === 1 };
};

t.test('a row climbs as an event does', async (t) => {
  t.strictSame(textsOf(CARD), {
    health: ['WSD005 | zephyr 3.5', 'ADEO cover others | zephyr 3', 'ADEO cover | zephyr 3', 'cover | zephyr'],
    presence: ['cell', 'cell', 'cell', 'cell'],
    mapped: true,
  });
  t.strictSame(textsOf({ ...CARD, model: ' wsd005 ', os: 'ZEPHYR' }), textsOf(CARD), 'in any spelling');
});

t.test('what is missing, too coarse or unknown could be anything', async (t) => {
  const unknown = ['?', '?', '?', '?'];
  const coarse = textsOf({ ...CARD, version: '3' });
  t.strictSame(
    [coarse.health, coarse.mapped],
    [['WSD005 | ?', 'ADEO cover others | zephyr 3', 'ADEO cover | zephyr 3', 'cover | zephyr'], true],
  );
  const others: readonly (readonly [string, Card, RegExp])[] = [
    ['a model that is missing', { ...CARD, model: null }, /^\? \| zephyr/],
    ['a model that nobody lists: a person would know which one is meant', { ...CARD, model: 'Cover 5' }, /^\? \| zephyr/],
    ['a system that is missing', { ...CARD, os: null }, /\| \?$/],
    ['a version that is missing', { ...CARD, version: null }, /\| \?$/],
    ['a system of no listed name', { ...CARD, os: 'Anthill' }, /\| \?$/],
  ];
  for (const [what, card, every] of others) {
    const { health, mapped } = textsOf(card);
    for (const text of health) t.match(text, every, what);
    t.notOk(mapped, what);
  }
  for (const card of [
    { ...CARD, lat: null },
    { ...CARD, lon: 200 },
    { ...CARD, lat: 0, lon: 0 },
    { ...CARD, lat: 'north' },
  ]) {
    const { presence, mapped } = textsOf(card);
    t.strictSame([presence, mapped], [unknown, false]);
  }
});

t.test('where everybody is `*`, so is who has no value', async (t) => {
  const plan = planWith(`
datasets:
  models:
    guards: [starred]
    columns: { model: { attribute: model } }
    maxAge: 7d
`, (text) => text.replace('\nviews:\n', "\nviews:\n  starred:\n    event: device\n    purpose: none\n    consumers: [nobody]\n    subject: household\n    window: 1h\n    path: [{ model: model, os: major }, { model: '*', os: family }]\n    retention: 30d\n")); // biome-ignore format: a policy
  const block: RowBlock = {
    count: 1,
    malformed: 0,
    columns: [{ kind: 'text', bytes: new Uint8Array(0), start: new Int32Array(1), length: Int32Array.of(-1) }],
  };
  const { chains, mapped } = createClimber(plan, plan.datasets[0])(block);
  t.strictSame([...chains[0]], [-1, 0]);
  t.equal(mapped[0], 0);
});
