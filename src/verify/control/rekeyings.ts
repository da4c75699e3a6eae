import type { Rules } from '../rules.ts';
import { createRegister, type Register } from './names.ts';
import type { Saying, Sealed } from './payload.ts';

type Rekey = Extract<Saying, { readonly kind: 'rekey' }>;
type Of<S extends Rekey['state']> = Extract<Rekey, { readonly state: S }>;

/** Whether anything was said of a key epoch that begins at a time, ms. */
type IsCut = (startMs: number) => boolean;

/** Control keys of windows. */
export interface ControlKeys {
  /** Number of the control key of a window by its start, ms. */
  numberOf(windowStartMs: number): number;
  readonly destroyed: ReadonlySet<number>;
}

export const createControlKeys = (sayings: readonly Saying[]): ControlKeys => {
  const words = sayings.filter((saying): saying is Rekey => saying.kind === 'rekey');
  const begun = words.filter((word): word is Of<'active'> => word.state === 'active');
  return {
    numberOf: (windowStartMs) => 1 + begun.filter(({ from }) => from <= windowStartMs).length,
    destroyed: new Set(words.filter(({ state }) => state === 'destroyed').map(({ key }) => key)),
  };
};

/** The part of a control log's judgement that is about control keys, and whom records name by tokens under them. */
export interface Rekeyings {
  /** What is wrong with a word on control keys; null: nothing. */
  wrongWith(word: Rekey, atMs: number, isCutAlready: IsCut): string | null;
  /** What is wrong with how a record names subjects. */
  wrongNames(subjects: readonly Sealed[], atMs: number): string | null;
  /** Takes what was applied. */
  take(saying: Saying): void;
}

/** Whom a record is about. */
export const subjectsOf = (saying: Saying): readonly Sealed[] => {
  if (saying.kind === 'binding') return saying.household === null ? [saying.subject] : [saying.subject, saying.household];
  return 'subject' in saying ? [saying.subject] : [];
};

/** New tokens that are meant for a key which is not in force, by those before them, and the other way round. */
interface Meant {
  readonly commitment: string;
  readonly next: Map<string, string>;
  readonly before: Map<string, string>;
}

/** What was applied so far. */
interface Book {
  readonly register: Register;
  readonly begun: Of<'active'>[];
  readonly destroyed: Set<number>;
  staged: Meant | null;
}

const meant = (commitment: string): Meant => ({ commitment, next: new Map(), before: new Map() });

const meantFor = ({ staged }: Book, commitment: string): Meant => (staged?.commitment === commitment ? staged : meant(commitment));

const note = ({ next, before }: Meant, [token, to]: readonly [string, string]): void => {
  next.set(token, to);
  before.set(to, token);
};

const lastKey = ({ begun }: Book): number => 1 + begun.length;

const openKey = ({ begun }: Book, atMs: number): number => 1 + begun.filter(({ from }) => from <= atMs).length;

const isTurnOf = (book: Book, key: number, atMs: number): boolean => key === lastKey(book) + 1 && openKey(book, atMs) === lastKey(book);

const longestMs = ({ views }: Rules): number => Math.max(0, ...views.map(({ windowMs }) => windowMs));

const wrongAliases = (book: Book, { key, commitment, aliases }: Of<'staged'>, atMs: number): string | null => {
  if (!isTurnOf(book, key, atMs)) return 'contradiction';
  const { register } = book;
  const own = meant(commitment);
  for (const alias of aliases) {
    const [token, to] = alias;
    for (const { next, before } of [meantFor(book, commitment), own]) {
      if (next.get(token) === to) continue;
      const isFree = !next.has(token) && !before.has(to) && register.keyOf(to) === undefined;
      if (!isFree || register.keyOf(token) !== lastKey(book)) return 'contradiction';
    }
    note(own, alias);
  }
  return null;
};

const wrongStart = (book: Book, word: Of<'active'>, atMs: number, rules: Rules, isCutAlready: IsCut): string | null => {
  const { key, commitment, from } = word;
  if (!isTurnOf(book, key, atMs) || isCutAlready(from)) return 'contradiction';
  if (rules.views.some(({ windowMs }) => from % windowMs !== 0)) return 'contradiction';
  if (from - atMs < longestMs(rules)) return 'too-soon';
  const { next } = meantFor(book, commitment);
  for (const token of book.register.allUnder(lastKey(book))) if (token === undefined || !next.has(token)) return 'not-rekeyed';
  return null;
};

const wrongEnd = ({ begun, destroyed }: Book, { key }: Of<'destroyed'>, atMs: number, rules: Rules): string | null => {
  // The first that was begun is key 2.
  const endMs = begun[key - 1]?.from;
  if (endMs === undefined || destroyed.has(key)) return 'contradiction';
  return atMs - endMs < longestMs(rules) ? 'too-soon' : null;
};

const takeWord = (book: Book, word: Rekey): void => {
  if (word.state === 'destroyed') book.destroyed.add(word.key);
  else if (word.state === 'staged') {
    book.staged = meantFor(book, word.commitment);
    for (const alias of word.aliases) note(book.staged, alias);
  } else {
    for (const [token, to] of meantFor(book, word.commitment).next) book.register.rename(token, to, word.key);
    book.staged = null;
    book.begun.push(word);
  }
};

export const createRekeyings = (rules: Rules): Rekeyings => {
  const book: Book = { register: createRegister(), begun: [], destroyed: new Set(), staged: null };
  const isReserved = (token: string): boolean => book.staged?.before.has(token) ?? false;
  return {
    wrongNames: (subjects, atMs) => book.register.wrongIn(subjects, openKey(book, atMs), lastKey(book), isReserved),
    wrongWith(word, atMs, isCutAlready) {
      if (word.state === 'staged') return wrongAliases(book, word, atMs);
      return word.state === 'active' ? wrongStart(book, word, atMs, rules, isCutAlready) : wrongEnd(book, word, atMs, rules);
    },
    take(saying) {
      if (saying.kind === 'rekey') takeWord(book, saying);
      else book.register.enter(subjectsOf(saying));
    },
  };
};
