import type { FaultName } from '../model/fault.ts';

/** Where a scan of JSON text stands. The functions below read one token at `at` and give where it ends. */
export interface Tokens {
  readonly bytes: Uint8Array;
  readonly end: number;
  at: number;
  fault: FaultName | null;
  /** Set when a string has an escape. */
  isEscaped: boolean;
  /** All bytes of strings, or-ed together. */
  highBits: number;
}

const QUOTE = 34;
const BACKSLASH = 92;
const LETTER_U = 117;

export const skipSpace = ({ bytes, at, end }: Tokens): number => {
  let i = at;
  while (i < end && (bytes[i] === 32 || bytes[i] === 10 || bytes[i] === 13 || bytes[i] === 9)) i++;
  return i;
};

const refuse = (tokens: Tokens, fault: FaultName): number => {
  tokens.fault ??= fault;
  return tokens.end;
};

const hexDigit = (byte: number): number => {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
};

/** Code unit of `\uXXXX` whose backslash is at `at`; -1 when there is none. */
const unitAt = ({ bytes, end }: Tokens, at: number): number => {
  if (at + 6 > end || bytes[at] !== BACKSLASH || bytes[at + 1] !== LETTER_U) return -1;
  let unit = 0;
  for (let i = at + 2; i < at + 6; i++) {
    const digit = hexDigit(bytes[i]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
};

/** `"` `\` `/` `b` `f` `n` `r` `t`: what may follow a backslash alone. */
const isShortEscape = (byte: number): boolean =>
  byte === QUOTE || byte === BACKSLASH || byte === 47 || byte === 98 || byte === 102 || byte === 110 || byte === 114 || byte === 116;

/** End of the escape whose backslash is at `at`; surrogates have to come in pairs (RFC 8259, section 8.2). */
const escapeEnd = (tokens: Tokens, at: number): number => {
  if (at + 1 >= tokens.end) return refuse(tokens, 'bad-json');
  if (tokens.bytes[at + 1] !== LETTER_U) return isShortEscape(tokens.bytes[at + 1]) ? at + 2 : refuse(tokens, 'bad-json');
  const unit = unitAt(tokens, at);
  if (unit < 0) return refuse(tokens, 'bad-json');
  if (unit < 0xd800 || unit > 0xdfff) return at + 6;
  const low = unit <= 0xdbff ? unitAt(tokens, at + 6) : -1;
  return low >= 0xdc00 && low <= 0xdfff ? at + 12 : refuse(tokens, 'bad-text');
};

/** End of the string whose opening quote is at `at`. UTF-8 is checked where the text is decoded. */
export const stringEnd = (tokens: Tokens, maxBytes: number): number => {
  const { bytes, end, at } = tokens;
  let i = at + 1;
  let high = 0;
  while (i < end) {
    const byte = bytes[i];
    if (byte === QUOTE) {
      tokens.highBits |= high;
      return i - at - 1 > maxBytes ? refuse(tokens, 'string-too-long') : i + 1;
    }
    if (byte < 32) return refuse(tokens, 'bad-json');
    if (byte === BACKSLASH) {
      tokens.isEscaped = true;
      i = escapeEnd(tokens, i);
    } else {
      high |= byte;
      i++;
    }
  }
  return refuse(tokens, 'bad-json');
};

const digitsEnd = ({ bytes, end }: Tokens, at: number): number => {
  let i = at;
  while (i < end && bytes[i] >= 48 && bytes[i] <= 57) i++;
  return i;
};

/** End of the number at `at`: `-? int frac? exp?`. */
export const numberEnd = (tokens: Tokens): number => {
  const { bytes, end } = tokens;
  const first = bytes[tokens.at] === 45 ? tokens.at + 1 : tokens.at;
  let i = digitsEnd(tokens, first);
  if (i === first || (bytes[first] === 48 && i > first + 1)) return refuse(tokens, 'bad-json');
  if (i < end && bytes[i] === 46) {
    const fraction = i + 1;
    i = digitsEnd(tokens, fraction);
    if (i === fraction) return refuse(tokens, 'bad-json');
  }
  if (i < end && (bytes[i] | 32) === 101) {
    const sign = i + 1;
    const exponent = sign < end && (bytes[sign] === 43 || bytes[sign] === 45) ? sign + 1 : sign;
    i = digitsEnd(tokens, exponent);
    if (i === exponent) return refuse(tokens, 'bad-json');
  }
  return i;
};

const LITERALS: readonly (readonly number[])[] = ['true', 'false', 'null'].map((word) => [...word].map((letter) => letter.charCodeAt(0)));

/** End of `true`, `false` or `null` at `at`. */
export const literalEnd = (tokens: Tokens): number => {
  const { bytes, at, end } = tokens;
  for (const word of LITERALS) {
    if (bytes[at] !== word[0]) continue;
    for (let i = 1; i < word.length; i++) if (at + i >= end || bytes[at + i] !== word[i]) return refuse(tokens, 'bad-json');
    return at + word.length;
  }
  return refuse(tokens, 'bad-json');
};
