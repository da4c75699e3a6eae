import { FIRST_CONTROL_KEY } from '../model/keys.ts';
import { controlKeyAt, lastControlKey } from './control-keys.ts';
import type { Renewal } from './names.ts';
import type { Refusal } from './refusals.ts';
import type { ControlSubject } from './shape.ts';
import type { ControlState } from './state.ts';

const FIRST = FIRST_CONTROL_KEY.number;

const keyOf = ({ key = FIRST }: ControlSubject): number => key;

const renewalsOf = (subject: ControlSubject): Renewal[] =>
  (subject.renewed ?? []).map((renewed, i) => ({ key: keyOf(subject), token: subject.tokens[i], renewed }));

/** Whether anything is kept of whom a token names. */
export const isNamed = ({ names, bindings, households, consents, erasures, ages }: ControlState, token: string): boolean => {
  const root = names.rootOf(token);
  return households.has(root) || [bindings, consents, erasures, ages].some((said) => said.has(root));
};

/** Roots of everybody of whom anything is kept. */
export const namedRoots = ({ bindings, households, consents, erasures, ages }: ControlState): ReadonlySet<string> =>
  new Set([...households, ...[bindings, consents, erasures, ages].flatMap((said) => [...said.keys()])]);

/** Whether a token can be one under a key: not known as one under another, nor meant to become one. */
const canBe = (state: ControlState, token: string, key: number): boolean => {
  if (state.staged?.tokens.has(token)) return false;
  const known = state.names.keyOf(token);
  if (known !== null) return known === key;
  return key === FIRST || !isNamed(state, token);
};

/** The name under a key of a token that may not be known yet. */
const under = ({ names }: ControlState, token: string, own: number, key: number): string | null => {
  if (own === key) return token;
  return names.keyOf(token) === null ? null : names.under(token, key);
};

/** One subject has one token under each key, and a token is of one subject. */
const canJoin = (state: ControlState, { key, token, renewed }: Renewal): boolean => {
  const next = under(state, token, key, key + 1);
  if (next !== null) return next === renewed;
  const before = under(state, renewed, key + 1, key);
  if (before !== null) return before === token;
  // Of whom something is kept under each of them nobody says that they are one: they had to be joined before.
  return state.names.keyOf(renewed) === null || !isNamed(state, token);
};

/** Whether the names that one record gives agree with each other. */
const agree = (subjects: readonly ControlSubject[]): boolean => {
  const keys = new Map<string, number>();
  const next = new Map<string, string>();
  const before = new Map<string, string>();
  const isSame = <T>(map: Map<string, T>, token: string, value: T): boolean =>
    (map.get(token) ?? map.set(token, value).get(token)) === value;
  return subjects.every(
    (subject) =>
      subject.tokens.every((token) => isSame(keys, token, keyOf(subject))) &&
      renewalsOf(subject).every(
        ({ key, token, renewed }) => isSame(keys, renewed, key + 1) && isSame(next, token, renewed) && isSame(before, renewed, token),
      ),
  );
};

/** Whether every window that is not over at a time, ms, would know a token of the subject. */
const reaches = (state: ControlState, subject: ControlSubject, atMs: number): boolean => {
  const [from, to] = [controlKeyAt(state, atMs).number, lastControlKey(state).number];
  const own = keyOf(subject);
  return subject.tokens.every((token, i) => {
    const renewed = subject.renewed?.[i];
    for (let key = from; key <= to; key++) {
      const isThere = under(state, token, own, key) !== null || (renewed !== undefined && under(state, renewed, own + 1, key) !== null);
      if (!isThere) return false;
    }
    return true;
  });
};

/**
 * Why a record cannot be about these subjects, as it names them; null: it can. While windows of two control keys are open a record has
 * to name them under both, else it would hold on one side only.
 */
export const namingRefusal = (state: ControlState, subjects: readonly ControlSubject[], atMs: number): Refusal | null => {
  const last = lastControlKey(state).number;
  for (const subject of subjects) {
    const { tokens, renewed } = subject;
    const key = keyOf(subject);
    if (key > last || (renewed !== undefined && (key + 1 !== last || renewed.length !== tokens.length))) return 'contradiction';
    if (!tokens.every((token) => canBe(state, token, key)) || !(renewed ?? []).every((token) => canBe(state, token, key + 1)))
      return 'contradiction';
    if (!renewalsOf(subject).every((renewal) => canJoin(state, renewal))) return 'contradiction';
  }
  if (!agree(subjects)) return 'contradiction';
  return subjects.every((subject) => reaches(state, subject, atMs)) ? null : 'not-rekeyed';
};

/** Learns the names of a subject of which `namingRefusal` says nothing; returns the roots by which things are kept of it. */
export const introduce = ({ names }: ControlState, subject: ControlSubject): readonly string[] => {
  for (const renewal of renewalsOf(subject)) names.join(renewal);
  for (const token of subject.tokens) names.know(token, keyOf(subject));
  return [...new Set(subject.tokens.map((token) => names.rootOf(token)))];
};
