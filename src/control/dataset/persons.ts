import type { Counts } from './counts.ts';
import { createInterned, type Interned, intern, widened } from './intern.ts';
import { addProfile, createProfiles, doneProfiles } from './profiles.ts';

/** Collects, for one guard, which chains each person has. */
export interface Collector {
  /** A row of person `person` (-1: of nobody else's) with the chain at `chains[at]`. */
  add(person: number, chains: Int32Array, at: number): void;
  /** Persons with equal sets of chains are one profile with a count. The collector is used up. */
  finish(persons: number): Counts;
}

/**
 * Exact and in bounded memory: of a row is kept the number of its chain and of its person, 8 bytes; of a row that is a
 * person nothing but that its chain has one more.
 */
export const createCollector = (width: number): Collector => {
  const chains = createInterned(width);
  let alone: Int32Array = new Int32Array(1 << 10);
  let rowPerson: Int32Array = new Int32Array(1 << 10);
  let rowChain: Int32Array = new Int32Array(1 << 10);
  let rows = 0;
  return {
    add(person, codes, at) {
      const chain = intern(chains, codes, at);
      if (person < 0) {
        if (chain >= alone.length) alone = widened(alone, Math.max(2 * alone.length, chain + 1));
        alone[chain] = alone[chain] + 1;
        return;
      }
      if (rows === rowPerson.length) {
        rowPerson = widened(rowPerson, 2 * rows);
        rowChain = widened(rowChain, 2 * rows);
      }
      rowPerson[rows] = person;
      rowChain[rows++] = chain;
    },
    finish(persons) {
      const profiles = createProfiles(chains.count);
      for (let chain = 0; chain < chains.count; chain++) {
        if (chain < alone.length && alone[chain] > 0) addProfile(profiles, Int32Array.of(chain), alone[chain]);
      }
      const { starts, members } = byPerson(rowPerson.subarray(0, rows), rowChain.subarray(0, rows), persons);
      for (let person = 0; person < persons; person++) {
        const own = members.subarray(starts[person], starts[person + 1]);
        if (own.length > 0) addProfile(profiles, distinct(own), 1);
      }
      return { width, chains: chains.codes.slice(0, chains.count * width), ...doneProfiles(profiles) };
    },
  };
};

/** Counting sort of rows by person. */
const byPerson = (rowPerson: Int32Array, rowChain: Int32Array, persons: number): { starts: Int32Array; members: Int32Array } => {
  const starts = new Int32Array(persons + 1);
  for (const person of rowPerson) starts[person + 1] = starts[person + 1] + 1;
  for (let person = 0; person < persons; person++) starts[person + 1] = starts[person + 1] + starts[person];
  const next = starts.slice(0, persons);
  const members = new Int32Array(rowChain.length);
  for (let row = 0; row < rowChain.length; row++) {
    const person = rowPerson[row];
    members[next[person]] = rowChain[row];
    next[person] = next[person] + 1;
  }
  return { starts, members };
};

/** Sorts in place and drops what stands twice. */
const distinct = (chains: Int32Array): Int32Array => {
  if (chains.length === 1) return chains;
  chains.sort();
  let kept = 1;
  for (let i = 1; i < chains.length; i++) if (chains[i] !== chains[i - 1]) chains[kept++] = chains[i];
  return chains.subarray(0, kept);
};

/** Numbers persons by their tokens. */
export interface PersonNumbers {
  /** Number of the person whose token (at least 8 bytes) is at `tokens[at]`. */
  of(tokens: Uint8Array, at: number): number;
  readonly count: () => number;
}

/**
 * Persons 0, 1, 2, ... by the first 64 bits of a PRF output: among 10^7 persons two are taken for one with a chance of 3 in
 * a million, and then one fewer is counted as certain, which only blocks.
 */
export const createPersonNumbers = (): PersonNumbers => {
  const table: Interned = createInterned(2);
  const words = new Int32Array(2);
  return {
    of(tokens, at) {
      for (let word = 0; word < 2; word++) {
        const from = at + 4 * word;
        words[word] = (tokens[from] << 24) | (tokens[from + 1] << 16) | (tokens[from + 2] << 8) | tokens[from + 3];
      }
      return intern(table, words, 0);
    },
    count: () => table.count,
  };
};
