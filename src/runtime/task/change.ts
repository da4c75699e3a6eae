import { invariant } from '../../model/invariant.ts';
import type { SourceBatch } from '../../model/record.ts';
import type { LedgerChange } from '../../record/ledger.ts';
import type { Acceptance } from '../acceptance.ts';
import { sliceBatch } from '../slice-batch.ts';
import type { State } from './state.ts';

/** What somebody wants: another plan, from the next boundary on. */
export interface PlanRequest {
  /** Digest of the plan. */
  readonly plan: string;
  /** A length that every window of both plans divides, ms: at its multiples no window of either is under way. */
  readonly alignMs: number;
  /** When its policy was loaded, ms. */
  readonly atMs: number;
  /** Who answers for it, where it loosens. */
  readonly acceptance?: Acceptance | null;
}

/** A ledger that never changed its plan. */
const UNCHANGED: LedgerChange = { at: Number.MIN_SAFE_INTEGER, since: null, next: null };

/**
 * Answers a request: names the first boundary behind our clock and behind everything read, so that no record that was taken
 * lies behind it. The ledger tells of it before anybody else decides by it. True when something is to be written.
 */
export const nameNext = (state: State, { plan, alignMs, atMs }: PlanRequest, nowMs: number): boolean => {
  const change = state.change ?? UNCHANGED;
  // A process that was not told yet must not undo what a later policy said.
  if (atMs <= change.at || plan === (change.next?.plan ?? state.plan.digest)) return false;
  const behindMs = state.partitions.reduce((max, { clockMs }) => Math.max(max, clockMs), nowMs);
  const from = (Math.floor(behindMs / alignMs) + 1) * alignMs;
  // Back to the plan in force: nothing of the other has been taken, so there is no boundary.
  state.change = { ...change, at: atMs, next: plan === state.plan.digest ? null : { plan, from } };
  return true;
};

/** Sources that have come to the boundary: what they hold behind it is for the next plan. */
export const pausedSources = ({ change, partitions }: State): ReadonlySet<number> => {
  const from = change?.next?.from ?? Number.POSITIVE_INFINITY;
  return new Set(partitions.flatMap(({ clockMs }, source) => (clockMs >= from ? [source] : [])));
};

/** The batches up to the boundary, and the sources that came to it: they are read again from there, under the next plan. */
export const untilBoundary = (state: State, batches: readonly SourceBatch[]): { before: readonly SourceBatch[]; ended: Set<number> } => {
  const from = state.change?.next?.from;
  const ended = new Set<number>();
  if (from === undefined) return { before: batches, ended };
  const before: SourceBatch[] = [];
  for (const batch of batches) {
    if (ended.has(batch.source)) continue;
    const isPast = state.partitions[batch.source].clockMs >= from;
    const first = isPast ? 0 : batch.appendMs.subarray(0, batch.count).findIndex((appendMs) => appendMs >= from);
    if (first < 0) {
      before.push(batch);
      continue;
    }
    ended.add(batch.source);
    state.log.seek(batch.source, batch.offset[first]);
    const part = sliceBatch(batch, 0, batch.offset[first]);
    if (part !== null) before.push(part);
  }
  return { before, ended };
};

/** Whatever comes next from these sources lies behind the boundary, so they have passed everything before it. */
export const passBoundary = ({ change, partitions }: State, ended: ReadonlySet<number>): void => {
  for (const source of ended) partitions[source].clockMs = Math.max(partitions[source].clockMs, change?.next?.from ?? 0);
};

/** Whether every source, given these clocks, has passed the boundary and nothing of the plan in force is left to decide. */
export const isAtBoundary = ({ change, windows, decided }: State, clocksMs: readonly number[]): boolean => {
  const from = change?.next?.from;
  return from !== undefined && decided.length === 0 && windows.open().length === 0 && clocksMs.every((clockMs) => clockMs >= from);
};

/** The entry of the next step hands over: from the boundary on, only the next plan may decide. */
export const handOver = (state: State): { readonly plan: string; readonly change: LedgerChange; readonly audit: readonly string[] } => {
  const { change } = state;
  invariant(change?.next != null, 'a plan hands over to one that was named');
  const { plan, from } = change.next;
  return { plan, change: { at: change.at, since: from, next: null }, audit: state.writers.audit.until(from) };
};
