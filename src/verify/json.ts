/** A value read from JSON or Avro. */
export type Value = null | boolean | number | bigint | string | Uint8Array | readonly Value[] | { readonly [name: string]: Value };

export const isObject = (value: unknown): value is { readonly [name: string]: Value } =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

const utf8 = new TextDecoder('utf-8', { fatal: true });

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

/** What a JSON text looks like from outside; nothing in it is judged here. */
export interface Survey {
  /** Containers inside each other, the outermost being 1. */
  readonly depth: number;
  /** Containers and commas. */
  readonly items: number;
  /** UTF-8 bytes between the quotes of the longest string, as written. */
  readonly longestString: number;
  /** An object names a key twice, after escapes are undone; `top`: the outermost object does. */
  readonly duplicate: 'none' | 'top' | 'inside';
  /** An escape makes half a surrogate pair. */
  readonly illFormed: boolean;
  /** Text of each member of the outermost object. */
  readonly members: ReadonlyMap<string, string>;
}

const endOfString = (text: string, start: number): number => {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
};

const skipSpace = (text: string, from: number): number => {
  let at = from;
  while (text[at] === ' ' || text[at] === '\t' || text[at] === '\n' || text[at] === '\r') at++;
  return at;
};

/** Walks a text that `JSON.parse` accepts, character by character. */
export const survey = (text: string): Survey => {
  const open: (Set<string> | null)[] = [];
  const members = new Map<string, string>();
  let [depth, items, longestString] = [0, 0, 0];
  let duplicate: Survey['duplicate'] = 'none';
  let illFormed = false;
  let member: { key: string; start: number } | null = null;
  const endMember = (at: number): void => {
    if (open.length === 1 && member !== null) members.set(member.key, text.slice(member.start, at).trim());
    if (open.length === 1) member = null;
  };
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '{' || char === '[') {
      open.push(char === '{' ? new Set() : null);
      depth = Math.max(depth, open.length);
      items++;
    } else if (char === '}' || char === ']') {
      endMember(at);
      open.pop();
    } else if (char === ',') {
      endMember(at);
      items++;
    } else if (char === '"') {
      const end = endOfString(text, at);
      longestString = Math.max(longestString, Buffer.byteLength(text.slice(at + 1, end - 1)));
      const string = JSON.parse(text.slice(at, end)) as string;
      if (!string.isWellFormed()) illFormed = true;
      const after = skipSpace(text, end);
      const keys = open[open.length - 1];
      if (keys && text[after] === ':') {
        if (keys.has(string)) duplicate = open.length === 1 ? 'top' : duplicate === 'none' ? 'inside' : duplicate;
        keys.add(string);
        if (open.length === 1) member = { key: string, start: after + 1 };
      }
      at = end - 1;
    }
  }
  return { depth, items, longestString, duplicate, illFormed, members };
};

export const hasDuplicateKeys = (text: string): boolean => survey(text).duplicate !== 'none';
