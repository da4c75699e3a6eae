import { hash } from 'node:crypto';
import type { RowBlock } from '../../model/dataset.ts';
import { createWordMap } from '../identifiers/words.ts';
import { type Cells, type Climber, createClimber, rowsOf, spellingOf, UNKNOWN } from './rows.ts';
import type { DatasetRule, GuardRule } from './rules.ts';
import { createList, createSequences, type Groups, groupsOf, type List } from './sequences.ts';

/** The persons of a dataset as one view could tell them. What a row says is its chain; persons with equal sets of chains are one kind. */
export interface People {
  readonly guard: GuardRule;
  readonly numberOf: Climber['numberOf'];
  readonly chainCount: number;
  /** Codes of a chain, by path level and attribute. */
  chain(number: number): Int32Array;
  /** Chains of a kind. */
  readonly chainsOf: Groups;
  /** Kinds that have a chain. */
  readonly kindsOf: Groups;
  /** Per kind, how many persons are of it. */
  readonly counts: Int32Array;
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
  const known = createSequences();
  const codesOf = createList();
  const alone = createList();
  const width = guard.view.path.length * guard.attributes.length;
  const numberOf = (codes: Int32Array): number => {
    // Coarse levels first: then many begin alike.
    const number = known.of(codes.slice().reverse());
    if (number < alone.count()) return number;
    for (const code of codes) codesOf.push(code);
    alone.push(0);
    return number;
  };
  const add = (codes: Int32Array): void => {
    const chain = numberOf(codes);
    alone.set(chain, alone.at(chain) + 1);
  };
  const unknown = new Int32Array(width).fill(UNKNOWN);
  return {
    climber,
    width,
    codesOf,
    /** Per chain, how many persons are one row that says it. */
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

const peopleOf = (guard: GuardRule, { climber, width, codesOf, alone, chainOf }: Chains, byPerson: ByPerson): People => {
  const known = createSequences();
  const [counts, kinds, chains] = [createList(), createList(), createList()];
  const add = (own: readonly number[], persons: number): void => {
    const kind = known.of(own);
    if (kind === counts.count()) {
      counts.push(0);
      for (const chain of own) {
        kinds.push(kind);
        chains.push(chain);
      }
    }
    counts.set(kind, counts.at(kind) + persons);
  };
  for (let chain = 0; chain < alone.count(); chain++) if (alone.at(chain) > 0) add([chain], alone.at(chain));
  for (let person = 0; person < byPerson.head.count(); person++) add(chainsOf(person, byPerson, chainOf), 1);
  const codes = codesOf.values();
  return {
    guard,
    numberOf: climber.numberOf,
    chainCount: alone.count(),
    chain: (number) => codes.subarray(number * width, (number + 1) * width),
    chainsOf: groupsOf(kinds.values(), chains.values(), counts.count()),
    kindsOf: groupsOf(chains.values(), kinds.values(), alone.count()),
    counts: counts.values(),
  };
};

/**
 * Reads the persons of a dataset, exactly and in memory that grows with rows by 8 bytes and more, with persons by some 60, and with
 * what differs between them at the levels of a path.
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
