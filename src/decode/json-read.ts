import type { FaultName } from '../model/fault.ts';
import type { Limits } from '../model/plan.ts';
import { scanJson } from './json-scan.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** JSON text that was read, or what is wrong with it. */
export type JsonRead = { readonly value: Readonly<Record<string, unknown>> } | { readonly fault: FaultName };

/**
 * Keys of an object and everything in it. `JSON.parse` keeps the last of equal keys, so that fewer than the text has
 * means that one repeats; comparing two numbers is cheaper than comparing keys.
 */
const countKeys = (top: unknown): number => {
  const rest: unknown[] = [top];
  let count = 0;
  for (let value = rest.pop(); value !== undefined; value = rest.pop()) {
    if (Array.isArray(value)) {
      for (const item of value) if (typeof item === 'object' && item !== null) rest.push(item);
      continue;
    }
    const object = value as Record<string, unknown>;
    for (const key of Object.keys(object)) {
      count++;
      if (typeof object[key] === 'object' && object[key] !== null) rest.push(object[key]);
    }
  }
  return count;
};

/** Reads `bytes[start, end)` as one JSON object within the limits. Never throws: what `JSON.parse` says quotes the text. */
export const readJson = (bytes: Buffer, start: number, end: number, limits: Limits): JsonRead => {
  const scan = scanJson(bytes, start, end, limits);
  if (scan.fault !== null) return { fault: scan.fault };
  let text: string;
  try {
    text = scan.isAscii ? bytes.toString('latin1', start, end) : utf8.decode(bytes.subarray(start, end));
  } catch {
    return { fault: 'bad-text' };
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { fault: 'bad-json' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { fault: 'not-an-object' };
  return countKeys(value) === scan.keys ? { value: value as Record<string, unknown> } : { fault: 'duplicate-key' };
};
