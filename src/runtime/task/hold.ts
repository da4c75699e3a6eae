import { epochsOf } from '../../model/epochs.ts';
import { encodeCandidates } from '../../record/candidate.ts';
import { HELD_NONCE_BYTES, sealHeld } from '../../record/held.ts';
import { windowKey } from '../keys/window-key.ts';
import { type Durable, type State, windowName } from './state.ts';

/** Rows of one held record: so that it stays well below what a broker takes (1 MiB). */
const ROWS = 2000;

/**
 * The survivors that came since `held` was last written, encrypted under their windows' keys. From now on a restart reads
 * the source log from where it stands: everything before is either final or held.
 */
export const hold = (state: State, durable: Durable): readonly Uint8Array[] => {
  const { plan, sources } = state;
  const records: Uint8Array[] = [];
  for (const { windowStartMs, windowEndMs, columns } of state.pipeline.takeFresh()) {
    const view = plan.views[columns.view];
    const name = windowName(view.name, windowStartMs);
    if (!state.heldFirst.has(name)) state.heldFirst.set(name, state.heldNext);
    const key = windowKey(durable.keys.epoch(epochsOf(plan, durable.keys).of(windowStartMs)), view.name, windowStartMs);
    const shape = { plan: plan.digest, windowStart: windowStartMs, windowEnd: windowEndMs, levels: view.path.length };
    for (let from = 0; from < columns.count; from += ROWS) {
      const candidates = rowsOf(columns, from, Math.min(columns.count, from + ROWS));
      const bytes = encodeCandidates({ ...shape, attributes: view.attributes.length, sources, candidates });
      records.push(sealHeld(key, durable.random(HELD_NONCE_BYTES), { view: view.name, windowStart: windowStartMs }, bytes));
    }
  }
  for (const [source, partition] of state.partitions.entries()) {
    partition.restoreFrom = state.log.position(source);
    partition.restoreClockMs = partition.clockMs;
  }
  state.heldAtMs = durable.clock.nowMs();
  return records;
};

type Columns = Parameters<typeof encodeCandidates>[0]['candidates'];

const rowsOf = (of: Columns, from: number, to: number): Columns => {
  const part = <T extends Uint8Array | Int32Array | Float64Array>(column: T): T => {
    const width = column.length / of.count;
    return column.subarray(from * width, to * width) as T;
  };
  return {
    view: of.view,
    count: to - from,
    source: part(of.source),
    offset: part(of.offset),
    appendMs: part(of.appendMs),
    eventHour: part(of.eventHour),
    subject: part(of.subject),
    event: part(of.event),
    gateway: part(of.gateway),
    actor: part(of.actor),
    start: part(of.start),
    codes: part(of.codes),
    sensitive: part(of.sensitive),
  };
};
