import { createCountIndex } from '../../src/control/dataset/count-index.ts';
import { createDirectIndex, createJoins } from '../../src/control/dataset/direct.ts';
import { createRegistrar } from '../../src/control/dataset/register.ts';
import { createTextIndex, type TextIndex } from '../../src/control/dataset/texts.ts';
import type { Controls, DatasetIndex } from '../../src/model/controls.ts';
import type { RowBlock } from '../../src/model/dataset.ts';
import type { Plan } from '../../src/model/plan.ts';
import { compilePlan } from '../../src/plan.ts';
import { createBlockBuilder } from '../../src/runtime/dataset/block.ts';
import { createPrf } from '../../src/runtime/keys/prf.ts';
import { policyFiles } from '../../src/runtime/policy-files.ts';
import type { Value } from '../../src/verify/json.ts';
import { createReference, type Left, type Person } from '../control/dataset/reference.ts';
import { declared } from '../runtime/dataset/declared.ts';
import type { Card } from '../runtime/dataset/world.ts';
import { FILE, groupBy, K, type Leaked, RULES, TEXT } from './world.ts';

/** Two datasets of households: who has which device with which system, and where they live. */
const DATASETS = declared({
  cards: { guards: ['device-health'], columns: ['customer', 'model', 'os', 'version'], kMap: K },
  addresses: { guards: ['presence-by-area'], columns: ['customer', 'lat', 'lon'], kMap: K },
});

export const GUARDED_TEXT = TEXT + DATASETS;
export const GUARDED_PLAN = compilePlan(GUARDED_TEXT, FILE, policyFiles(FILE)).plan as Plan;

/** What each dataset knows: its rows, and which attribute of which view each of its axes is. */
export interface Rows {
  readonly cards: readonly Card[];
  readonly addresses: readonly Card[];
}

/** Cards as the rows of a file. */
export const blocksOf = (columns: readonly string[], cards: readonly Card[]): RowBlock[] => {
  const builder = createBlockBuilder(columns.length, () => true);
  const blocks: (RowBlock | null)[] = [];
  for (const card of cards) {
    builder.begin();
    for (const [column, name] of columns.entries()) if ((card[name] ?? null) !== null) builder.setText(column, String(card[name]));
    if (builder.isFull()) blocks.push(builder.take());
  }
  return [...blocks, builder.take()].filter((block) => block !== null);
};

/** Registers rows in memory and gives the indexes as a run gets them; `broken` stands in front of each count index. */
export const guardedBy = (rows: Rows, broken: (index: DatasetIndex) => DatasetIndex = (index) => index, plan = GUARDED_PLAN) => {
  const prf = createPrf('aes-256-cmac', Buffer.alloc(32, 7));
  const indexes = plan.datasets.map((dataset): Pick<Controls, 'datasets' | 'direct'> & { readonly texts: readonly TextIndex[] } => {
    const registrar = createRegistrar(plan, dataset, prf);
    for (const block of blocksOf(dataset.columns, rows[dataset.name as keyof Rows])) registrar.add(block);
    const { counts, direct } = registrar.finish();
    const origin = { dataset: dataset.name, untilMs: Number.MAX_SAFE_INTEGER };
    const counted = dataset.guards.map((guard, i) => {
      const { length } = plan.views[guard.view].attributes;
      const own = counts[i];
      return own === null ? null : broken(createCountIndex(own, guard, length, origin));
    });
    const joins = createJoins(direct, prf);
    return {
      datasets: counted.filter((index) => index !== null),
      texts: dataset.guards.map((guard, i) => createTextIndex(plan, guard, counts[i], counted[i], joins)),
      direct: dataset.guards.map(({ view }) => createDirectIndex(direct, plan, plan.views[view], prf, origin)),
    };
  });
  const controls: Controls = {
    version: 1,
    periods: [],
    subjects: null,
    datasets: indexes.flatMap(({ datasets }) => datasets),
    direct: indexes.flatMap(({ direct }) => direct),
  };
  return { plan, controls, texts: indexes.flatMap(({ texts }) => texts) };
};

