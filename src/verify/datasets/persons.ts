import { hash } from 'node:crypto';
import type { RowBlock } from '../../model/dataset.ts';
import { createWordMap } from '../identifiers/words.ts';
import { type Cells, type Climber, createClimber, rowsOf, spellingOf, UNKNOWN } from './rows.ts';
import type { DatasetRule, GuardRule } from './rules.ts';

/** The persons of a dataset as one view could tell them. What a row says is its chain; persons with equal sets of chains are one kind. */
export interface People {
  readonly guard: GuardRule;
  readonly numberOf: Climber['numberOf'];
  /** Per chain, codes by path level and attribute. */
  readonly chains: readonly Int32Array[];
  /** Chains of each kind, and how many persons are of it. */
  readonly kinds: readonly Int32Array[];
  readonly counts: readonly number[];
  /** Kinds that have a chain. */
  readonly kindsOf: readonly (readonly number[])[];
}

/** What the rows of a dataset say of it as a whole. */
export interface Registered {
  readonly rows: number;
  readonly persons: number;
  /** Rows that say of every attribute what some level shows of it. */
  readonly mapped: number;
  /** By guard. */
  readonly people: readonly People[];
}

export interface PersonReader {
  add(block: RowBlock): void;
  finish(): Registered;
}

/** An array of small integers that grows; 4 bytes each. */
const createList = () => {
  let list = new Int32Array(1 << 10);
  let count = 0;
  return {
    push(value: number): void {
      if (count === list.length) {
        const wider = new Int32Array(2 * count);
        wider.set(list);
        list = wider;
      }
      list[count++] = value;
    },
    at: (i: number): number => list[i],
    set(i: number, value: number): void {
      list[i] = value;
    },
    count: () => count,
  };
};

type List = ReturnType<typeof createList>;

/** Numbers persons by 64 bits of a digest of what tells them apart: 10^7 of them collide with a chance of 3 in a million. */
const createPersonNumbers = ({ persons }: DatasetRule): ((cells: Cells) => number) => {
  const known = createWordMap();
  return (cells) => {
    const texts = persons.map(({ column, kind }) => {
      const text = cells(column);
      return text === null ? '' : spellingOf(kind, text);
    });
    const digest = hash('sha256', JSON.stringify(texts), 'buffer');
    const [high, low] = [digest.readInt32BE(0), digest.readInt32BE(4)];
    const number = known.get(high, low);
    if (number >= 0) return number;
    known.add(high, low, known.size);
    return known.size - 1;
  };
};

/** Rows by their chains; `chainOf` holds a chain a row that is of a person. */
const createChains = (guard: GuardRule) => {
  const climber = createClimber(guard);
  const known = new Map<string, number>();
  const chains: Int32Array[] = [];
  const alone: number[] = [];
  const numberOf = (codes: Int32Array): number => {
    const key = codes.join();
    const number = known.get(key) ?? chains.push(codes.slice()) - 1;
    known.set(key, number);
    return number;
  };
  const unknown = new Int32Array(guard.view.path.length * guard.attributes.length).fill(UNKNOWN);
  const add = (codes: Int32Array): void => {
    const chain = numberOf(codes);
    alone[chain] = (alone[chain] ?? 0) + 1;
  };
  return {
    climber,
    chains,
    alone,
    chainOf: createList(),
    of: (cells: Cells): number => numberOf(climber.codes(cells)),
    /** A row that is a person by itself. */
    addAlone: (cells: Cells): void => add(climber.codes(cells)),
    /** A row that cannot be read is somebody who could be anybody. */
    addUnknown: (): void => add(unknown),
  };
};

type Chains = ReturnType<typeof createChains>;

/** Rows of a person as a list: `head` by person, `next` by row, -1 at the end. */
interface ByPerson {
  readonly head: List;
  readonly next: List;
}

const chainsOf = (person: number, { head, next }: ByPerson, chainOf: List): number[] => {
  const found = new Set<number>();
  for (let row = head.at(person); row >= 0; row = next.at(row)) found.add(chainOf.at(row));
  return [...found].sort((a, b) => a - b);
};

const peopleOf = (guard: GuardRule, { climber, chains, alone, chainOf }: Chains, byPerson: ByPerson): People => {
  const counts: number[] = [];
  const kinds: Int32Array[] = [];
  const known = new Map<string, number>();
  const add = (own: readonly number[], persons: number): void => {
    const key = own.join();
    const kind = known.get(key) ?? kinds.push(Int32Array.from(own)) - 1;
    known.set(key, kind);
    counts[kind] = (counts[kind] ?? 0) + persons;
  };
  alone.forEach((persons, chain) => void add([chain], persons));
  for (let person = 0; person < byPerson.head.count(); person++) add(chainsOf(person, byPerson, chainOf), 1);
  const kindsOf: number[][] = chains.map(() => []);
  kinds.forEach((own, kind) => void own.forEach((chain) => void kindsOf[chain].push(kind)));
  return { guard, numberOf: climber.numberOf, chains, kinds, counts, kindsOf };
};

/**
 * Reads the persons of a dataset, exactly and in memory that grows with rows by 8 bytes, with persons by some 50, and with what
 * differs between them at the levels of a path.
 */
export const createPersonReader = (rule: DatasetRule): PersonReader => {
  const guards = rule.guards.map(createChains);
  const numberOf = createPersonNumbers(rule);
  const [head, next] = [createList(), createList()];
  const total = { rows: 0, unreadable: 0, mapped: 0 };
  const addToPerson = (cells: Cells): void => {
    const person = numberOf(cells);
    if (person === head.count()) head.push(-1);
    for (const chains of guards) chains.chainOf.push(chains.of(cells));
    next.push(head.at(person));
    head.set(person, next.count() - 1);
  };
  return {
    add(block) {
      total.rows += block.count + block.malformed;
      total.unreadable += block.malformed;
      rowsOf(block, (cells) => {
        if (rule.persons.length > 0) addToPerson(cells);
        else for (const chains of guards) chains.addAlone(cells);
        if (guards.every(({ climber }) => climber.isMapped())) total.mapped++;
      });
      for (let i = 0; i < block.malformed; i++) for (const chains of guards) chains.addUnknown();
    },
    finish: () => ({
      rows: total.rows,
      persons: rule.persons.length > 0 ? head.count() + total.unreadable : total.rows,
      mapped: total.mapped,
      people: guards.map((chains, i) => peopleOf(rule.guards[i], chains, { head, next })),
    }),
  };
};
