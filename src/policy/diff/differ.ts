import { parseDuration } from '../duration.ts';
import type { PolicyPath } from '../report.ts';
import { CHANGES, type ChangeCode, type ChangeGroup } from './codes.ts';
import { isBelow, isSame, pathText } from './leaves.ts';
import type { Resolved } from './side.ts';

/** One thing in which a policy differs from the one before, in words for somebody who reads no YAML. */
export interface Change {
  readonly code: ChangeCode;
  readonly kind: 'loosens' | 'tightens' | 'neutral';
  readonly group: ChangeGroup;
  /** Where in the policy: `views.feature-usage.k`; `files.<name>` for what a file says. */
  readonly path: string;
  /** The same, segment by segment. */
  readonly at: PolicyPath;
  readonly words: string;
}

/** What rules look at, and where they tell what they found. */
export interface Differ {
  readonly before: Resolved;
  readonly after: Resolved;
  readonly changes: Change[];
  /** Tells a change at a path. Whoever does has judged everything below that path. */
  tell(code: ChangeCode, at: PolicyPath, words: string): void;
  /** Tells what follows from changes that were judged elsewhere. */
  follow(code: ChangeCode, at: PolicyPath, words: string): void;
  /** What a file says was judged. */
  judged(file: string): void;
  /** Whether everything at a path was judged. */
  isJudged(at: PolicyPath): boolean;
  isFileJudged(file: string): boolean;
}

/** A purpose could hold what hides the lines around it from whoever reads them on a terminal. */
const UNPRINTABLE = /\p{C}/gu;
const UNKNOWN = '\u{fffd}';

export const createDiffer = (before: Resolved, after: Resolved): Differ => {
  const changes: Change[] = [];
  const paths: PolicyPath[] = [];
  const files = new Set<string>();
  const follow: Differ['follow'] = (code, at, words) => {
    const { kind, group } = CHANGES[code];
    changes.push({ code, kind, group, at, path: pathText(at).replace(UNPRINTABLE, UNKNOWN), words: words.replace(UNPRINTABLE, UNKNOWN) });
  };
  return {
    before,
    after,
    changes,
    follow,
    tell(code, at, words) {
      paths.push(at);
      follow(code, at, words);
    },
    judged: (file) => void files.add(file),
    isJudged: (at) => paths.some((path) => isBelow(at, path)),
    isFileJudged: (file) => files.has(file),
  };
};

/** Says that nothing but the wording changed; does so only where the texts differ. */
export const restated = ({ tell }: Differ, at: PolicyPath, before: unknown, after: unknown): void => {
  if (!isSame(before, after)) tell('restated', at, 'it means what it meant');
};

/** How a number is told when it falls and when it rises. */
export interface Ordered {
  readonly less: readonly [code: ChangeCode, words: (from: string, to: string) => string];
  readonly more: readonly [code: ChangeCode, words: (from: string, to: string) => string];
}

/** A setting whose value is a number, and what it is when the policy does not say. */
interface Amount {
  readonly said: unknown;
  readonly value: number;
  readonly text: string;
}

export const amountOf = (said: unknown, otherwise: number): Amount => {
  const value = said === undefined ? otherwise : typeof said === 'number' ? said : Number.NaN;
  return { said, value, text: String(value) };
};

/** `otherwise` in ms; a policy that never says it keeps it for good. */
export const durationOf = (said: unknown, otherwise: number): Amount => {
  const value = said === undefined ? otherwise : typeof said === 'string' ? parseDuration(said) : Number.NaN;
  const text = typeof said === 'string' ? said : value === Number.POSITIVE_INFINITY ? 'without end' : `${value / 3_600_000}h`;
  return { said, value, text };
};

/** Tells which way an amount went. One that is no number is left to the net. */
export const compare = (differ: Differ, at: PolicyPath, before: Amount, after: Amount, ordered: Ordered): void => {
  if (before.value === after.value) restated(differ, at, before.said, after.said);
  if (!(before.value < after.value) && !(before.value > after.value)) return;
  const [code, words] = after.value < before.value ? ordered.less : ordered.more;
  differ.tell(code, at, words(before.text, after.text));
};

/** Members that came and went; lists of names are sets. Null when a side is no list of texts or numbers. */
export const membersOf = (
  before: unknown,
  after: unknown,
): { readonly added: readonly (string | number)[]; readonly removed: readonly (string | number)[] } | null => {
  const [a, b] = [before ?? [], after ?? []];
  if (!isNames(a) || !isNames(b)) return null;
  return { added: [...new Set(b)].filter((name) => !a.includes(name)), removed: [...new Set(a)].filter((name) => !b.includes(name)) };
};

const isNames = (value: unknown): value is readonly (string | number)[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string' || typeof item === 'number');

/** Codes for members that come and go, and what each means. */
export interface Membership {
  readonly added: readonly [code: ChangeCode, words: (names: string) => string];
  readonly removed: readonly [code: ChangeCode, words: (names: string) => string];
}

/** Tells which members of a list came and went. */
export const compareMembers = (differ: Differ, at: PolicyPath, before: unknown, after: unknown, told: Membership): void => {
  const members = membersOf(before, after);
  if (members === null) return;
  const { added, removed } = members;
  if (added.length > 0) differ.tell(told.added[0], at, told.added[1](quoted(added)));
  if (removed.length > 0) differ.tell(told.removed[0], at, told.removed[1](quoted(removed)));
  if (added.length === 0 && removed.length === 0) restated(differ, at, before, after);
};

const SHOWN = 8;

/** Names as a sentence has them, the first few of many. */
export const quoted = (names: readonly (string | number)[]): string => {
  const shown = names.slice(0, SHOWN).map((name) => `\`${name}\``);
  return names.length > SHOWN ? `${shown.join(', ')} and ${names.length - SHOWN} more` : shown.join(', ');
};

/** Pairs of what two maps have under the same name, and what only one of them has. */
export const pairs = <T>(
  before: Readonly<Record<string, T>> | undefined,
  after: Readonly<Record<string, T>> | undefined,
): readonly (readonly [name: string, before: T | undefined, after: T | undefined])[] => {
  const [a, b] = [new Map(Object.entries(before ?? {})), new Map(Object.entries(after ?? {}))];
  return [...new Set([...a.keys(), ...b.keys()])].map((name) => [name, a.get(name), b.get(name)] as const);
};
