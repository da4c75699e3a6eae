import type { PolicyPath } from '../report.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A map of named things, as YAML gives it. Lists and scalars are leaves: a rule judges them whole. */
export const isMap = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether two plain values are the same; the order of keys does not count, that of lists does. */
export const isSame = (a: unknown, b: unknown): boolean => {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, index) => isSame(item, b[index]));
  if (!isMap(a) || !isMap(b)) return Object.is(a, b);
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && isSame(a[key], b[key]));
};

/** Whether what both sides have stands in another order. */
export const isReordered = (before: Iterable<unknown>, after: Iterable<unknown>): boolean => {
  const [a, b] = [new Set(before), new Set(after)];
  return !isSame(
    [...a].filter((item) => b.has(item)),
    [...b].filter((item) => a.has(item)),
  );
};

const own = (map: Fields, key: string): unknown => (Object.hasOwn(map, key) ? map[key] : undefined);

/**
 * Paths of everything in which two plain values differ, whatever they mean: the net under all rules. A map that only one
 * side has is told by its leaves, or by itself when it is empty.
 */
export const differences = (before: unknown, after: unknown, at: PolicyPath = []): PolicyPath[] => {
  if (isSame(before, after)) return [];
  const a = before === undefined && isMap(after) ? {} : before;
  const b = after === undefined && isMap(before) ? {} : after;
  if (!isMap(a) || !isMap(b)) return [at];
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  const below = keys.flatMap((key) => differences(own(a, key), own(b, key), [...at, key]));
  return below.length === 0 ? [at] : below;
};

const PLAIN = /^[^."\s]+$/;

/** A path as it is told: `views.feature-usage.k`; names with dots in quotation marks. */
export const pathText = (path: PolicyPath): string =>
  path.map((segment) => (PLAIN.test(String(segment)) ? String(segment) : JSON.stringify(String(segment)))).join('.');

/** Whether `path` is `above`, or lies below it. */
export const isBelow = (path: PolicyPath, above: PolicyPath): boolean =>
  above.length <= path.length && above.every((segment, index) => segment === path[index]);
