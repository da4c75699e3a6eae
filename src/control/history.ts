/** What was said of something, in the order of the control log. */
export interface History<T> {
  add(key: string, atMs: number, value: T): void;
  /** What was said before a time, oldest first. */
  before(key: string, endMs: number): readonly T[];
  /** Whether anything was said of it. */
  has(key: string): boolean;
  /** Whatever something was said of. */
  keys(): Iterable<string>;
  /** Nothing was ever said of anything. */
  isEmpty(): boolean;
}

const NOTHING: readonly never[] = [];

/** Append times rise in the log, so what was said before a time is the front of a list. */
export const createHistory = <T>(): History<T> => {
  const said = new Map<string, { readonly atMs: number; readonly value: T }[]>();
  return {
    add(key, atMs, value) {
      const list = said.get(key);
      if (list === undefined) said.set(key, [{ atMs, value }]);
      else list.push({ atMs, value });
    },
    before(key, endMs) {
      const list = said.get(key);
      if (list === undefined) return NOTHING;
      const until = list.findIndex(({ atMs }) => atMs >= endMs);
      return (until < 0 ? list : list.slice(0, until)).map(({ value }) => value);
    },
    has: (key) => said.has(key),
    keys: () => said.keys(),
    isEmpty: () => said.size === 0,
  };
};
