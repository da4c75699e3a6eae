import type { Candidates } from '../../model/candidate.ts';
import { epochsOf } from '../../model/epochs.ts';
import { FAULTS } from '../../model/fault.ts';
import { invariant } from '../../model/invariant.ts';
import { TransportError } from '../../model/log.ts';
import { windowStart } from '../../model/time.ts';
import { decodeCandidates, selectCandidates } from '../../record/candidate.ts';
import { readHeld } from '../../record/held.ts';
import {
  decodeLedger,
  type LedgerEntry,
  type LedgerOffsets,
  type LedgerWindow,
  ledgerHash,
  type VerdictCounts,
} from '../../record/ledger.ts';
import { fingerprint, printOf } from '../fingerprint.ts';
import { windowKey } from '../keys/window-key.ts';
import { sliceBatch } from '../slice-batch.ts';
import { countsOf } from '../summary.ts';
import type { WindowEntry } from '../window-book.ts';
import { isGone, requireCuts } from './epochs.ts';
import { type Durable, NO_CLOCK, type State, windowName } from './state.ts';

const contradiction = (what: string): TransportError => new TransportError('corrupt', what, false);

const verdictBytes = (counts: VerdictCounts): Float64Array => {
  const verdicts = new Float64Array(256);
  for (const [verdict, count] of counts) verdicts[verdict] = count;
  return verdicts;
};

const viewIndex = (state: State, name: string): number => {
  const index = state.plan.views.findIndex((view) => view.name === name);
  if (index < 0) throw contradiction('the ledger names a view that the policy does not have');
  return index;
};

/** Source number of each position of the entry. Partitions must all still be there. */
const sourcesOf = (state: State, entry: LedgerEntry): number[] =>
  entry.positions.map((position) => {
    const found = state.sources.findIndex(({ topic, partition }) => topic === position.topic && partition === position.partition);
    if (found < 0) throw contradiction('the ledger names a source partition that is gone');
    return found;
  });

/** Counts and positions as the entry tells them. A partition that is new passes what is closed already: its records are late. */
const setCounts = (state: State, entry: LedgerEntry, sources: readonly number[]): void => {
  const { summary, partitions } = state;
  for (const [i, position] of entry.positions.entries()) {
    const partition = partitions[sources[i]];
    partition.clockMs = position.restoreClock ?? NO_CLOCK;
    partition.restoreFrom = position.restoreFrom;
    partition.restoreClockMs = position.restoreClock ?? NO_CLOCK;
  }
  Object.assign(summary, { read: entry.counts.read, noView: entry.counts.noView, quarantined: entry.counts.quarantined });
  for (const [fault, count] of entry.counts.faults) if (Object.hasOwn(FAULTS, fault)) summary.faults[fault] = count;
  for (const { view, counts, windows, smallestClass, closedUntil } of entry.views) {
    const index = viewIndex(state, view);
    state.closedUntilMs[index] = closedUntil;
    state.windows.resume(
      index,
      counts.reduce((sum, [, count]) => sum + count, 0),
    );
    Object.assign(summary.views[view], { ...countsOf(verdictBytes(counts), summary.views[view].released.length), windows, smallestClass });
  }
  const since = entry.change?.since ?? null;
  for (const { index, name } of state.plan.views) if (!entry.views.some(({ view }) => view === name)) state.closedUntilMs[index] = since;
  const closed = Math.max(NO_CLOCK, ...state.closedUntilMs.map((until) => until ?? NO_CLOCK));
  for (const { source } of state.sources) if (!sources.includes(source)) partitions[source].clockMs = closed;
};

const windowEntry = (state: State, window: LedgerWindow, sources: readonly number[]): WindowEntry => ({
  view: viewIndex(state, window.view),
  windowStartMs: window.windowStart,
  inputs: new Map(window.inputs.map(([position, from, to]) => [sources[position], { from, to }])),
  verdicts: verdictBytes(window.counts),
  entered: window.entered,
  open: printOf(window.open),
  isLate: window.late === true,
});

/** Offset behind what the entry covers, by source. */
type Ends = ReadonlyMap<number, number>;

/** Offers candidates again; what that makes final was final before, and is in the ledger's counts and lineage already. */
const offerAgain = (state: State, candidates: Candidates, sourceOf: (of: number) => number, ends: Ends): void => {
  const { windowMs, index } = state.plan.views[candidates.view];
  const closedMs = state.closedUntilMs[index] ?? NO_CLOCK;
  const { appendMs, offset, source } = candidates;
  const isOpen = (row: number): boolean => windowStart(appendMs[row], windowMs) >= closedMs;
  const isCovered = (row: number): boolean => offset[row] < (ends.get(sourceOf(source[row])) ?? 0);
  const rows = selectCandidates(candidates, (row) => isOpen(row) && isCovered(row), sourceOf);
  if (rows.count > 0) state.pipeline.offer(rows);
};

/**
 * Offers what is held of open windows, as far as the entry covers it: who was replaced while it restores finds more, which its
 * successor held, and is to learn of that by being fenced.
 */
