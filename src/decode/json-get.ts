/** Looks a value up in an object that `JSON.parse` made. */
export type Getter = (value: unknown) => unknown;

const get = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;

const countOf = (value: unknown): number | undefined => {
  if (Array.isArray(value)) return value.length;
  return typeof value === 'object' && value !== null ? Object.keys(value).length : undefined;
};

/** Compiles the way to a dotted path; a missing step gives undefined. `isCount`: items of an array or keys of a map instead. */
export const compileGetter = (path: string, isCount = false): Getter => {
  const segments = path.split('.');
  const at: Getter = segments.length === 1 ? (value) => get(value, path) : (value) => segments.reduce(get, value);
  return isCount ? (value) => countOf(at(value)) : at;
};
