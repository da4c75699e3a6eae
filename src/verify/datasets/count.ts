import type { People } from './persons.ts';
import { UNKNOWN } from './rows.ts';

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

/** Chains by what they say of the asked attributes, apart by which of those they say at all. */
type Index = ReadonlyMap<number, ReadonlyMap<string, readonly number[]>>;

/** Codes of the attributes in `bits`, in order. */
const part = (codes: ArrayLike<number>, from: number, width: number, bits: number): string => {
  let key = '';
  for (let a = 0; a < width; a++) if ((bits >>> a) & 1) key += `${codes[from + a]} `;
  return key;
};

/** Attributes that a chain says at a level. */
const saidBy = (chain: Int32Array, level: number, width: number): number => {
  let bits = 0;
  for (let a = 0; a < width; a++) if (chain[level * width + a] !== UNKNOWN) bits |= 1 << a;
  return bits;
};

const indexOf = ({ chains, guard }: People, level: number, asked: number): Index => {
  const width = guard.attributes.length;
  const index = new Map<number, Map<string, number[]>>();
  for (const [number, chain] of chains.entries()) {
    const said = saidBy(chain, level, width) & asked;
    const own = index.get(said) ?? new Map<string, number[]>();
    index.set(said, own);
    const key = part(chain, level * width, width, said);
    const alike = own.get(key);
    if (alike === undefined) own.set(key, [number]);
    else alike.push(number);
  }
  return index;
};

/** Whether a chain agrees with anything that left at a level finer than one; by a set of what left for each choice of attributes. */
const createLeftFiner = ({ chains, guard }: People, left: readonly Left[]): ((chain: number, level: number) => boolean) => {
  const width = guard.attributes.length;
  const sets = new Map<string, ReadonlySet<string>>();
  const setOf = (level: number, said: number): ReadonlySet<string> => {
    const name = `${level} ${said}`;
    const known = sets.get(name) ?? new Set(left.filter((one) => one.level === level).map(({ codes }) => part(codes, 0, width, said)));
    sets.set(name, known);
    return known;
  };
  /** First level at which something left that could be the chain's. */
  const firstOf = new Map<number, number>();
  const look = (chain: Int32Array): number => {
    for (let level = 0; level < guard.view.path.length; level++) {
      const said = saidBy(chain, level, width);
      if (setOf(level, said).has(part(chain, level * width, width, said))) return level;
    }
    return Number.POSITIVE_INFINITY;
  };
  return (chain, level) => {
    const first = firstOf.get(chain) ?? look(chains[chain]);
    firstOf.set(chain, first);
    return first < level;
  };
};

/** Gives a counter for each window; what it looks up by is kept from one to the next. */
export const createCounting = (people: People): ((left: readonly Left[]) => Counter) => {
  const { chains, kinds, counts, kindsOf, guard } = people;
  const width = guard.attributes.length;
  const indexes = new Map<string, Index>();
  const indexFor = ({ level, asked }: Question): Index => {
    const name = `${level} ${asked}`;
    const known = indexes.get(name) ?? indexOf(people, level, asked);
    indexes.set(name, known);
    return known;
  };
  const saying = ({ codes }: Question, said: number, index: Index): readonly number[] =>
    index.get(said)?.get(part(codes, 0, width, said)) ?? [];
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
          !kinds[kind].some((chain) => hasLeft(chain, question.level) && agrees(chains[chain], question));
        for (const chain of saying(question, question.asked, indexFor(question))) {
          if (hasLeft(chain, question.level)) continue;
          for (const kind of kindsOf[chain]) {
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
