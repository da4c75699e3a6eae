import { epochsOf } from '../../model/epochs.ts';
import type { GoneKeys, Keys } from '../../model/keys.ts';
import { TransportError } from '../../model/log.ts';
import type { Plan } from '../../model/plan.ts';
import type { SourceBatch } from '../../model/record.ts';
import { SECOND_MS } from '../../model/time.ts';
import { sliceBatch } from '../slice-batch.ts';
import type { State } from './state.ts';
import { note } from './take.ts';

/** How often the control log is read for keys that were destroyed, though no window waits for it. */
const LOOK_EVERY_MS = 5 * SECOND_MS;

/**
 * Up to when control records have to be known before anything of a time is taken: one that cuts the epochs says so a window of
 * the longest view ahead.
 */
const cutsKnownMs = ({ views }: Plan, atMs: number): number => atMs - Math.max(0, ...views.map(({ windowMs }) => windowMs)) + 1;

/** Records without a time, which go to quarantine, lie nowhere. */
const latestOf = ({ appendMs, count }: SourceBatch): number =>
  appendMs.subarray(0, count).reduce((latest, atMs) => (atMs > latest ? atMs : latest), Number.NEGATIVE_INFINITY);

export interface Known {
  readonly batches: readonly SourceBatch[];
  /** All of it waits for the control log, and is read again. */
  readonly isHeld: boolean;
}

/** The rows of a batch up to the first that lies behind a time; null: none. */
const partUntil = (batch: SourceBatch, untilMs: number): { readonly part: SourceBatch | null; readonly next: number } => {
  const first = batch.appendMs.subarray(0, batch.count).findIndex((atMs) => atMs > untilMs);
  const next = batch.offset[Math.max(0, first)];
  return { part: first <= 0 ? null : sliceBatch(batch, 0, next), next };
};

/** Of what was fetched the part of which the control log says in which key epochs it lies. The rest is fetched again. */
export const knownBatches = async ({ plan, controls, log }: State, fetched: readonly SourceBatch[]): Promise<Known> => {
  const batches: SourceBatch[] = [];
  const held = new Set<number>();
  for (const batch of fetched) {
    if (held.has(batch.source)) continue;
    if (await controls.isKnown(cutsKnownMs(plan, latestOf(batch)))) {
      batches.push(batch);
      continue;
    }
    // Where windows are shorter than the allowance for clocks, what has just been appended waits, and nothing else.
    const { part, next } = partUntil(batch, (controls.knownMs?.() ?? Number.NEGATIVE_INFINITY) - cutsKnownMs(plan, 0));
    if (part !== null) batches.push(part);
    held.add(batch.source);
    log.seek(batch.source, next);
  }
  return { batches, isHeld: held.size > 0 && batches.length === 0 };
};

/** Before a restart takes anything again. Throws `TransportError`, to be tried again, while nobody can tell the key epochs. */
export const requireCuts = async ({ plan, controls }: State, atMs: number): Promise<void> => {
  if (Number.isFinite(atMs) && !(await controls.isKnown(cutsKnownMs(plan, atMs))))
    throw new TransportError('unreachable', 'the control log, which cuts key epochs, cannot be read', true);
};

/** Looks for control records that nothing waits for yet; who cannot be reached now is asked again. */
export const lookForControls = async (state: State): Promise<void> => {
  const { durable, controls } = state;
  if (durable === null || durable.clock.nowMs() - state.controlsAtMs < LOOK_EVERY_MS) return;
  state.controlsAtMs = durable.clock.nowMs();
  await controls.isKnown(state.controlsAtMs);
};

/** Keys that were destroyed since the last call. */
const newlyGone = ({ controls: { epochs }, forgotten }: State): readonly GoneKeys[] => {
  if (epochs === undefined) return [];
  const all = { epoch: epochs.destroyed(), control: epochs.destroyedControls() };
  return (['epoch', 'control'] as const).flatMap((of) => {
    const fresh = all[of].slice(forgotten[of]);
    forgotten[of] = all[of].length;
    return fresh.map((number) => ({ of, number }));
  });
};

/**
 * Blocks what is open in epochs that were destroyed since the last call, or whose control key was. Returns those keys: they are to be
 * destroyed, wherever they still are, once the step that says so is written.
 */
export const expel = (state: State): readonly GoneKeys[] => {
  const gone = newlyGone(state);
  if (gone.length > 0) for (const verdicts of state.pipeline.expel()) note(state, verdicts);
  return gone;
};

/** Whether the survivors of a window are nobody's any more. */
export const isGone = (plan: Plan, keys: Keys, windowStartMs: number): boolean => {
  const { of, isDestroyed } = epochsOf(plan, keys);
  return isDestroyed(of(windowStartMs));
};