const restoreHeld = async (state: State, durable: Durable, entry: LedgerEntry, ends: Ends): Promise<void> => {
  const open = new Map(entry.windows.map((window) => [windowName(window.view, window.windowStart), window]));
  const sourceOf = (topic: string, partition: number): number =>
    state.sources.findIndex((source) => source.topic === topic && source.partition === partition);
  state.heldNext = entry.heldFrom;
  for await (const { offset, bytes } of state.log.held(entry.heldFrom)) {
    state.heldNext = offset + 1;
    const envelope = readHeld(bytes);
    if (!envelope.ok) throw contradiction('a held record that cannot be read');
    const { view, windowStart: startMs } = envelope.value.head;
    const name = windowName(view, startMs);
    if (!open.has(name)) continue;
    if (isGone(state.plan, durable.keys, startMs)) continue;
    if (!state.heldFirst.has(name)) state.heldFirst.set(name, offset);
    const keys = durable.keys.epoch(epochsOf(state.plan, durable.keys).of(startMs));
    const plaintext = envelope.value.open(windowKey(keys, view, startMs));
    const held = plaintext === null ? null : decodeCandidates(plaintext);
    if (held === null || !held.ok || held.value.plan !== state.plan.digest) throw contradiction('a held record of another key or plan');
    const { sources, candidates } = held.value;
    const numbers = sources.map(({ topic, partition }) => sourceOf(topic, partition));
    if (numbers.includes(-1)) throw contradiction('a held record of a source partition that is gone');
    offerAgain(state, candidates, (source) => numbers[source], ends);
  }
};

/** Reads the source log again up to where the ledger stands, silently. */
const replay = async (state: State, entry: LedgerEntry, sources: readonly number[], ends: Ends): Promise<void> => {
  const { log, pipeline, partitions } = state;
  // Partitions that are new are fetched along with the others, and begin at their start afterwards.
  const fresh = state.sources.filter(({ source }) => !ends.has(source)).map(({ source }) => [source, log.position(source)] as const);
  for (const [source, next] of ends) {
    if ((await log.highWatermark(source)) < next) throw new TransportError('out-of-range', 'a source ends before the ledger does', false);
    log.seek(source, partitions[source].restoreFrom);
  }
  const isBehind = (): boolean => [...ends].some(([source, next]) => log.position(source) < next);
  while (isBehind()) {
    for (const fetched of await log.fetch()) {
      const batch = sliceBatch(fetched, 0, ends.get(fetched.source) ?? 0);
      if (batch === null) continue;
      const partition = partitions[batch.source];
      const scrubbed = pipeline.scrub(batch, partition.clockMs);
      partition.clockMs = scrubbed.clockMs;
      for (const candidates of scrubbed.candidates) offerAgain(state, candidates, (source) => source, ends);
    }
  }
  for (const [i, position] of entry.positions.entries()) {
    partitions[sources[i]].clockMs = position.clock ?? NO_CLOCK;
    log.seek(sources[i], position.next);
  }
  for (const [source, start] of fresh) log.seek(source, start);
};

/** What names of schemas stood for when the ledger was written: what was read then is read so again, and nobody is asked. */
const resumeSchemas = ({ log }: State, { positions, registry }: LedgerEntry, sources: readonly number[]): void => {
  if (log.schemas === undefined && registry !== undefined)
    throw new TransportError('misconfigured', 'records were read by a schema registry; start with that one', false);
  const ends = new Map(positions.map(({ next }, i) => [sources[i], next]));
  const bySource = (offsets: LedgerOffsets): LedgerOffsets => offsets.map(([position, offset]) => [sources[position], offset]);
  const names = registry?.names.map(({ name, schema, from }) => ({ name, fingerprint: schema, from: bySource(from) })) ?? [];
  log.schemas?.resume(registry === undefined ? null : { since: bySource(registry.since), names }, ends);
};

/** The survivors must be those that the ledger counted: anything else is a loss, and nothing may be decided on it. */
const assertRestored = (state: State): void => {
  for (const window of state.windows.open()) {
    const rows = state.pipeline.survivorsOf(window.view, window.windowStartMs);
    let open = 0;
    for (let row = 0; row < (rows?.count ?? 0); row++) open = (open + fingerprint(rows!.source[row], rows!.offset[row])) | 0;
    invariant(open === window.open, 'conservation at a restart: the survivors are not those of the ledger');
  }
};

/** Brings a new owner's state to where the last committed entry stands (kafka.md, task contract, step 3). */
export const restore = async (state: State, durable: Durable, bytes: Uint8Array): Promise<void> => {
  const read = decodeLedger(bytes);
  if (!read.ok) throw contradiction('a ledger entry that cannot be read');
  const entry = read.value;
  if (entry.task !== durable.task) throw contradiction('a ledger entry of another task');
  if (entry.plan !== state.plan.digest)
    throw new TransportError('misconfigured', `windows are open under the policy ${entry.plan}; start with that one`, false);
  const sources = sourcesOf(state, entry);
  setCounts(state, entry, sources);
  resumeSchemas(state, entry, sources);
  for (const window of entry.windows) {
    state.windows.restore(windowEntry(state, window, sources));
    state.chunks.set(windowName(window.view, window.windowStart), window.chunks);
  }
  state.decided = entry.decided;
  state.toldControls = entry.controls;
  state.seq = entry.seq + 1;
  state.prev = ledgerHash(bytes);
  state.change = entry.change ?? null;
  state.writers.audit.resume(entry.audit, state.closedUntilMs);
  await requireCuts(state, Math.max(...entry.positions.map(({ clock }) => clock ?? NO_CLOCK)));
  for (const window of state.windows.open()) {
    if (window.open !== 0 && isGone(state.plan, durable.keys, window.windowStartMs))
      throw contradiction('windows were open whose keys were destroyed: what is held of them cannot be read any more');
  }
  const ends: Ends = new Map(entry.positions.map(({ next }, i) => [sources[i], next]));
  await restoreHeld(state, durable, entry, ends);
  // What came from `held` is there already; what the log gives from here on is not, and must be held the next time.
  state.pipeline.takeFresh();
  await replay(state, entry, sources, ends);
  assertRestored(state);
};
