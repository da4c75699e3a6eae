import type { Limits } from '../model/plan.ts';

/** A value read from JSON or Avro. */
export type Value = null | boolean | number | bigint | string | Uint8Array | readonly Value[] | { readonly [name: string]: Value };

export const isObject = (value: unknown): value is { readonly [name: string]: Value } =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

/** What `readJson` gives for a text that is no acceptable event. */
export const UNREADABLE = Symbol('unreadable');

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads one JSON text and refuses what could be read in two ways: invalid UTF-8, duplicate keys (RFC 8259, section 4,
 * leaves them open), and what is beyond the limits.
 */
export const readJson = (bytes: Uint8Array, limits: Limits): Value | typeof UNREADABLE => {
  try {
    const text = utf8.decode(bytes);
    const value = JSON.parse(text) as Value;
    return hasDuplicateKeys(text) || !withinLimits(value, limits) ? UNREADABLE : value;
  } catch {
    return UNREADABLE;
  }
};

/** Walks a text that `JSON.parse` accepts and compares the keys of each object, after their escapes. */
export const hasDuplicateKeys = (text: string): boolean => {
  const open: (Set<string> | null)[] = [];
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '{') open.push(new Set());
    else if (char === '[') open.push(null);
    else if (char === '}' || char === ']') open.pop();
    else if (char === '"') {
      const end = endOfString(text, at);
      const keys = open[open.length - 1];
      if (keys && isKey(text, end)) {
        const key = JSON.parse(text.slice(at, end)) as string;
        if (keys.has(key)) return true;
        keys.add(key);
      }
      at = end - 1;
    }
  }
  return false;
};

const endOfString = (text: string, start: number): number => {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
};

const isKey = (text: string, after: number): boolean => {
  let at = after;
  while (text[at] === ' ' || text[at] === '\t' || text[at] === '\n' || text[at] === '\r') at++;
  return text[at] === ':';
};

/** Depth counts containers, the outermost being 1; items are those of one container; strings are measured in UTF-8. */
export const withinLimits = (value: Value, limits: Limits, depth = 1): boolean => {
  if (typeof value === 'string') return value.length * 3 <= limits.stringBytes || Buffer.byteLength(value) <= limits.stringBytes;
  if (Array.isArray(value)) {
    return depth <= limits.depth && value.length <= limits.items && value.every((item) => withinLimits(item, limits, depth + 1));
  }
  if (!isObject(value)) return true;
  const items = Object.entries(value);
  if (depth > limits.depth || items.length > limits.items) return false;
  return items.every(([key, item]) => withinLimits(key, limits) && withinLimits(item, limits, depth + 1));
};
