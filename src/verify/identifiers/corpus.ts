import { HOUR_MS } from '../../model/time.ts';
import { decodings, printableRuns, unescaped } from './decodings.ts';
import { createWordMap, hashHigh, hashLow, type WordMap } from './words.ts';

/** Everything that left, as texts to search identifiers in. */
export interface Corpus {
  /** A text of the place `origin`: a string value, a file name, a line of a log. */
  text(text: string, origin: string): void;
  /** A value that another statement proves to be one of a ladder's: it can be no digest. */
  value(text: string, origin: string): void;
  /** A text that may stand anywhere: digests of the policy and of schemas. */
  allow(text: string): void;
  /** A number that left. Only long ones can carry an identifier. */
  number(value: number, origin: string): void;
  /** A text that should be random (a pseudonym, a key's digest): compared whole, at its ends, and decoded. */
  random(text: string, origin: string): void;
  /** Bytes that should be ciphertext: what can be read in them is searched. */
  bytes(bytes: Uint8Array, origin: string): void;
  /** Place where `form` stands, whole or inside a longer text, in any encoding; null when nowhere. */
  find(form: string): string | null;
  /** Place where the first or last 8 bytes of `digest` stand at the start or end of something. */
  findDigest(digest: Buffer): string | null;
  /** Place where `form` stands as a whole word. */
  findToken(form: string): string | null;
  /** Whether anything left that could be a digest at all. */
  hasDigests(): boolean;
  /** How many different words left that look like 32 bits: eight hex digits or up to ten decimal ones. */
  checksums(): number;
}

const GRAM = 8;
const MIN_TOKEN = 4;
/** Shorter numbers stand everywhere: in dates, buckets, counts. */
const MIN_DIGITS = 7;
/** Shorter runs of hex digits occur by chance in cells and hashes; as whole words they are found all the same. */
const MIN_HEX = 12;
const CHECKSUM = /^([0-9a-f]{8}|\d{7,10})$/;
const RANDOM = /^[0-9a-f]{32,128}$/i;

/** Numbers stand for places; each map keeps the first place of its key. */
interface State {
  readonly origins: string[];
  readonly originIds: Map<string, number>;
  /** Whole texts and their words, in lower case. */
  readonly tokens: Map<string, number>;
  readonly numbers: Map<string, number>;
  /** Texts to look inside, and hex of what runs of them decode to. */
  readonly texts: Map<string, number>;
  readonly hexTexts: Map<string, number>;
  /** Every stretch of GRAM characters of both. */
  readonly grams: WordMap;
  /** First and last 8 bytes of what decodes to bytes, and 6 bytes of what is random. */
  readonly ends: WordMap;
  readonly shortEnds: WordMap;
  /** Texts as they stood, so that each is decoded once. */
  readonly seen: Set<string>;
  checksums: number;
}

const originOf = ({ origins, originIds }: State, name: string): number => {
  let id = originIds.get(name);
  if (id === undefined) {
    id = origins.push(name) - 1;
    originIds.set(name, id);
  }
  return id;
};

const addGrams = ({ grams }: State, text: string, origin: number): void => {
  for (let at = 0; at + GRAM <= text.length; at++) grams.add(hashHigh(text, at, at + GRAM), hashLow(text, at, at + GRAM), origin);
};

/** Adds a text and its words of at least `least` letters and digits. */
const addPlain = (state: State, text: string, origin: number, least = MIN_TOKEN): void => {
  const lower = text.toLowerCase();
  for (const token of [lower, ...(lower.match(/[\p{L}\p{N}]+/gu) ?? [])]) {
    if (token.length < least || state.tokens.has(token)) continue;
    state.tokens.set(token, origin);
    if (CHECKSUM.test(token)) state.checksums++;
  }
  if (state.texts.has(lower)) return;
  state.texts.set(lower, origin);
  addGrams(state, lower, origin);
};

const addEnds = ({ ends }: State, bytes: Buffer, origin: number): void => {
  if (bytes.length < 8) return;
  ends.add(bytes.readInt32BE(0), bytes.readInt32BE(4), origin);
  ends.add(bytes.readInt32BE(bytes.length - 8), bytes.readInt32BE(bytes.length - 4), origin);
};

const addDecoded = (state: State, text: string, origin: number, canBeDigest: boolean): void =>
  decodings(text, (bytes, isRandom) => {
    for (const run of printableRuns(bytes, GRAM)) addPlain(state, run, origin, GRAM);
    if (canBeDigest && isRandom) addEnds(state, bytes, origin);
    const hex = bytes.toString('hex');
    if (hex.length < MIN_HEX || state.hexTexts.has(hex)) return;
    state.hexTexts.set(hex, origin);
    addGrams(state, hex, origin);
  });

