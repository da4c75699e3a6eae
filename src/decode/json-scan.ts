import type { FaultName } from '../model/fault.ts';
import type { Limits } from '../model/plan.ts';
import { literalEnd, numberEnd, skipSpace, stringEnd, type Tokens } from './json-tokens.ts';

/**
 * Reads JSON text (RFC 8259) once, byte by byte, before anybody builds objects from it: its grammar, bounds on depth, items
 * and texts, unpaired surrogates, and where the members of the top object lie. Linear in the bytes and without recursion,
 * so that nothing can stall it. What it lets pass, `JSON.parse` reads; what it does not, nobody does.
 */
export interface Scan {
  /** The first bound or rule that is broken; null when there is none. */
  readonly fault: FaultName | null;
  /** Keys at all depths. An object that was built from the text has fewer when one of them repeats. */
  readonly keys: number;
  /** True when every byte is ASCII. */
  readonly isAscii: boolean;
}

/** A member of the top object: spans of its key (without quotes) and of its value. */
export interface Member {
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly isEscaped: boolean;
  readonly start: number;
  readonly end: number;
}

const QUOTE = 34;
const COMMA = 44;
const MINUS = 45;
const COLON = 58;
const OPEN_ARRAY = 91;
const CLOSE_ARRAY = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

/** What the grammar allows next. Each step below gives it for the byte after itself. */
type Expects = 'value' | 'first-item' | 'first-key' | 'key' | 'after-value';

interface Scanner extends Tokens {
  readonly limits: Limits;
  /** Open objects (1) and arrays (0), outermost first. */
  readonly open: number[];
  readonly members: Member[] | null;
  items: number;
  keys: number;
  /** Span of the last key of the top object, and where its value begins. */
  keyStart: number;
  keyEnd: number;
  isKeyEscaped: boolean;
  valueStart: number;
}

const fail = (scanner: Scanner, fault: FaultName): Expects => {
  scanner.fault ??= fault;
  return 'after-value';
};

const count = (scanner: Scanner): void => {
  if (++scanner.items > scanner.limits.items) fail(scanner, 'too-many-items');
};

const scanKey = (scanner: Scanner, byte: number): Expects => {
  if (byte !== QUOTE) return fail(scanner, 'bad-json');
  const start = scanner.at + 1;
  scanner.isEscaped = false;
  scanner.at = stringEnd(scanner, scanner.limits.stringBytes);
  if (scanner.open.length === 1) {
    scanner.keyStart = start;
    scanner.keyEnd = scanner.at - 1;
    scanner.isKeyEscaped = scanner.isEscaped;
  }
  scanner.keys++;
  scanner.at = skipSpace(scanner);
  if (scanner.at >= scanner.end || scanner.bytes[scanner.at] !== COLON) return fail(scanner, 'bad-json');
  scanner.at++;
  return 'value';
};

/** The value that began at `valueStart` is over. */
const endValue = (scanner: Scanner): Expects => {
  const { members, open } = scanner;
  if (members !== null && open.length === 1 && open[0] === 1 && scanner.fault === null) {
    const { keyStart, keyEnd, isKeyEscaped, valueStart, at } = scanner;
    members.push({ keyStart, keyEnd, isEscaped: isKeyEscaped, start: valueStart, end: at });
  }
  return 'after-value';
};

const close = (scanner: Scanner, byte: number): Expects => {
  const { open } = scanner;
  if (open.length === 0 || byte !== (open[open.length - 1] === 1 ? CLOSE_OBJECT : CLOSE_ARRAY)) return fail(scanner, 'bad-json');
  open.pop();
  scanner.at++;
  return endValue(scanner);
};

const scanValue = (scanner: Scanner, byte: number): Expects => {
  const { open, limits } = scanner;
  if (open.length === 1) scanner.valueStart = scanner.at;
  if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
    if (open.length >= limits.depth) return fail(scanner, 'too-deep');
    count(scanner);
    open.push(byte === OPEN_OBJECT ? 1 : 0);
    scanner.at++;
    return byte === OPEN_OBJECT ? 'first-key' : 'first-item';
  }
  if (byte === QUOTE) scanner.at = stringEnd(scanner, limits.stringBytes);
  else scanner.at = byte === MINUS || (byte >= 48 && byte <= 57) ? numberEnd(scanner) : literalEnd(scanner);
  return endValue(scanner);
};

const scanAfterValue = (scanner: Scanner, byte: number): Expects => {
  const { open } = scanner;
  if (byte !== COMMA || open.length === 0) return close(scanner, byte);
  count(scanner);
  scanner.at++;
  return open[open.length - 1] === 1 ? 'key' : 'value';
};

const step = (scanner: Scanner, expects: Expects): Expects => {
  const byte = scanner.bytes[scanner.at];
  switch (expects) {
    case 'value':
      return scanValue(scanner, byte);
    case 'first-item':
      return byte === CLOSE_ARRAY ? close(scanner, byte) : scanValue(scanner, byte);
    case 'first-key':
      return byte === CLOSE_OBJECT ? close(scanner, byte) : scanKey(scanner, byte);
    case 'key':
      return scanKey(scanner, byte);
    case 'after-value':
      return scanAfterValue(scanner, byte);
  }
};

/**
 * Scans `bytes[start, end)`. `members` collects the members of the top object, in order, as far as the scan gets. Bytes of
 * texts are counted as they are written, escapes included.
 */
export const scanJson = (bytes: Uint8Array, start: number, end: number, limits: Limits, members: Member[] | null = null): Scan => {
  // One literal, not spreads: an object put together from spreads is a slow one, and made reading JSON five times as dear.
  const scanner: Scanner = {
    bytes,
    end,
    at: start,
    fault: null,
    isEscaped: false,
    highBits: 0,
    limits,
    members,
    open: [],
    items: 0,
    keys: 0,
    keyStart: start,
    keyEnd: start,
    isKeyEscaped: false,
    valueStart: start,
  };
  let expects: Expects = 'value';
  for (scanner.at = skipSpace(scanner); scanner.at < end && scanner.fault === null; scanner.at = skipSpace(scanner)) {
    expects = step(scanner, expects);
  }
  if (scanner.open.length > 0 || expects !== 'after-value') fail(scanner, 'bad-json');
  return { fault: scanner.fault, keys: scanner.keys, isAscii: scanner.highBits < 128 };
};
