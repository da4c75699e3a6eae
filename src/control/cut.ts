import { alignmentMs } from '../model/epochs.ts';
import type { Plan } from '../model/plan.ts';
import type { Refusal } from './refusals.ts';
import type { ControlState } from './state.ts';
import { everywhere, isTooSoon } from './too-soon.ts';

/** Another epoch begins where windows of all views do: a window under two keys would count its subjects twice. */
export const cutRefusal = (startMs: number, atMs: number, plan: Plan): Refusal | null => {
  if (startMs % alignmentMs(...plan.views) !== 0) return 'contradiction';
  return isTooSoon(plan, everywhere(plan), atMs, startMs) ? 'too-soon' : null;
};

/** Windows that start at a time, ms, or later lie in another key epoch. */
export const cut = ({ rotations }: Pick<ControlState, 'rotations'>, startMs: number): void => {
  rotations.push(startMs);
  rotations.sort((a, b) => a - b);
};
