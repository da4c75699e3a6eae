import type { RowBlock } from '../../model/dataset.ts';
import { canonicalise, fold, type IdentifierKind } from '../../policy/canonical/index.ts';
import { createInterner } from '../sources.ts';
import type { GuardedAttribute, GuardRule } from './rules.ts';

/** What a row does not say, or says as nobody lists it: it could be anything. */
export const UNKNOWN = -1;

/** Text of a column in a row; null when it is missing. */
export type Cells = (column: number) => string | null;

/** The rows of a block, one by one. `cells` is good until the next row. */
export const rowsOf = ({ count, columns }: RowBlock, take: (cells: Cells) => void): void => {
  let row = 0;
  const cells: Cells = (column) => {
    const { bytes, start, length } = columns[column];
    return length[row] < 0 ? null : Buffer.from(bytes.buffer, bytes.byteOffset + start[row], length[row]).toString('utf8');
  };
  for (; row < count; row++) take(cells);
};

const NUMBER = /^[+-]?\d+(\.\d+)?$/;

/** The one spelling of a registered value; of positions the numbers count, however they are written. */
export const spellingOf = (kind: IdentifierKind | null, text: string): string => {
  const plain = kind === null ? fold(text).trim() : canonicalise(kind, text);
  const parts = kind === 'position' ? plain.split(/[,;]/) : [];
  return parts.length === 2 && parts.every((part) => NUMBER.test(part)) ? parts.map(Number).join(',') : plain;
};

/** What the rows of a dataset are in the terms of one view: per path level and attribute the number of a text. */
export interface Climber {
  /** Codes of a row, by path level and attribute. `codes` is written anew by the next row. */
  readonly codes: (cells: Cells) => Int32Array;
  /** Whether the last row said, of every attribute, what any level shows of it. */
  readonly isMapped: () => boolean;
  /** Number of a text that left; one that no row has is told apart from all that any has. */
  readonly numberOf: (text: string) => number;
}

/** Answers by their raw texts; positions are all different, so there is an end to what is remembered. */
const REMEMBERED = 1 << 16;
const ABSENT = -2;

/** Climbs rows by the ladders of the checker. */
export const createClimber = ({ attributes, view }: GuardRule): Climber => {
  const numbers = createInterner();
  numbers.of('*');
  const known = attributes.map(() => new Map<string, Int32Array>());
  const width = attributes.length;
  const codes = new Int32Array(view.path.length * width);
  let isMapped = true;
  const look = (attribute: GuardedAttribute, texts: readonly (string | null)[], own: Map<string, Int32Array>): Int32Array => {
    const key = JSON.stringify(texts);
    const found = own.get(key) ?? climbed(attribute, texts, numbers.of);
    if (own.size >= REMEMBERED) own.clear();
    own.set(key, found);
    return found;
  };
  return {
    codes(cells) {
      isMapped = true;
      for (const [a, attribute] of attributes.entries()) {
        const texts = attribute.inputs.map(({ column }) => cells(column));
        const found = look(attribute, texts, known[a]);
        for (const [level, code] of found.entries()) codes[level * width + a] = code;
        const coarsest = attribute.levels.findLastIndex((level) => level < attribute.ladder.levels.length);
        if (coarsest >= 0 && found[coarsest] === UNKNOWN) isMapped = false;
      }
      return codes;
    },
    isMapped: () => isMapped,
    numberOf(text) {
      const number = numbers.find(text);
      return number < 0 ? ABSENT : number;
    },
  };
};

/** Number of the text at each path level. At `*` everybody is alike. */
const climbed = (
  { ladder, inputs, levels }: GuardedAttribute,
  texts: readonly (string | null)[],
  numberOf: (text: string) => number,
): Int32Array => {
  const held = new Map(inputs.map(({ axis }, i) => [axis, texts[i]?.trim()]));
  const isSaid = !texts.includes(null) && (ladder.lists?.(held) ?? true);
  const climb = isSaid ? ladder.climb(held, 0, 0) : [];
  return Int32Array.from(levels, (level) => {
    if (level === ladder.levels.length) return numberOf('*');
    const text = climb === 'future' ? null : (climb[level] ?? null);
    return text === null ? UNKNOWN : numberOf(text);
  });
};
