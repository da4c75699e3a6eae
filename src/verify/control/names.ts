import type { Sealed } from './payload.ts';

/** A subject, by its tokens under each control key that it was named by. */
interface Person {
  readonly tokens: Map<number, string>;
}

/** One token as a record gives it. */
interface Claim {
  readonly token: string;
  readonly key: number;
  /** The token of the same id under the next key. */
  readonly next: string | null;
}

/** Whom control records named so far. */
export interface Register {
  /** What is wrong with how a record names these subjects, when windows of the control keys from one number to another are not over. */
  wrongIn(subjects: readonly Sealed[], openKey: number, lastKey: number, isReserved: (token: string) => boolean): string | null;
  /** Takes the names of subjects with which nothing is wrong. */
  enter(subjects: readonly Sealed[]): void;
  /** The control key of a token; undefined: nobody was named by it. */
  keyOf(token: string): number | undefined;
  /** Tokens under a key of everybody; undefined: somebody has none. */
  allUnder(key: number): Iterable<string | undefined>;
  /** Gives somebody another name. */
  rename(token: string, to: string, key: number): void;
}

const claimsOf = ({ tokens, renewed, key = 1 }: Sealed): Claim[] => tokens.map((token, i) => ({ token, key, next: renewed?.[i] ?? null }));

/** Two claims that cannot both be true. */
const clash = (a: Claim, b: Claim): boolean => {
  if (a.token === b.token) return a.key !== b.key || (a.next !== null && b.next !== null && a.next !== b.next);
  if (a.next !== null && a.next === b.next) return true;
  const isSecond = (one: Claim, other: Claim): boolean => one.next === other.token && one.key + 1 !== other.key;
  return isSecond(a, b) || isSecond(b, a);
};

export const createRegister = (): Register => {
  const people = new Set<Person>();
  const byToken = new Map<string, Person>();
  const keyOf = (token: string): number | undefined => [...(byToken.get(token)?.tokens ?? [])].find(([, own]) => own === token)?.[0];
  const isTrue = ({ token, key, next }: Claim): boolean => {
    if ((keyOf(token) ?? key) !== key) return false;
    if (next === null) return true;
    if ((keyOf(next) ?? key + 1) !== key + 1) return false;
    const [own, other] = [byToken.get(token), byToken.get(next)];
    if ((own?.tokens.get(key + 1) ?? next) !== next || (other?.tokens.get(key) ?? token) !== token) return false;
    return own === undefined || other === undefined || own === other;
  };
  /** Every key that a claim's subject would have a token under. */
  const keysOf = ({ token, key, next }: Claim): Set<number> =>
    new Set([
      key,
      ...(byToken.get(token)?.tokens.keys() ?? []),
      ...(next === null ? [] : [key + 1, ...(byToken.get(next)?.tokens.keys() ?? [])]),
    ]);
  const put = (person: Person, token: string, key: number): void => {
    person.tokens.set(key, token);
    byToken.set(token, person);
  };
  return {
    keyOf,
    wrongIn(subjects, openKey, lastKey, isReserved) {
      for (const { key = 1, tokens, renewed } of subjects) {
        if (key > lastKey) return 'contradiction';
        if (renewed !== undefined && (renewed.length !== tokens.length || key !== lastKey - 1)) return 'contradiction';
        if ([...tokens, ...(renewed ?? [])].some(isReserved)) return 'contradiction';
      }
      const claims = subjects.flatMap(claimsOf);
      if (!claims.every(isTrue)) return 'contradiction';
      if (claims.some((one, i) => claims.slice(i + 1).some((other) => clash(one, other)) || one.next === one.token)) return 'contradiction';
      for (const claim of claims) {
        const keys = keysOf(claim);
        for (let key = openKey; key <= lastKey; key++) if (!keys.has(key)) return 'not-rekeyed';
      }
      return null;
    },
    enter(subjects) {
      for (const { token, key, next } of subjects.flatMap(claimsOf)) {
        const known = byToken.get(token) ?? (next === null ? undefined : byToken.get(next));
        const person = known ?? { tokens: new Map() };
        people.add(person);
        put(person, token, key);
        if (next !== null) put(person, next, key + 1);
      }
    },
    *allUnder(key) {
      for (const { tokens } of people) yield tokens.get(key);
    },
    rename(token, to, key) {
      const person = byToken.get(token);
      if (person !== undefined) put(person, to, key);
    },
  };
};
