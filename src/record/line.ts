import { type Decoded, decoded, refused } from './decoded.ts';
import type { SealSession } from './seal.ts';

/** Version of all lines. */
export const LINE_VERSION = 1;

/** The last member of a line, which the others are bound to; base64 or hex. */
const LINE = /^(\{.*),"([a-z]+)":"([A-Za-z0-9+/=]*)"\}$/;

/** The clear part of a line, as canonical JSON, and its last member. */
export interface SplitLine {
  readonly clear: string;
  readonly last: string;
  /** The clear part, parsed; its version is known. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Adds the last member to a clear part. */
export const joinLine = (clear: string, name: string, last: string): string => `${clear.slice(0, -1)},"${name}":"${last}"}`;

/** Takes a line apart again. Whoever calls must still compare the clear part with the canonical text of its fields. */
export const splitLine = (line: string, name: string): Decoded<SplitLine> => {
  const match = LINE.exec(line);
  if (match === null || match[2] !== name) return refused('malformed');
  const clear = `${match[1]}}`;
  let fields: unknown;
  try {
    fields = JSON.parse(clear);
  } catch {
    // The parser's text quotes what it read.
    return refused('malformed');
  }
  if (!isFields(fields)) return refused('malformed');
  return fields['v'] === LINE_VERSION ? decoded({ clear, last: match[3], fields }) : refused('unknown-version');
};

/** A sealed line: the clear part, which is the associated data, and `plaintext` sealed in base64. */
export const sealLine = (session: SealSession, clear: string, plaintext: Uint8Array): string =>
  joinLine(clear, 'sealed', Buffer.from(session.seal(clear, plaintext)).toString('base64'));

/** Bytes of a base64 text; null unless it is the one text that encodes them. */
export const sealedBytes = (text: string): Uint8Array | null => {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
};

export const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whole numbers from 0: counts, offsets, partitions. */
export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** Times in ms and epochs: whole, and before 1970 negative. */
export const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);

export const isText = (value: unknown): value is string => typeof value === 'string';

/** SHA-256 in hex. */
export const isDigest = (value: unknown): value is string => isText(value) && /^[0-9a-f]{64}$/.test(value);
