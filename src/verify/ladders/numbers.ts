import { isObject, type Value } from '../json.ts';
import { type Ladder, only } from './index.ts';

const DECIMAL = /^[+-]?(\d{1,17}(\.\d{1,17})?|\.\d{1,17})([eE][+-]?\d{1,3})?$/;

/** The number that a value is or spells; NaN when it is none. */
export const numberOf = (value: Value | undefined): number => {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'string') return DECIMAL.test(value) ? Number(value) : Number.NaN;
  return typeof value === 'number' && Number.isFinite(value) ? value : Number.NaN;
};

/** `<100`, `[100,1000)`, `>=1000`. */
export const bucketLadder = (edges: readonly number[]): Ladder => ({
  technique: 'buckets',
  levels: ['bucket'],
  climb(inputs) {
    const value = numberOf(only(inputs));
    if (Number.isNaN(value)) return [null];
    const above = edges.find((edge) => value < edge);
    const below = edges.filter((edge) => value >= edge).pop();
    return [below === undefined ? `<${above}` : above === undefined ? `>=${below}` : `[${below},${above})`];
  },
});

/** `0`, `1-3`, `4-9`, `10+` items. */
export const countLadder = (edges: readonly number[]): Ladder => ({
  technique: 'count',
  levels: ['count'],
  climb(inputs) {
    const value = only(inputs);
    const items = Array.isArray(value) ? value.length : isObject(value) ? Object.keys(value).length : -1;
    if (items < 0) return [null];
    const above = edges.find((edge) => items < edge);
    const least = edges.filter((edge) => items >= edge).pop() ?? 0;
    return [above === undefined ? `${least}+` : least === above - 1 ? String(least) : `${least}-${above - 1}`];
  },
});
