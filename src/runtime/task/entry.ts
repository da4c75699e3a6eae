import {
  encodeLedger,
  type LedgerChange,
  type LedgerEntry,
  type LedgerOffsets,
  ledgerHash,
  type VerdictCounts,
} from '../../record/ledger.ts';
import { lettersOf } from '../fingerprint.ts';
import { verdictsOf } from '../summary.ts';
import type { WindowEntry } from '../window-book.ts';
import { NO_CLOCK, type State, windowName } from './state.ts';

/** Counts by verdict byte as the ledger tells them. */
const pairs = (verdicts: Float64Array): VerdictCounts =>
  Array.from(verdicts, (count, verdict) => [verdict, count] as const).filter(([, count]) => count > 0);

const timeOf = (clockMs: number): number | null => (clockMs === NO_CLOCK ? null : clockMs);

const windowOf = (state: State, window: WindowEntry) => {
  const view = state.plan.views[window.view].name;
  return {
    view,
    windowStart: window.windowStartMs,
    entered: window.entered,
    open: lettersOf(window.open),
    counts: pairs(window.verdicts),
    inputs: [...window.inputs].map(([source, { from, to }]) => [source, from, to] as const).sort(([a], [b]) => a - b),
    chunks: state.chunks.get(windowName(view, window.windowStartMs)) ?? 0,
    ...(window.isLate ? { late: true as const } : {}),
  };
};

/** What a registry was asked, where one is; sources by their place in the entry. */
const registryOf = ({ log, sources }: State): Pick<LedgerEntry, 'registry'> => {
  if (log.schemas === undefined) return {};
  const { since, names } = log.schemas.learnt();
  const byPosition = (offsets: LedgerOffsets): LedgerOffsets =>
    offsets.map(([source, offset]) => [sources.findIndex((one) => one.source === source), offset]);
  return {
    registry: {
      since: byPosition(since),
      names: names.map(({ name, fingerprint, from }) => ({ name, schema: fingerprint, from: byPosition(from) })),
    },
  };
};

const heldFrom = (state: State): number => Math.min(state.heldNext, ...state.heldFirst.values());

/** What the entry says that another plan goes on with: a boundary, and counts that begin anew. */
export const handOverEntry = (state: State, task: number, to: { readonly plan: string; readonly change: LedgerChange }): Uint8Array => {
  const nothing = { counts: { read: 0, noView: 0, quarantined: 0, faults: [] }, views: [], windows: [], decided: [] };
  return written(state, { ...entryOf(state, task), ...nothing, ...to });
};

/** The entry that makes a step true; the state goes on as if it were written, for a task that cannot append ends. */
export const nextEntry = (state: State, task: number): Uint8Array => written(state, entryOf(state, task));

const written = (state: State, entry: LedgerEntry): Uint8Array => {
  const bytes = encodeLedger(entry);
  state.seq++;
  state.prev = ledgerHash(bytes);
  return bytes;
};

const entryOf = (state: State, task: number): LedgerEntry => {
  const { plan, summary } = state;
  return {
    seq: state.seq,
    task,
    plan: plan.digest,
    ...(state.change === null ? {} : { change: state.change }),
    controls: state.toldControls,
    positions: state.sources.map(({ source, topic, partition }) => {
      const { clockMs, restoreFrom, restoreClockMs } = state.partitions[source];
      const next = state.log.position(source);
      return { topic, partition, next, clock: timeOf(clockMs), restoreFrom, restoreClock: timeOf(restoreClockMs) };
    }),
    counts: {
      read: summary.read,
      noView: summary.noView,
      quarantined: summary.quarantined,
      faults: Object.entries(summary.faults).sort(([a], [b]) => (a < b ? -1 : 1)),
    },
    views: plan.views.map((view) => {
      const own = summary.views[view.name];
      const { windows, smallestClass } = own;
      return { view: view.name, counts: pairs(verdictsOf(own)), windows, smallestClass, closedUntil: state.closedUntilMs[view.index] };
    }),
    windows: state.windows.open().map((window) => windowOf(state, window)),
    decided: state.decided,
    ...registryOf(state),
    heldFrom: heldFrom(state),
    audit: state.writers.audit.head(),
    prev: state.prev,
  };
};