/** One view and what the adversary's dataset holds of it: column by axis, by attribute of the view. */
const GUARDS = [
  { view: 'device-health', rows: 'cards', inputs: [{ '': 'model' }, { name: 'os', version: 'version' }] },
  { view: 'presence-by-area', rows: 'addresses', inputs: [{ lat: 'lat', lon: 'lon' }] },
] as const;

/** What came of joining all that left with the true dataset. */
export interface Joined {
  /** Released tuples that somebody of the dataset could stand behind. */
  readonly possible: number;
  /** Of those, the fewest persons who certainly match. */
  readonly fewest: number;
  /** Tuples by which persons of the dataset are singled out: too few certainly match, whole or in part. */
  readonly singled: number;
}

/**
 * The adversary has the dataset itself, climbs its rows by the checker's own ladders, and joins every released tuple with it:
 * whole, and if nobody matches, by every part. It takes away whom finer releases may belong to.
 */
export const joinAll = (leaked: readonly Leaked[], rows: Rows): Joined => {
  const joined = GUARDS.map((guard) => joinView(leaked.filter(({ view }) => view === guard.view), rows[guard.rows], guard)); // biome-ignore format: a sentence
  return {
    possible: joined.reduce((sum, { possible }) => sum + possible, 0),
    fewest: Math.min(...joined.map(({ fewest }) => fewest)),
    singled: joined.reduce((sum, { singled }) => sum + singled, 0),
  };
};

const joinView = (leaked: readonly Leaked[], cards: readonly Card[], { view, inputs }: (typeof GUARDS)[number]): Joined => {
  const rule = RULES.events.flatMap(({ views }) => views).find(({ name }) => name === view);
  if (rule === undefined) throw new Error('the view is not there');
  const numbers = new Map<string, number>();
  const numberOf = (text: string): number => {
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    return number;
  };
  /** A card as codes by path level; what the dataset does not know is null. */
  const rowOf = (card: Card) => {
    const climbs = inputs.map((axes, a) => {
      const held = Object.entries(axes).map(([axis, column]) => [axis, card[column] as Value] as const);
      const climb = rule.attributes[a].climb.climb(new Map(held), 0, 0);
      const isKnown = climb !== 'future' && held.every(([, value]) => value !== null) && climb[0] !== null;
      return isKnown ? climb : null;
    });
    return rule.path.map((levels) =>
      climbs.map((climb, a) => {
        const height = rule.attributes[a].climb.levels.length;
        if (levels[a] === height) return numberOf('*');
        const text = climb?.[levels[a]] ?? null;
        return text === null ? null : numberOf(text);
      }),
    );
  };
  const persons: Person[] = [...groupBy(cards, ({ customer }) => String(customer)).values()].map((own) => own.map(rowOf));
  const positions = inputs.map((_, i) => i);
  const reference = createReference(persons, positions);
  const codesOf = (tuple: string): number[] => (JSON.parse(tuple) as string[]).map(numberOf);
  const result = { possible: 0, fewest: Number.POSITIVE_INFINITY, singled: 0 };
  for (const batch of groupBy(leaked, ({ windowStartMs }) => String(windowStartMs)).values()) {
    const classes = [...groupBy(batch, ({ level, tuple }) => `${level} ${tuple}`).values()].map(
      ([{ level, tuple }]): Left => ({ level, codes: codesOf(tuple) }),
    );
    for (const released of classes) {
      const ask = (asked: readonly number[]) => {
        const question = { ...released, asked };
        return { possible: reference.possible(question), certain: reference.certain(question, classes) };
      };
      const whole = ask(positions);
      if (whole.possible > 0) {
        result.possible++;
        result.fewest = Math.min(result.fewest, whole.certain);
      }
      const parts = whole.possible > 0 ? [whole] : positions.length < 2 ? [] : positions.map((position) => ask([position]));
      if (parts.some(({ possible, certain }) => possible > 0 && certain < K)) result.singled++;
    }
  }
  return result;
};
