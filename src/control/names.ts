/** A subject's names: its control tokens, one under each control key that it was known by. */
interface Name {
  /** The one by which everything that was said of it is kept: it never changes once something was. */
  readonly root: string;
  /** By number of the key. */
  readonly tokens: Map<number, string>;
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

const FIRST = 1;

export const createNames = (): Names => {
  const names = new Map<string, Name>();
  const make = (token: string, key: number): Name => {
    const name = { root: token, tokens: new Map([[key, token]]) };
    names.set(token, name);
    return name;
  };
  const add = (name: Name, key: number, token: string): void => {
    name.tokens.set(key, token);
    names.set(token, name);
  };
  const keyOf = (token: string): number | null => {
    for (const [key, own] of names.get(token)?.tokens ?? []) if (own === token) return key;
    return null;
  };
  return {
    keyOf,
    rootOf: (token) => names.get(token)?.root ?? token,
    under(token, key) {
      const name = names.get(token);
      if (name === undefined) return key === FIRST ? token : null;
      return name.tokens.get(key) ?? null;
    },
    know(token, key) {
      if (key !== FIRST && !names.has(token)) make(token, key);
    },
    join({ key, token, renewed }) {
      const old = names.get(token);
      const fresh = names.get(renewed);
      if (fresh === undefined) add(old ?? make(token, key), key + 1, renewed);
      // It was named under the new key first: what was said of it stands there.
      else if (old !== fresh) for (const [number, own] of old?.tokens ?? [[key, token] as const]) add(fresh, number, own);
    },
  };
};
