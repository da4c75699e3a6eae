import { invariant } from '../model/invariant.ts';
import { type ChainHead, chainHash, GENESIS } from './audit.ts';
import { type Decoded, decoded, refused } from './decoded.ts';
import { isEntry } from './ledger-shape.ts';
import { isFields, LINE_VERSION } from './line.ts';

/** How far a task has come in one source partition. */
export interface LedgerPosition {
  readonly topic: string;
  readonly partition: number;
  /** Next offset to read. */
  readonly next: number;
  /** Running maximum of append times and of barriers for an idle partition, ms; null before the first record. */
  readonly clock: number | null;
  /** Offset from which a restart reads again what `held` does not cover, and the clock that the partition had there. */
  readonly restoreFrom: number;
  readonly restoreClock: number | null;
}

/** Count by verdict byte, rising. */
export type VerdictCounts = readonly (readonly [verdict: number, count: number])[];

/** What became of one view so far, over its closed windows. */
export interface LedgerView {
  readonly view: string;
  readonly counts: VerdictCounts;
  readonly windows: number;
  /** 0 when nothing was released. */
  readonly smallestClass: number;
  /** End of the last window that was closed, ms; null before the first. */
  readonly closedUntil: number | null;
}

/** Exact counts since the plan of the entry decides. */
export interface LedgerCounts {
  readonly read: number;
  readonly noView: number;
  readonly quarantined: number;
  /** By fault name, sorted. */
  readonly faults: readonly (readonly [fault: string, count: number])[];
}

/** An open window: records that entered it, less those that have their verdict, are its survivors. */
export interface LedgerWindow {
  readonly view: string;
  readonly windowStart: number;
  readonly entered: number;
  /** Sum of the fingerprints of the survivors, in letters (`OPEN`): what a restart offers again has to add up to it. */
  readonly open: string;
  readonly counts: VerdictCounts;
  /** First and last offset by index of `positions`. */
  readonly inputs: readonly (readonly [position: number, from: number, to: number])[];
  /** Lineage chunks written so far. */
  readonly chunks: number;
  /** Left out as long as the window is within its objective: it has its alarm. */
  readonly late?: true;
}

/** A window that this entry decides to close: from now on it can only be completed, and identically. */
export interface DecidedWindow {
  readonly view: string;
  readonly windowStart: number;
}

/** How the plan of a task changes: at a boundary that no window of either plan lies across. Times are ms. */
export interface LedgerChange {
  /** When the policy that is in force, or named as next, was loaded: an older one never takes its place. */
  readonly at: number;
  /** Boundary from which on the plan of the entry decides; null when it has done so from the beginning. */
  readonly since: number | null;
  /** The plan that decides every window from `from` on; null when none is named. */
  readonly next: { readonly plan: string; readonly from: number } | null;
}

/** Offsets by index of `positions`, rising; what is not there is 0. */
export type LedgerOffsets = readonly (readonly [position: number, offset: number])[];

/**
 * A name of a schema in records, an id or a GUID in hex, that a registry had for one of the plan's schemas: from an offset of each
 * position on, before which it was unknown.
 */
export interface LedgerSchema {
  readonly name: number | string;
  /** Fingerprint of the schema. */
  readonly schema: string;
  readonly from: LedgerOffsets;
}

/** What a registry said. Names that are not here are unknown; before `since` ids are those of the plan's own files. */
export interface LedgerRegistry {
  readonly since: LedgerOffsets;
  readonly names: readonly LedgerSchema[];
}

/**
 * One step of a task, written in the step's own transaction: the truth on restart. Everything is told whole, so that the
 * last entry is enough.
 */
export interface LedgerEntry {
  /** Number of the entry in its task, from 0. */
  readonly seq: number;
  readonly task: number;
  /** Digest of the plan. */
  readonly plan: string;
  /** Left out as long as there never was another plan. */
  readonly change?: LedgerChange;
  /** Control records that the audit has told of; a window is decided by all that were appended before its end. */
  readonly controls: number;
  readonly positions: readonly LedgerPosition[];
  readonly counts: LedgerCounts;
  readonly views: readonly LedgerView[];
  readonly windows: readonly LedgerWindow[];
  readonly decided: readonly DecidedWindow[];
  /** Only where a registry is asked: whether a record could be read depended on its answers. */
  readonly registry?: LedgerRegistry;
  /** Offset in the task's held partition before which nothing is of an open window. */
  readonly heldFrom: number;
  /** Where the task's audit chain stands. */
  readonly audit: ChainHead;
  /** Hash of the entry before: `ledgerHash`; of the first one, `LEDGER_START`. */
  readonly prev: string;
}

/** Stands for the hash before the first entry. */
export const LEDGER_START = GENESIS.hash;

/** What the next entry names as `prev`. */
export const ledgerHash = (bytes: Uint8Array): string => chainHash(bytes);

const changeOf = ({ at, since, next }: LedgerChange): LedgerChange => ({
  at,
  since,
  next: next === null ? null : { plan: next.plan, from: next.from },
});

const canonicalRegistry = ({ since, names }: LedgerRegistry): LedgerRegistry => ({
  since,
  names: names.map(({ name, schema, from }) => ({ name, schema, from })),
});

const canonical = (entry: LedgerEntry): string =>
  JSON.stringify({
    v: LINE_VERSION,
    seq: entry.seq,
    task: entry.task,
    plan: entry.plan,
    ...(entry.change === undefined ? {} : { change: changeOf(entry.change) }),
    controls: entry.controls,
    positions: entry.positions.map(({ topic, partition, next, clock, restoreFrom, restoreClock }) => ({
      topic,
      partition,
      next,
      clock,
      restoreFrom,
      restoreClock,
    })),
    counts: {
      read: entry.counts.read,
      noView: entry.counts.noView,
      quarantined: entry.counts.quarantined,
      faults: entry.counts.faults,
    },
    views: entry.views.map(({ view, counts, windows, smallestClass, closedUntil }) => ({
      view,
      counts,
      windows,
      smallestClass,
      closedUntil,
    })),
    windows: entry.windows.map(({ view, windowStart, entered, open, counts, inputs, chunks, late }) => ({
      view,
      windowStart,
      entered,
      open,
      counts,
      inputs,
      chunks,
      ...(late === undefined ? {} : { late }),
    })),
    decided: entry.decided.map(({ view, windowStart }) => ({ view, windowStart })),
    ...(entry.registry === undefined ? {} : { registry: canonicalRegistry(entry.registry) }),
    heldFrom: entry.heldFrom,
    audit: { seq: entry.audit.seq, hash: entry.audit.hash },
    prev: entry.prev,
  });

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
