/** A value read from JSON or Avro. */
export type Value = null | boolean | number | bigint | string | Uint8Array | readonly Value[] | { readonly [name: string]: Value };

export const isObject = (value: unknown): value is { readonly [name: string]: Value } =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Bytes as text; null when they are no UTF-8. */
export const textOfBytes = (bytes: Uint8Array): string | null => {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
};

/** A JSON text as a value; undefined when it is none. */
export const parseJson = (text: string): Value | undefined => {
  try {
    return JSON.parse(text) as Value;
  } catch {
    return undefined;
  }
};

/** What a JSON value looks like from outside; nothing in it is judged here. */
export interface Looks {
  /** Containers inside each other, the outermost being 1. */
  depth: number;
  /** Containers and commas. */
  items: number;
  /** UTF-8 bytes between the quotes of the longest string, as written. */
  longestString: number;
  /** An object names a key twice, after escapes are undone; `top`: the outermost object does. */
  duplicate: 'none' | 'top' | 'inside';
  /** An escape makes half a surrogate pair. */
  illFormed: boolean;
}

/** The looks of a text, and of one member of its outermost object by itself. */
export interface Survey {
  readonly whole: Looks;
  readonly inner: Looks;
  /** Text of each member of the outermost object. */
  readonly members: ReadonlyMap<string, string>;
}

const [QUOTE, COMMA, OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [34, 44, 123, 125, 91, 93];

const newLooks = (): Looks => ({ depth: 0, items: 0, longestString: 0, duplicate: 'none', illFormed: false });

/** Index after the closing quote of the string that opens at `start`. */
const endOfString = (text: string, start: number): number => {
  let quote = text.indexOf('"', start + 1);
  // A quote behind an odd number of backslashes is part of the string.
  for (let at = quote - 1; text[at] === '\\'; at = quote - 1) {
    while (text[at] === '\\') at--;
    if ((quote - at) % 2 === 1) break;
    quote = text.indexOf('"', quote + 1);
  }
  return quote + 1;
};

const skipSpace = (text: string, from: number): number => {
  let at = from;
  while (text[at] === ' ' || text[at] === '\t' || text[at] === '\n' || text[at] === '\r') at++;
  return at;
};

const takeString = (looks: Looks, written: string, string: string): void => {
  if (written.length * 3 > looks.longestString) looks.longestString = Math.max(looks.longestString, Buffer.byteLength(written));
  if (string !== written && !string.isWellFormed()) looks.illFormed = true;
};

const takeDuplicate = (looks: Looks, isTop: boolean): void => {
  if (isTop || looks.duplicate === 'none') looks.duplicate = isTop ? 'top' : 'inside';
};

/** Walks a text that `JSON.parse` accepts, from one mark to the next; `name` is the member that is looked at by itself. */
export const survey = (text: string, name = ''): Survey => {
  const open: (Set<string> | null)[] = [];
  const members = new Map<string, string>();
  const whole = newLooks();
  const inner = newLooks();
  let member: { key: string; start: number } | null = null;
  let looks = [whole];
  const endMember = (at: number): void => {
    if (open.length !== 1 || member === null) return;
    members.set(member.key, text.slice(member.start, at).trim());
    member = null;
    looks = [whole];
  };
  const string = (at: number, end: number): void => {
    const written = text.slice(at + 1, end - 1);
    const value = written.includes('\\') ? (JSON.parse(text.slice(at, end)) as string) : written;
    for (const one of looks) takeString(one, written, value);
    const keys = open[open.length - 1];
    const after = skipSpace(text, end);
    if (!keys || text[after] !== ':') return;
    if (keys.has(value)) for (const one of looks) takeDuplicate(one, open.length === (one === whole ? 1 : 2));
    keys.add(value);
    if (open.length > 1) return;
    member = { key: value, start: after + 1 };
    looks = value === name ? [whole, inner] : [whole];
  };
  for (let at = 0; at < text.length; at++) {
    const mark = text.charCodeAt(at);
    if (mark === QUOTE) {
      const end = endOfString(text, at);
      string(at, end);
      at = end - 1;
    } else if (mark === OPEN_OBJECT || mark === OPEN_ARRAY) {
      open.push(mark === OPEN_OBJECT ? new Set() : null);
      for (const one of looks) {
        one.depth = Math.max(one.depth, one === whole ? open.length : open.length - 1);
        one.items++;
      }
    } else if (mark === COMMA) {
      endMember(at);
      for (const one of looks) one.items++;
    } else if (mark === CLOSE_OBJECT || mark === CLOSE_ARRAY) {
      endMember(at);
      open.pop();
    }
  }
  return { whole, inner, members };
};

export const hasDuplicateKeys = (text: string): boolean => survey(text).whole.duplicate !== 'none';
