import { decodings, printableRuns, unescaped } from './decodings.ts';
import { createWordMap, hashText } from './words.ts';

const GRAM = 8;
const MIN_TOKEN = 4;
/** Shorter numbers stand everywhere: in dates, buckets, counts. */
const MIN_DIGITS = 7;
/** Shorter runs of hex digits occur by chance in cells and hashes; as whole words they are found all the same. */
const MIN_HEX = 12;
const RANDOM = /^[0-9a-f]{32,128}$/i;

/** Everything that left, as texts to search identifiers in. */
export interface Corpus {
  /** A text of the place `origin`: a string value, a file name, a line of a log. */
  text(text: string, origin: string): void;
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
}

const hexWord = (hex: string): [number, number] => {
  const padded = hex.padEnd(16, '0');
  return [Number.parseInt(padded.slice(0, 8), 16) | 0, Number.parseInt(padded.slice(8), 16) | 0];
};

export const createCorpus = (): Corpus => {
  const origins: string[] = [];
  const originIds = new Map<string, number>();
  const tokens = new Map<string, number>();
  const texts = new Map<string, number>();
  const hexTexts = new Map<string, number>();
  const grams = createWordMap();
  const ends = createWordMap();
  const shortEnds = createWordMap();
  const numbers = new Map<string, number>();
  const seen = new Set<string>();

  const originOf = (name: string): number => {
    let id = originIds.get(name);
    if (id === undefined) originIds.set(name, (id = origins.push(name) - 1));
    return id;
  };
  const addGrams = (text: string, origin: number): void => {
    for (let at = 0; at + GRAM <= text.length; at++) {
      const [high, low] = hashText(text, at, at + GRAM);
      grams.add(high, low, origin);
    }
  };
  /** Adds a text and its words of at least `least` letters and digits. */
  const addPlain = (text: string, origin: number, least = MIN_TOKEN): void => {
    const lower = text.toLowerCase();
    for (const token of [lower, ...(lower.match(/[\p{L}\p{N}]+/gu) ?? [])]) {
      if (token.length >= least && !tokens.has(token)) tokens.set(token, origin);
    }
    if (texts.has(lower)) return;
    texts.set(lower, origin);
    addGrams(lower, origin);
  };
  const addEnds = (bytes: Buffer, origin: number): void => {
    if (bytes.length >= 8) {
      ends.add(bytes.readInt32BE(0), bytes.readInt32BE(4), origin);
      ends.add(bytes.readInt32BE(bytes.length - 8), bytes.readInt32BE(bytes.length - 4), origin);
    }
  };
  const addDecoded = (text: string, origin: number): void =>
    decodings(text, (bytes, whole) => {
      for (const run of printableRuns(bytes, GRAM)) addPlain(run, origin, GRAM);
      if (whole) addEnds(bytes, origin);
      const hex = bytes.toString('hex');
      if (hex.length < MIN_HEX || hexTexts.has(hex)) return;
      hexTexts.set(hex, origin);
      addGrams(hex, origin);
    });
  const addRandom = (text: string, origin: number): void => {
    const lower = text.toLowerCase();
    if (tokens.has(lower)) return;
    tokens.set(lower, origin);
    const bytes = Buffer.from(lower, 'hex');
    addEnds(bytes, origin);
    for (const run of printableRuns(bytes, GRAM)) addPlain(run, origin, GRAM);
    for (const end of [lower.slice(0, MIN_HEX), lower.slice(-MIN_HEX)]) shortEnds.add(...hexWord(end), origin);
  };
  const within = (from: ReadonlyMap<string, number>, form: string): string | null => {
    for (const [text, origin] of from) if (text.includes(form)) return origins[origin];
    return null;
  };
  const named = (origin: number | undefined): string | null => (origin === undefined || origin < 0 ? null : origins[origin]);

  return {
    text(text, origin) {
      const id = originOf(origin);
      if (seen.has(text)) return;
      if (RANDOM.test(text)) {
        addRandom(text, id);
        return;
      }
      seen.add(text);
      addPlain(text, id);
      const plain = unescaped(text);
      if (plain !== text) addPlain(plain, id);
      addDecoded(text, id);
    },
    number(value, origin) {
      const text = String(value);
      if (text.replace(/\D/g, '').length >= MIN_DIGITS && !numbers.has(text)) numbers.set(text, originOf(origin));
    },
    random(text, origin) {
      if (RANDOM.test(text)) addRandom(text, originOf(origin));
      else this.text(text, origin);
    },
    bytes(bytes, origin) {
      for (const run of printableRuns(bytes, GRAM)) addPlain(run, originOf(origin), GRAM);
    },
    find(form) {
      const lower = form.toLowerCase();
      if (/^\d+$/.test(lower) && lower.length < MIN_DIGITS) return null;
      const whole = tokens.get(lower) ?? numbers.get(lower);
      if (whole !== undefined) return named(whole);
      const isHex = /^[0-9a-f]+$/.test(lower);
      if (lower.length < (isHex ? MIN_HEX : GRAM)) return null;
      if (isHex) {
        const end = named(shortEnds.get(...hexWord(lower.slice(0, MIN_HEX)))) ?? named(shortEnds.get(...hexWord(lower.slice(-MIN_HEX))));
        if (end !== null) return end;
      }
      if (grams.get(...hashText(lower, 0, GRAM)) < 0 || grams.get(...hashText(lower, lower.length - GRAM, lower.length)) < 0) return null;
      return within(texts, lower) ?? (lower.length >= MIN_HEX ? within(hexTexts, lower) : null);
    },
    findDigest(digest) {
      const last = digest.length - 8;
      const found = ends.get(digest.readInt32BE(0), digest.readInt32BE(4));
      return named(found >= 0 ? found : ends.get(digest.readInt32BE(last), digest.readInt32BE(last + 4)));
    },
    findToken: (form) => named(tokens.get(form.toLowerCase()) ?? numbers.get(form)),
  };
};
