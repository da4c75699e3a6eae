import { createHash } from 'node:crypto';

const SEPARATORS = /[\s:._{}\-/]/g;

const joined = (text: string): string => text.replace(SEPARATORS, '');

/** Seven digits stand in some digest or time of any log by chance: a coordinate without its point tells nothing when it is short. */
const isTelling = (text: string): boolean => !/^\d{1,9}$/.test(text);

/** Any spelling of base64: a text at each of the three places where it can begin, without the characters that its neighbours share. */
const base64Forms = (bytes: Buffer): string[] =>
  [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const from = shift === 0 ? 0 : shift + 1;
    return text.slice(from, (bytes.length + shift) % 3 === 0 ? undefined : -1);
  });

const percent = (text: string): string => [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

/** Digests that anybody can make of a value; hex and base64 of each. */
const digests = (text: string): string[] =>
  ['md5', 'sha1', 'sha256'].flatMap((algorithm) => {
    const digest = createHash(algorithm).update(text).digest();
    return [digest.toString('hex'), digest.toString('base64').replace(/=+$/, '')];
  });

/**
 * Everything that a value could have become without a key: case, separators, hex, base64, percent and JSON escapes,
 * reversed, hashed. Forms in lower case are compared without case.
 */
export const formsOf = (value: string): { readonly folded: readonly string[]; readonly exact: readonly string[] } => {
  const spellings = [...new Set([value, ...[value.toLowerCase(), value.toUpperCase(), joined(value), joined(value.toLowerCase())].filter(isTelling)])]; // biome-ignore format: a list
  const escaped = [...value].map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
  return {
    folded: [
      ...spellings,
      ...spellings.map((text) => [...text].reverse().join('')),
      ...spellings.map((text) => Buffer.from(text).toString('hex')),
      ...spellings.map(percent),
      encodeURIComponent(value),
      escaped,
      ...spellings.flatMap((text) => digests(text).filter((_, i) => i % 2 === 0)),
    ].map((text) => text.toLowerCase()),
    exact: [
      ...spellings.flatMap((text) => base64Forms(Buffer.from(text))),
      ...spellings.flatMap((text) => digests(text).filter((_, i) => i % 2 === 1)),
    ],
  };
};

/** Needles by their first characters: one pass over a text finds thousands. */
interface Index {
  readonly byHead: ReadonlyMap<string, readonly (readonly [needle: string, value: string])[]>;
}

const HEAD = 6;

const indexOf = (pairs: readonly (readonly [needle: string, value: string])[]): Index => {
  const byHead = new Map<string, (readonly [string, string])[]>();
  for (const pair of pairs) {
    if (pair[0].length < HEAD) throw new Error('a needle is too short to mean anything');
    const head = pair[0].slice(0, HEAD);
    const known = byHead.get(head);
    if (known === undefined) byHead.set(head, [pair]);
    else known.push(pair);
  }
  return { byHead };
};

const scan = (text: string, { byHead }: Index, found: Set<string>): void => {
  for (let i = 0; i + HEAD <= text.length; i++) {
    for (const [needle, value] of byHead.get(text.slice(i, i + HEAD)) ?? []) if (text.startsWith(needle, i)) found.add(value);
  }
};

/** Searches bytes for any form of any value. */
export interface Search {
  /** The values that are found, sorted. */
  in(haystack: Uint8Array): string[];
}

export const createSearch = (values: Iterable<string>): Search => {
  const folded: (readonly [string, string])[] = [];
  const exact: (readonly [string, string])[] = [];
  for (const value of values) {
    const forms = formsOf(value);
    for (const form of new Set(forms.folded)) folded.push([form, value]);
    for (const form of new Set(forms.exact)) exact.push([form, value]);
  }
  const foldedIndex = indexOf(folded);
  const exactIndex = indexOf(exact);
  const inText = (text: string, found: Set<string>): void => {
    scan(text.toLowerCase(), foldedIndex, found);
    scan(joined(text.toLowerCase()), foldedIndex, found);
    scan(text, exactIndex, found);
  };
  return {
    in(haystack) {
      const found = new Set<string>();
      const text = Buffer.from(haystack).toString('latin1');
      inText(text, found);
      // What stands in base64 (sealed parts) is searched as the bytes that it is, too.
      for (const [blob] of text.matchAll(/[A-Za-z0-9+/]{24,}={0,2}/g))
        scan(Buffer.from(blob, 'base64').toString('latin1').toLowerCase(), foldedIndex, found);
      return [...found].sort();
    },
  };
};
