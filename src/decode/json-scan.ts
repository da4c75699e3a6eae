import type { FaultName } from '../model/fault.ts';
import type { Limits } from '../model/plan.ts';

/**
 * Reads JSON text once, byte by byte, before anybody builds objects from it: bounds on depth, items and strings, keys that
 * occur twice, unpaired surrogates, and where the members of the top object lie. It is no parser: `JSON.parse` decides
 * what is JSON. Linear in the bytes, no recursion, so nothing can stall it.
 */
export interface Scan {
  /** The first bound or rule that is broken; null when there is none. */
  readonly fault: FaultName | null;
  /** Members of the top object: unescaped key, span of the value. Empty when the text is no object. */
  readonly members: readonly Member[];
}

export interface Member {
  readonly key: string;
  readonly start: number;
  readonly end: number;
}

const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;
const COLON = 58;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;
const OPEN_ARRAY = 91;
const CLOSE_ARRAY = 93;

const isSpace = (byte: number): boolean => byte === 32 || byte === 10 || byte === 13 || byte === 9;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Text of a JSON string token (with its quotes); null when it is none or holds an unpaired surrogate. */
const unescape = (bytes: Uint8Array, start: number, end: number, escaped: boolean): string | null => {
  try {
    if (!escaped) return utf8.decode(bytes.subarray(start + 1, end - 1));
    const text: unknown = JSON.parse(utf8.decode(bytes.subarray(start, end)));
    return typeof text === 'string' && text.isWellFormed() ? text : null;
  } catch {
    return null;
  }
};

/** One open object or array while scanning. `keys` is null for arrays and where keys are not compared. */
interface Frame {
  readonly object: boolean;
  readonly keys: Set<string> | null;
  expectsKey: boolean;
}

/** Scans `bytes[start, end)`. `deep` compares keys at every level; otherwise only those of the top object. */
export const scanJson = (bytes: Uint8Array, start: number, end: number, limits: Limits, deep = true): Scan => {
  const members: Member[] = [];
  const frames: Frame[] = [];
  let items = 0;
  let key: string | null = null;
  let valueAt = -1;
  const fail = (fault: FaultName): Scan => ({ fault, members });
  const close = (at: number): void => {
    if (frames.length !== 1 || key === null || valueAt < 0) return;
    let stop = at;
    while (stop > valueAt && isSpace(bytes[stop - 1])) stop--;
    members.push({ key, start: valueAt, end: stop });
    key = null;
    valueAt = -1;
  };
  for (let i = start; i < end; i++) {
    const byte = bytes[i];
    if (isSpace(byte)) continue;
    const frame = frames[frames.length - 1];
    if (frames.length === 1 && valueAt < 0 && key !== null && byte !== COLON) valueAt = i;
    if (byte === QUOTE) {
      let stop = i + 1;
      let escaped = false;
      while (stop < end && bytes[stop] !== QUOTE) {
        if (bytes[stop] === BACKSLASH) {
          escaped = true;
          stop++;
        }
        stop++;
      }
      if (stop >= end) return fail('bad-json');
      if (stop - i - 1 > limits.stringBytes) return fail('string-too-long');
      const isKey = frame?.object === true && frame.expectsKey;
      if (isKey || escaped) {
        const text = unescape(bytes, i, stop + 1, escaped);
        if (text === null) return fail(escaped ? 'bad-text' : 'bad-json');
        if (isKey) {
          if (frame.keys?.has(text)) return fail('duplicate-key');
          frame.keys?.add(text);
          frame.expectsKey = false;
          if (frames.length === 1) key = text;
        }
      }
      i = stop;
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      if (frames.length >= limits.depth) return fail('too-deep');
      if (++items > limits.items) return fail('too-many-items');
      const object = byte === OPEN_OBJECT;
      frames.push({ object, keys: object && (deep || frames.length === 0) ? new Set() : null, expectsKey: object });
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      if (frame === undefined || frame.object !== (byte === CLOSE_OBJECT)) return fail('bad-json');
      close(i);
      frames.pop();
    } else if (byte === COMMA) {
      if (frame === undefined) return fail('bad-json');
      if (++items > limits.items) return fail('too-many-items');
      close(i);
      if (frame.object) frame.expectsKey = true;
    }
  }
  return frames.length === 0 ? { fault: null, members } : fail('bad-json');
};
