import t from 'tap';
import type { DatasetIndex } from '../../src/model/controls.ts';
import { STAGES } from '../../src/pipeline.ts';
import type { Card } from '../runtime/dataset/world.ts';
import { cardOf, modelsOfSeries, type Planted, plantedLines } from './planted.ts';
import { guardedBy, joinAll } from './registered.ts';
import { K, play } from './world.ts';

const households = (count: number, name: string, of: Omit<Planted, 'household'>): Planted[] =>
  Array.from({ length: count }, (_, i) => ({ household: `${name}-${i}`, ...of }));

const finest = ({ leaked }: Awaited<ReturnType<typeof play>>): number =>
  new Set(leaked.filter(({ level }) => level === 0).map(({ tuple }) => tuple)).size;

t.test('a thousand persons, each the only one registered of a class of k and more, and not one such class leaves', async (t) => {
  const kinds = modelsOfSeries(50).flatMap((model) =>
    Array.from({ length: 20 }, (_, i) => ({ model, os: 'Android', version: `${10 + (i % 4)}.${Math.floor(i / 4)}` })),
  );
  t.equal(kinds.length, 1000);
  const fleet = kinds.flatMap((kind, i) => households(K + 1, `home ${i}`, kind));
  const lines = plantedLines(fleet);
  const cards = fleet.filter(({ household }) => household.endsWith('-0')).map(cardOf);
  t.equal(cards.length, 1000);
  const unguarded = await play(lines, 'keys');
  t.equal(finest(unguarded), 1000, 'without the dataset every class leaves at the finest level');
  t.equal(joinAll(unguarded.leaked, { cards, addresses: [] }).singled, 1000);
  const guarded = await play(lines, 'keys', {}, STAGES, guardedBy({ cards, addresses: [] }));
  t.equal(finest(guarded), 0);
  t.equal(joinAll(guarded.leaked, { cards, addresses: [] }).singled, 0);
  t.ok(guarded.leaked.length > 0, `${guarded.leaked.length} records leave coarser, where the persons hide each other`);
});

/** A fleet of one class, a dataset, and a gate that is wrong about just that. */
interface Trap {
  readonly cards: readonly Card[];
  readonly broken: (index: DatasetIndex) => DatasetIndex;
}

const [model, other] = modelsOfSeries(2);
const CLASS = { model, os: 'Android', version: '14.1' };
const unknown = { household: 'unknown', model: null, os: null, version: null };

const TRAPS: Readonly<Record<string, Trap>> = {
  'somebody of whom nothing is known could be anybody': {
    cards: [cardOf(unknown)],
    broken: (index) => ({
      ...index,
      possible: (level, codes) => index.certain(level, codes),
      possibleIn: (level, codes, subset) => index.certainIn?.(level, codes, subset) ?? 0,
    }),
  },
  'somebody whose model nobody lists could have any': {
    cards: [cardOf({ ...unknown, model: 'Fancy Name of a Listed Model' })],
    broken: (index) => ({ ...index, possible: () => 0, possibleIn: () => 0 }),
  },
  'three of whom the system does not match are found by the model': {
    cards: [0, 1, 2].map((i) => cardOf({ ...CLASS, household: `person ${i}`, os: 'Tizen' })),
    broken: (index) => ({ ...index, possibleIn: () => 0 }),
  },
  'those who could match are not those who do': {
    cards: Array.from({ length: K }, (_, i) => cardOf({ ...CLASS, household: `person ${i}`, version: i === 0 ? '14.1' : null })),
    broken: (index) => ({
      ...index,
      certain: (level, codes) => index.possible(level, codes),
      certainIn: (level, codes, subset) => index.possibleIn?.(level, codes, subset) ?? 0,
    }),
  },
};

for (const [what, { cards, broken }] of Object.entries(TRAPS)) {
  t.test(what, async (t) => {
    const lines = plantedLines(households(K + 1, 'home', CLASS));
    const rows = { cards, addresses: [] };
    const sound = await play(lines, 'keys', {}, STAGES, guardedBy(rows));
    t.equal(joinAll(sound.leaked, rows).singled, 0);
    t.equal(finest(sound), 0);
    const leaky = await play(lines, 'keys', {}, STAGES, guardedBy(rows, broken));
    t.ok(joinAll(leaky.leaked, rows).singled > 0, 'and a gate that thinks otherwise loses');
  });
}

t.test('a class that nobody of the dataset has anything in common with leaves', async (t) => {
  const lines = plantedLines(households(K + 1, 'home', CLASS));
  const strangers = Array.from({ length: K }, (_, i) => cardOf({ household: `person ${i}`, model: other, os: 'Tizen', version: '6.0' }));
  const played = await play(lines, 'keys', {}, STAGES, guardedBy({ cards: strangers, addresses: [] }));
  t.equal(finest(played), 1);
});
