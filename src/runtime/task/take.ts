import { invariant } from '../../model/invariant.ts';
import { TransportError } from '../../model/log.ts';
import type { SourceBatch } from '../../model/record.ts';
import { MINUTE_MS } from '../../model/time.ts';
import type { Verdicts } from '../../model/verdict.ts';
import { freshPartition, type State } from './state.ts';

/** A broker whose clock is further ahead than this is not believed: windows would close before their time. */
const AHEAD_MS = 5 * MINUTE_MS;

/** Counts verdicts that are final and gathers their lineage. */
export const note = (state: State, verdicts: Verdicts): void => {
  const window = state.windows.entry(verdicts.view, verdicts.windowStartMs);
  state.windows.decide(window, verdicts);
  state.lineage.block(verdicts);
};

/** Scrubs and offers one batch; returns its quarantine rows. */
export const take = (state: State, batch: SourceBatch): readonly string[] => {
  const { plan, pipeline, summary, durable } = state;
  state.partitions[batch.source] ??= freshPartition();
  const partition = state.partitions[batch.source];
  const scrubbed = pipeline.scrub(batch, partition.clockMs);
  partition.clockMs = scrubbed.clockMs;
  if (durable !== null && scrubbed.clockMs > durable.clock.nowMs() + AHEAD_MS)
    throw new TransportError('unreadable', 'append times of a source are more than 5 minutes ahead of our clock', true);
  let entered = scrubbed.noView + scrubbed.faults.count;
  for (const decoded of scrubbed.decoded) {
    for (const view of plan.events[decoded.event].views) state.windows.enter(view, batch.source, decoded);
    entered += decoded.count;
  }
  invariant(entered === batch.count, `conservation in a batch: ${batch.count} records read, ${entered} accounted for`);
  for (const verdicts of scrubbed.settled) note(state, verdicts);
  for (const candidates of scrubbed.candidates) for (const verdicts of pipeline.offer(candidates)) note(state, verdicts);
  summary.read += batch.count;
  summary.noView += scrubbed.noView;
  summary.quarantined += scrubbed.faults.count;
  return state.writers.quarantine(batch, scrubbed.faults, scrubbed.clockMs, summary);
};
