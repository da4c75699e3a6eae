import { FIRST_CONTROL_KEY } from '../model/keys.ts';

/** A subject's names: its control tokens, one under each control key that it was known by. */
interface Name {
  /** The one by which everything that was said of it is kept: it never changes once something was. */
  readonly root: string;
  /** By number of the key. An array that is made anew is as short as can be: a log may name millions. */
  tokens: readonly (string | undefined)[];
}

/** One subject under two control keys that follow each other. */
export interface Renewal {
  readonly key: number;
  readonly token: string;
  readonly renewed: string;
}

/**
 * Which control tokens name one subject. Tokens of the first key that have no other name are not in it, so that who never makes another
 * key pays nothing.
 */
export interface Names {
  /** The token by which the state knows whom a token names. */
  rootOf(token: string): string;
  /** The token of the same subject under a control key; null: it has none. */
  under(token: string, key: number): string | null;
  /** The control key that a token is known to be under; null: nobody said. */
  keyOf(token: string): number | null;
  /** Knows a token of a key. */
  know(token: string, key: number): void;
  /** Knows that both are one subject. The token under the old key is new here, unless it is the root, or has the same one. */
  join(renewal: Renewal): void;
}

const FIRST = FIRST_CONTROL_KEY.number;

/** The tokens with one more of them. */
const withToken = (tokens: Name['tokens'], key: number, token: string): Name['tokens'] =>
  Array.from({ length: Math.max(tokens.length, key + 1) }, (_, number) => (number === key ? token : tokens[number]));

export const createNames = (): Names => {
  const names = new Map<string, Name>();
  const make = (token: string, key: number): Name => {
    const name = { root: token, tokens: withToken([], key, token) };
    names.set(token, name);
    return name;
  };
  const add = (name: Name, key: number, token: string): void => {
    name.tokens = withToken(name.tokens, key, token);
    names.set(token, name);
  };
  return {
    keyOf(token) {
      const key = names.get(token)?.tokens.indexOf(token) ?? -1;
      return key < 0 ? null : key;
    },
    rootOf: (token) => names.get(token)?.root ?? token,
    under(token, key) {
      const name = names.get(token);
      if (name === undefined) return key === FIRST ? token : null;
      return name.tokens[key] ?? null;
    },
    know(token, key) {
      if (key !== FIRST && !names.has(token)) make(token, key);
    },
    join({ key, token, renewed }) {
      const old = names.get(token);
      const fresh = names.get(renewed);
      if (fresh === undefined) return add(old ?? make(token, key), key + 1, renewed);
      if (old === fresh) return;
      // It was named under the new key first: what was said of it stands there.
      if (old === undefined) return add(fresh, key, token);
      for (const [number, own] of old.tokens.entries()) if (own !== undefined) add(fresh, number, own);
    },
  };
};
