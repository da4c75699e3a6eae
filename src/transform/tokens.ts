import { TOKEN_BYTES } from '../model/candidate.ts';
import type { Column, TextColumn } from '../model/columns.ts';
import type { Epochs } from '../model/epochs.ts';
import type { Keys, Prf } from '../model/keys.ts';
import { LABEL } from '../model/keys.ts';
import { canonicalise, type IdentifierKind, needsCanonical } from '../policy/canonical/index.ts';

/** Rows `from` to `to` of a batch lie in one key epoch; append time is monotone in a batch, so epochs are runs. */
export interface EpochRun {
  readonly epoch: number;
  readonly from: number;
  readonly to: number;
}

/** Cuts a batch's rows where the key epoch changes. */
export const epochRuns = (appendMs: Float64Array, count: number, { of }: Pick<Epochs, 'of'>): EpochRun[] => {
  const runs: EpochRun[] = [];
  for (let from = 0; from < count; ) {
    const epoch = of(appendMs[from]);
    let to = from + 1;
    while (to < count && of(appendMs[to]) === epoch) to++;
    runs.push({ epoch, from, to });
    from = to;
  }
  return runs;
};

/** Spans of messages in an arena that grows; the arena is wiped before it is let go, as it holds identifiers. */
interface Messages {
  bytes: Uint8Array;
  used: number;
  readonly start: Int32Array;
  readonly length: Int32Array;
}

const reserve = (messages: Messages, bytes: number): void => {
  if (messages.used + bytes <= messages.bytes.length) return;
  const wider = new Uint8Array(Math.max(messages.bytes.length * 2, messages.used + bytes));
  wider.set(messages.bytes.subarray(0, messages.used));
  messages.bytes.fill(0);
  messages.bytes = wider;
};

const utf8 = new TextDecoder();
const encoder = new TextEncoder();

/** Appends the canonical form of one identifier, so that every spelling of a device gives one token. */
const appendCanonical = (messages: Messages, column: TextColumn, row: number, kind: IdentifierKind): void => {
  const start = column.start[row];
  const length = column.length[row];
  if (!needsCanonical(column.bytes, start, length)) {
    reserve(messages, length);
    messages.bytes.set(column.bytes.subarray(start, start + length), messages.used);
    messages.used += length;
    return;
  }
  const canonical = canonicalise(kind, utf8.decode(column.bytes.subarray(start, start + length)));
  reserve(messages, canonical.length * 3);
  messages.used += encoder.encodeInto(canonical, messages.bytes.subarray(messages.used)).written;
};

const appendRaw = (messages: Messages, column: TextColumn, row: number): void => {
  const length = Math.max(0, column.length[row]);
  reserve(messages, length);
  messages.bytes.set(column.bytes.subarray(column.start[row], column.start[row] + length), messages.used);
  messages.used += length;
};

const newMessages = (count: number): Messages => ({
  bytes: new Uint8Array(count * 48 + 64),
  used: 0,
  start: new Int32Array(count),
  length: new Int32Array(count),
});

const openMessage = (messages: Messages, row: number, label: number): void => {
  reserve(messages, 1);
  messages.start[row] = messages.used;
  messages.bytes[messages.used++] = label;
};

/** MACs every message under the key of its epoch, then wipes the arena. */
const finish = (messages: Messages, runs: readonly EpochRun[], keyOf: (epoch: number) => Prf, count: number): Uint8Array => {
  const tokens = new Uint8Array(count * TOKEN_BYTES);
  for (const { epoch, from, to } of runs) {
    const prf = keyOf(epoch);
    const out = tokens.subarray(from * TOKEN_BYTES, to * TOKEN_BYTES);
    prf.batch(messages.bytes, messages.start.subarray(from, to), messages.length.subarray(from, to), to - from, out);
  }
  messages.bytes.fill(0);
  return tokens;
};

/** A text column, or nothing: identifiers are always planned as text. */
export const textColumn = (columns: readonly Column[], slot: number): TextColumn | null => {
  if (slot < 0) return null;
  const column = columns[slot];
  return column.kind === 'text' ? column : null;
};

/**
 * Tokens of one identifier column: PRF(label, canonical id), 16 bytes a row. Rows without a value get a token too (of
 * the bare label); callers look at `column.length` before they use it.
 */
export const identifierTokens = (
  column: TextColumn,
  kind: IdentifierKind,
  label: number,
  count: number,
  runs: readonly EpochRun[],
  keys: Keys,
): Uint8Array => finish(identifierMessages(column, kind, label, count), runs, (epoch) => keys.epoch(epoch).counting, count);

/** The same under the control keys of the epochs, one of which outlives many: how control records name whom they are about. */
export const controlTokens = (
  column: TextColumn,
  kind: IdentifierKind,
  label: number,
  count: number,
  runs: readonly EpochRun[],
  controlOf: (epoch: number) => Prf,
): Uint8Array => finish(identifierMessages(column, kind, label, count), runs, controlOf, count);

const identifierMessages = (column: TextColumn, kind: IdentifierKind, label: number, count: number): Messages => {
  const messages = newMessages(count);
  for (let row = 0; row < count; row++) {
    openMessage(messages, row, label);
    if (column.length[row] > 0) appendCanonical(messages, column, row, kind);
    messages.length[row] = messages.used - messages.start[row];
  }
  return messages;
};

/**
 * Event tokens: PRF(event label, canonical device id, 0, event id). The device is part of it because devices number
 * their events themselves. Without an event id the coordinate stands in, so that no two events look like duplicates.
 */
export const eventTokens = (
  id: TextColumn | null,
  device: TextColumn | null,
  deviceKind: IdentifierKind,
  coordinate: (row: number) => string,
  count: number,
  runs: readonly EpochRun[],
  keys: Keys,
): Uint8Array => {
  const messages = newMessages(count);
  for (let row = 0; row < count; row++) {
    openMessage(messages, row, LABEL.event);
    if (device !== null && device.length[row] > 0) appendCanonical(messages, device, row, deviceKind);
    reserve(messages, 2);
    messages.bytes[messages.used++] = 0;
    if (id !== null && id.length[row] >= 0) appendRaw(messages, id, row);
    else {
      const text = encoder.encode(coordinate(row));
      messages.bytes[messages.used++] = 0;
      reserve(messages, text.length);
      messages.bytes.set(text, messages.used);
      messages.used += text.length;
    }
    messages.length[row] = messages.used - messages.start[row];
  }
  return finish(messages, runs, (epoch) => keys.epoch(epoch).counting, count);
};
