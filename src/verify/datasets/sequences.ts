import { createWordMap } from '../identifiers/words.ts';

/** An array of small integers that grows; 4 bytes each. */
export interface List {
  push(value: number): void;
  at(i: number): number;
  set(i: number, value: number): void;
  readonly count: () => number;
  /** What is in it, until it grows. */
  readonly values: () => Int32Array;
}

export const createList = (): List => {
  let list = new Int32Array(1 << 10);
  let count = 0;
  return {
    push(value) {
      if (count === list.length) {
        const wider = new Int32Array(2 * count);
        wider.set(list);
        list = wider;
      }
      list[count++] = value;
    },
    at: (i) => list[i],
    set(i, value) {
      list[i] = value;
    },
    count: () => count,
    values: () => list.subarray(0, count),
  };
};

/** Numbers sequences of integers 0, 1, 2, ... in the order of first sight; exactly, and in some 30 bytes each. */
export interface Sequences {
  of(values: ArrayLike<number>): number;
  /** -1 when it was never seen. */
  find(values: ArrayLike<number>): number;
  readonly count: () => number;
}

const NONE = -1;

/** A trie: a sequence is its last step, and a step is known by the one before it and its value. */
export const createSequences = (): Sequences => {
  const steps = createWordMap();
  /** Number of the sequence that ends with a step. The empty one ends where all begin. */
  const numbers = createList();
  numbers.push(NONE);
  let count = 0;
  const next = (step: number, value: number): number => steps.get(step, value);
  return {
    of(values) {
      let step = 0;
      for (let i = 0; i < values.length; i++) {
        const known = next(step, values[i]);
        if (known < 0) {
          steps.add(step, values[i], numbers.count());
          numbers.push(NONE);
        }
        step = known < 0 ? numbers.count() - 1 : known;
      }
      if (numbers.at(step) === NONE) numbers.set(step, count++);
      return numbers.at(step);
    },
    find(values) {
      let step = 0;
      for (let i = 0; i < values.length && step >= 0; i++) step = next(step, values[i]);
      return step < 0 ? NONE : numbers.at(step);
    },
    count: () => count,
  };
};

/** Items by group, 4 bytes each. */
export interface Groups {
  /** The items of a group; none for -1. */
  of(group: number): Int32Array;
}

const NOTHING = new Int32Array(0);

/** Groups pairs of group and item, by counting; items keep their order. */
export const groupsOf = (groups: Int32Array, items: Int32Array, count: number): Groups => {
  const starts = new Int32Array(count + 1);
  for (const group of groups) starts[group + 1]++;
  for (let group = 0; group < count; group++) starts[group + 1] += starts[group];
  const next = starts.slice(0, count);
  const members = new Int32Array(groups.length);
  for (let i = 0; i < groups.length; i++) members[next[groups[i]]++] = items[i];
  return { of: (group) => (group < 0 ? NOTHING : members.subarray(starts[group], starts[group + 1])) };
};
