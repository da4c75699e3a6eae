import { TOKEN_BYTES } from '../model/candidate.ts';
import { LABEL, type Prf } from '../model/keys.ts';
import { brandReleased, type Released } from '../model/released.ts';
import type { Decision } from './levels.ts';
import { orderByKey } from './order.ts';
import { float64Bytes, prfOf, writeInt32 } from './prf.ts';
import { readWord, TOKEN_WORDS, writeToken } from './tokens.ts';
import type { Trial } from './trial.ts';
import type { GateWindow } from './window.ts';

/** The batch of one window in the order in which it leaves, with its class pseudonyms. */
export const releaseBatch = (trial: Trial, decision: Decision, sensitive: Int32Array, viewKey: Prf): Released => {
  const { window, rules } = trial;
  const { count, rows, verdict } = decision;
  const attributes = rules.view.attributes.length;
  const codes = new Int32Array(count * attributes);
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    const from = codesAt(window, row, verdict[row]!);
    for (let attribute = 0; attribute < attributes; attribute++) codes[i * attributes + attribute] = window.tuples.codes[from + attribute]!;
  }
  const pseudonyms = rules.pseudonym ? classPseudonyms(trial, decision, codes, viewKey) : new Uint8Array(0);
  const order = shuffle(window, decision, codes, sensitive, viewKey);
  return brandReleased({
    view: rules.view.index,
    windowStartMs: window.startMs,
    windowEndMs: window.endMs,
    period: rules.period,
    isAuthorised: false,
    count,
    ...coordinatesAndLevels(window, decision, order),
    codes: permuted(codes, order, attributes),
    sensitive: sensitive.length === 0 ? sensitive : permuted(sensitive, order, 1),
    pseudonym: pseudonyms.length === 0 ? pseudonyms : permuted(pseudonyms, order, TOKEN_BYTES),
  });
};

/**
 * A pseudonym connects the records of one subject inside one class and nothing else: PRF under the view key of the
 * epoch over (view, window, level, class, subject token). It stands under the key, so nobody recomputes it.
 */
const classPseudonyms = ({ window, rules }: Trial, { rows, verdict, count }: Decision, codes: Int32Array, viewKey: Prf): Uint8Array => {
  const name = new TextEncoder().encode(rules.view.name);
  const attributes = rules.view.attributes.length;
  const levelAt = 1 + name.length + 1 + 8;
  const prefix = new Uint8Array(levelAt);
  prefix[0] = LABEL.pseudonym;
  prefix.set(name, 1);
  prefix.set(float64Bytes(window.startMs), 1 + name.length + 1);
  const subjectAt = levelAt + 1 + 4 * attributes;
  return prfOf(viewKey, prefix, subjectAt + TOKEN_BYTES, count, (i, bytes, at) => {
    const row = rows[i]!;
    bytes[at + levelAt] = verdict[row]!;
    for (let attribute = 0; attribute < attributes; attribute++) {
      writeInt32(bytes, at + levelAt + 1 + 4 * attribute, codes[i * attributes + attribute]!);
    }
    writeToken(window.subjects.words, window.subject[row]! * TOKEN_WORDS, bytes, at + subjectAt);
  });
};

/** Rows that leave, in any order. */
export type Leaving = Pick<Decision, 'rows' | 'count' | 'verdict'>;

/**
 * Order of leaving: by PRF(view key; shuffle, window, event token), so it depends on nothing that a source or a batch
 * cut chooses. One event can leave twice (a device that uses an event id for two tuples); then what leaves decides.
 */
export const shuffle = (window: GateWindow, leaving: Leaving, codes: Int32Array, sensitive: Int32Array, viewKey: Prf): Int32Array => {
  const { rows, count, verdict } = leaving;
  const attributes = window.view.attributes.length;
  const prefix = new Uint8Array(9);
  prefix[0] = LABEL.shuffle;
  prefix.set(float64Bytes(window.startMs), 1);
  const keys = prfOf(viewKey, prefix, prefix.length + TOKEN_BYTES, count, (i, bytes, at) => {
    writeToken(window.event, rows[i]! * TOKEN_WORDS, bytes, at + prefix.length);
  });
  const words = new Int32Array(count * TOKEN_WORDS);
  for (let word = 0; word < words.length; word++) words[word] = readWord(keys, 4 * word);
  return orderByKey(words, count, (left, right) => {
    let difference = verdict[rows[left]!]! - verdict[rows[right]!]!;
    for (let i = 0; difference === 0 && i < attributes; i++) difference = codes[left * attributes + i]! - codes[right * attributes + i]!;
    if (difference === 0 && sensitive.length > 0) difference = sensitive[left]! - sensitive[right]!;
    return difference || compareCoordinates(window, rows[left]!, rows[right]!);
  });
};

/** Plain loops: `from` with a function goes through iterators, ten times slower. */
const coordinatesAndLevels = (window: GateWindow, { rows, verdict }: Decision, order: Int32Array) => {
  const source = new Int32Array(order.length);
  const offset = new Float64Array(order.length);
  const level = new Uint8Array(order.length);
  for (let i = 0; i < order.length; i++) {
    const row = rows[order[i]!]!;
    source[i] = window.source[row]!;
    offset[i] = window.offset[row]!;
    level[i] = verdict[row]!;
  }
  return { source, offset, level };
};

export const compareCoordinates = (window: GateWindow, left: number, right: number): number =>
  window.source[left]! - window.source[right]! || window.offset[left]! - window.offset[right]!;

export const codesAt = ({ tuples, tuple, view }: GateWindow, row: number, level: number): number =>
  tuple[row]! * tuples.width + 1 + level * view.attributes.length;

export const permuted = <T extends Int32Array | Uint8Array>(values: T, order: Int32Array, width: number): T => {
  const result = new (values.constructor as new (length: number) => T)(values.length);
  for (let i = 0; i < order.length; i++) {
    for (let j = 0; j < width; j++) result[i * width + j] = values[order[i]! * width + j]!;
  }
  return result;
};
