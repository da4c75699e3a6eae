import type { People } from './persons.ts';
import { UNKNOWN } from './rows.ts';
import { createList, createSequences, type Groups, groupsOf, type List, type Sequences } from './sequences.ts';

/** A tuple that left in a window, as far as the dataset has its attributes. */
export interface Left {
  readonly level: number;
  /** By attribute of the dataset. */
  readonly codes: readonly number[];
}

/** A tuple, or the part of it whose attributes are in `asked` (bits). */
export interface Question extends Left {
  readonly asked: number;
}

/** Counts the persons of a dataset behind what left in one window. */
export interface Counter {
  /** Whether anybody could be behind it: a row of theirs agrees with it wherever the row says something. */
  isPossible(question: Question): boolean;
  /**
   * Persons who certainly are, up to `enough`: a row of theirs says it all, and no row of theirs that agrees with it agrees with
   * anything that left finer.
   */
  certain(question: Question, enough: number): number;
}

/** Chains by what they say of the asked attributes, apart by which of those (bits) they say at all. */
type Index = ReadonlyMap<number, { readonly sequences: Sequences; readonly chains: Groups }>;

/** Codes of the attributes in `bits`, in order. */
const part = (codes: ArrayLike<number>, from: number, width: number, bits: number): number[] => {
  const own: number[] = [];
  for (let a = 0; a < width; a++) if ((bits >>> a) & 1) own.push(codes[from + a]);
  return own;
};

/** Attributes that a chain says at a level. */
const saidBy = (chain: Int32Array, level: number, width: number): number => {
  let bits = 0;
  for (let a = 0; a < width; a++) if (chain[level * width + a] !== UNKNOWN) bits |= 1 << a;
  return bits;
};

const indexOf = ({ chain: chainAt, chainCount, guard }: People, level: number, asked: number): Index => {
  const width = guard.attributes.length;
  const saying = new Map<number, { readonly sequences: Sequences; readonly chains: List; readonly groups: List }>();
  for (let number = 0; number < chainCount; number++) {
    const chain = chainAt(number);
    const said = saidBy(chain, level, width) & asked;
    const own = saying.get(said) ?? { sequences: createSequences(), chains: createList(), groups: createList() };
    saying.set(said, own);
    own.chains.push(number);
    own.groups.push(own.sequences.of(part(chain, level * width, width, said)));
  }
  return new Map(
    [...saying].map(([said, { sequences, chains, groups }]) => [
      said,
      { sequences, chains: groupsOf(groups.values(), chains.values(), sequences.count()) },
    ]),
  );
};

/** Whether a chain agrees with anything that left at a level finer than one; by a set of what left for each choice of attributes. */
const createLeftFiner = ({ chain: chainAt, guard }: People, left: readonly Left[]): ((chain: number, level: number) => boolean) => {
  const width = guard.attributes.length;
  const sets = new Map<string, Sequences>();
  const setOf = (level: number, said: number): Sequences => {
    const name = `${level} ${said}`;
    const known = sets.get(name);
    if (known !== undefined) return known;
    const made = createSequences();
    for (const one of left) if (one.level === level) made.of(part(one.codes, 0, width, said));
    sets.set(name, made);
    return made;
  };
  /** First level at which something left that could be the chain's. */
  const firstOf = new Map<number, number>();
  const look = (chain: Int32Array): number => {
    for (let level = 0; level < guard.view.path.length; level++) {
      const said = saidBy(chain, level, width);
      if (setOf(level, said).find(part(chain, level * width, width, said)) >= 0) return level;
    }
    return Number.POSITIVE_INFINITY;
  };
  return (chain, level) => {
    const first = firstOf.get(chain) ?? look(chainAt(chain));
    firstOf.set(chain, first);
    return first < level;
  };
};

const NOBODY = new Int32Array(0);

/** Gives a counter for each window; what it looks up by is kept from one to the next. */
export const createCounting = (people: People): ((left: readonly Left[]) => Counter) => {
  const { chain: chainAt, chainsOf, counts, kindsOf, guard } = people;
  const width = guard.attributes.length;
  const indexes = new Map<string, Index>();
  const indexFor = ({ level, asked }: Question): Index => {
    const name = `${level} ${asked}`;
    const known = indexes.get(name) ?? indexOf(people, level, asked);
    indexes.set(name, known);
    return known;
  };
  const saying = ({ codes }: Question, said: number, index: Index): Int32Array => {
    const own = index.get(said);
    return own === undefined ? NOBODY : own.chains.of(own.sequences.find(part(codes, 0, width, said)));
  };
  const agrees = (chain: Int32Array, { level, codes, asked }: Question): boolean => {
    for (let a = 0; a < width; a++) {
      const code = chain[level * width + a];
      if ((asked >>> a) & 1 && code !== UNKNOWN && code !== codes[a]) return false;
    }
    return true;
  };
  return (left) => {
    const hasLeft = createLeftFiner(people, left);
    return {
      isPossible(question) {
        const index = indexFor(question);
        return [...index.keys()].some((said) => saying(question, said, index).length > 0);
      },
      certain(question, enough) {
        const counted = new Set<number>();
        let persons = 0;
        const stays = (kind: number): boolean =>
          !chainsOf.of(kind).some((chain) => hasLeft(chain, question.level) && agrees(chainAt(chain), question));
        for (const chain of saying(question, question.asked, indexFor(question))) {
          if (hasLeft(chain, question.level)) continue;
          for (const kind of kindsOf.of(chain)) {
            if (persons >= enough) return persons;
            if (counted.has(kind)) continue;
            counted.add(kind);
            if (stays(kind)) persons += counts[kind];
          }
        }
        return persons;
      },
    };
  };
};
