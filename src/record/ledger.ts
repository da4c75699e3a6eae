import { invariant } from '../model/invariant.ts';
import { RELEASED_MAX, reasonOf } from '../model/verdict.ts';
import { chainHash, GENESIS } from './audit.ts';
import { type Decoded, decoded, refused } from './decoded.ts';
import { isCount, isDigest, isFields, isText, isWhole, LINE_VERSION } from './line.ts';

/** How far a task has come in one source partition. */
export interface LedgerPosition {
  readonly topic: string;
  readonly partition: number;
  /** Next offset to read. */
  readonly next: number;
  /** Running maximum of append times, ms; null before the first record. */
  readonly clock: number | null;
  /** Offset from which a restart reads again what `held` does not cover. */
  readonly restoreFrom: number;
}

/** Exact counts since the ledger began. */
export interface LedgerCounts {
  readonly read: number;
  readonly noView: number;
  readonly quarantined: number;
  /** Per view: count by verdict byte, rising. */
  readonly verdicts: readonly { readonly view: string; readonly counts: readonly (readonly [verdict: number, count: number])[] }[];
}

/** A window whose decision took effect with this entry. */
export interface DecidedWindow {
  readonly view: string;
  readonly windowStart: number;
}

/**
 * One step of a task, written in the step's own transaction: the truth on restart. All positions and counts are told
 * whole, so that the last entry is enough.
 */
export interface LedgerEntry {
  /** Number of the entry in its task, from 0. */
  readonly seq: number;
  readonly task: number;
  /** Digest of the plan. */
  readonly plan: string;
  /** Version of the control records. */
  readonly controls: number;
  readonly positions: readonly LedgerPosition[];
  readonly counts: LedgerCounts;
  readonly decided: readonly DecidedWindow[];
  /** Hash of the entry before: `ledgerHash`; of the first one, `LEDGER_START`. */
  readonly prev: string;
}

/** Stands for the hash before the first entry. */
export const LEDGER_START = GENESIS.hash;

/** What the next entry names as `prev`. */
export const ledgerHash = (bytes: Uint8Array): string => chainHash(bytes);

const canonical = (entry: LedgerEntry): string =>
  JSON.stringify({
    v: LINE_VERSION,
    seq: entry.seq,
    task: entry.task,
    plan: entry.plan,
    controls: entry.controls,
    positions: entry.positions.map(({ topic, partition, next, clock, restoreFrom }) => ({ topic, partition, next, clock, restoreFrom })),
    counts: {
      read: entry.counts.read,
      noView: entry.counts.noView,
      quarantined: entry.counts.quarantined,
      verdicts: entry.counts.verdicts.map(({ view, counts }) => ({ view, counts })),
    },
    decided: entry.decided.map(({ view, windowStart }) => ({ view, windowStart })),
    prev: entry.prev,
  });

type Fields = Readonly<Record<string, unknown>>;

const every = (list: unknown, holds: (item: Fields) => boolean): boolean =>
  Array.isArray(list) && list.every((item: unknown) => isFields(item) && holds(item));

const isPosition = ({ topic, partition, next, clock, restoreFrom }: Fields): boolean =>
  isText(topic) &&
  [partition, next, restoreFrom].every(isCount) &&
  (restoreFrom as number) <= (next as number) &&
  (clock === null || isWhole(clock));

const isVerdict = (byte: unknown): boolean => isCount(byte) && (byte <= RELEASED_MAX || reasonOf(byte) !== undefined);

const isVerdictCounts = ({ view, counts }: Fields): boolean =>
  isText(view) &&
  Array.isArray(counts) &&
  counts.every(
    (pair: unknown, i) =>
      Array.isArray(pair) && pair.length === 2 && isVerdict(pair[0]) && isCount(pair[1]) && (i === 0 || pair[0] > counts[i - 1][0]),
  );

const isEntry = ({ seq, task, plan, controls, positions, counts, decided, prev }: Fields): boolean =>
  [seq, task, controls].every(isCount) &&
  isDigest(plan) &&
  isDigest(prev) &&
  every(positions, isPosition) &&
  isFields(counts) &&
  [counts['read'], counts['noView'], counts['quarantined']].every(isCount) &&
  every(counts['verdicts'], isVerdictCounts) &&
  every(decided, ({ view, windowStart }) => isText(view) && isWhole(windowStart));

/** Bytes of an entry: canonical JSON. Throws `InvariantError` for an entry that could not be read back. */
export const encodeLedger = (entry: LedgerEntry): Uint8Array => {
  invariant(isEntry({ ...entry }), 'a ledger entry can be read back');
  return Buffer.from(canonical(entry), 'utf8');
};

/** Reads an entry back; refuses anything but the very bytes that `encodeLedger` writes. */
export const decodeLedger = (bytes: Uint8Array): Decoded<LedgerEntry> => {
  let fields: unknown;
  try {
    fields = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    // The parser's text quotes what it read.
    return refused('malformed');
  }
  if (!isFields(fields)) return refused('malformed');
  if (fields['v'] !== LINE_VERSION) return refused('unknown-version');
  if (!isEntry(fields)) return refused('malformed');
  const { v: _, ...entry } = fields as unknown as LedgerEntry & { readonly v: number };
  return Buffer.from(canonical(entry), 'utf8').equals(bytes) ? decoded(entry) : refused('malformed');
};