const hexWord = (hex: string): [number, number] => {
  const padded = hex.padEnd(16, '0');
  return [Number.parseInt(padded.slice(0, 8), 16) | 0, Number.parseInt(padded.slice(8), 16) | 0];
};

const addRandom = (state: State, text: string, origin: number): void => {
  const lower = text.toLowerCase();
  if (state.tokens.has(lower)) return;
  state.tokens.set(lower, origin);
  const bytes = Buffer.from(lower, 'hex');
  addEnds(state, bytes, origin);
  for (const run of printableRuns(bytes, GRAM)) addPlain(state, run, origin, GRAM);
  for (const end of [lower.slice(0, MIN_HEX), lower.slice(-MIN_HEX)]) state.shortEnds.add(...hexWord(end), origin);
};

const addText = (state: State, text: string, origin: number, canBeDigest = true): void => {
  if (state.seen.has(text)) return;
  if (RANDOM.test(text)) {
    addRandom(state, text, origin);
    return;
  }
  state.seen.add(text);
  addPlain(state, text, origin);
  const plain = unescaped(text);
  if (plain !== text) addPlain(state, plain, origin);
  addDecoded(state, text, origin, canBeDigest);
};

const addNumber = (state: State, value: number, origin: number): void => {
  // Instants of windows and durations are whole hours.
  const text = String(value);
  if (value % HOUR_MS === 0 || text.replace(/\D/g, '').length < MIN_DIGITS || state.numbers.has(text)) return;
  state.numbers.set(text, origin);
  if (CHECKSUM.test(text)) state.checksums++;
};

const named = ({ origins }: State, origin: number | undefined): string | null =>
  origin === undefined || origin < 0 ? null : origins[origin];

const within = (state: State, from: ReadonlyMap<string, number>, form: string): string | null => {
  for (const [text, origin] of from) if (text.includes(form)) return named(state, origin);
  return null;
};

const find = (state: State, form: string): string | null => {
  const { tokens, numbers, shortEnds, grams } = state;
  const lower = form.toLowerCase();
  if (/^\d+$/.test(lower) && lower.length < MIN_DIGITS) return null;
  const whole = tokens.get(lower) ?? numbers.get(lower);
  if (whole !== undefined) return named(state, whole);
  const isHex = /^[0-9a-f]+$/.test(lower);
  if (lower.length < (isHex ? MIN_HEX : GRAM)) return null;
  if (isHex && shortEnds.size > 0) {
    const start = shortEnds.get(...hexWord(lower.slice(0, MIN_HEX)));
    const end = start >= 0 ? start : shortEnds.get(...hexWord(lower.slice(-MIN_HEX)));
    if (end >= 0) return named(state, end);
  }
  // Both ends must be known before the texts themselves are gone through.
  const hasGram = (at: number): boolean => grams.get(hashHigh(lower, at, at + GRAM), hashLow(lower, at, at + GRAM)) >= 0;
  if (!hasGram(0) || !hasGram(lower.length - GRAM)) return null;
  return within(state, state.texts, lower) ?? (lower.length >= MIN_HEX ? within(state, state.hexTexts, lower) : null);
};

const findDigest = (state: State, digest: Buffer): string | null => {
  const last = digest.length - 8;
  const found = state.ends.get(digest.readInt32BE(0), digest.readInt32BE(4));
  return named(state, found >= 0 ? found : state.ends.get(digest.readInt32BE(last), digest.readInt32BE(last + 4)));
};

export const createCorpus = (): Corpus => {
  const state: State = {
    origins: [],
    originIds: new Map(),
    tokens: new Map(),
    numbers: new Map(),
    texts: new Map(),
    hexTexts: new Map(),
    grams: createWordMap(),
    ends: createWordMap(),
    shortEnds: createWordMap(),
    seen: new Set(),
    checksums: 0,
  };
  return {
    text: (text, origin) => addText(state, text, originOf(state, origin)),
    value: (text, origin) => addText(state, text, originOf(state, origin), false),
    allow: (text) => void state.seen.add(text),
    number: (value, origin) => addNumber(state, value, originOf(state, origin)),
    random: (text, origin) => (RANDOM.test(text) ? addRandom : addText)(state, text, originOf(state, origin)),
    bytes(bytes, origin) {
      for (const run of printableRuns(bytes, GRAM)) addPlain(state, run, originOf(state, origin), GRAM);
    },
    find: (form) => find(state, form),
    findDigest: (digest) => findDigest(state, digest),
    findToken: (form) => named(state, state.tokens.get(form.toLowerCase()) ?? state.numbers.get(form)),
    hasDigests: () => state.ends.size > 0,
    checksums: () => state.checksums,
  };
};
