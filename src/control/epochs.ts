import { type Epochs, scheduledEpochs } from '../model/epochs.ts';
import type { Plan } from '../model/plan.ts';
import { controlKeyAt } from './control-keys.ts';
import type { ControlState } from './state.ts';

type Rotations = Pick<ControlState, 'rotations'>;

/** The last rotation at or before a time; null when there is none. */
const lastRotation = ({ rotations }: Rotations, atMs: number): number | null => {
  for (let i = rotations.length - 1; i >= 0; i--) if (rotations[i] <= atMs) return rotations[i];
  return null;
};

const startOf = ({ epochMs }: Plan, { rotations }: Rotations, epoch: number): number =>
  rotations.includes(epoch) ? epoch : epoch * epochMs;

/** What of the state says how keys follow each other. */
type Keyed = Pick<ControlState, 'rotations' | 'destroyed' | 'rekeyed' | 'unkeyed'>;

/** Key epochs as the policy cuts them, and control records cut them again. Follows the state as it grows. */
export const foldedEpochs = (plan: Plan, state: Keyed): Epochs => {
  const { epochMs } = plan;
  const { of } = scheduledEpochs(epochMs);
  const controlKey = (epoch: number) => controlKeyAt(state, startOf(plan, state, epoch));
  return {
    of(atMs) {
      const scheduled = of(atMs);
      const rotation = state.rotations.length === 0 ? null : lastRotation(state, atMs);
      // The next cut of the policy ends an epoch that keys were rotated to.
      return rotation !== null && rotation >= scheduled * epochMs ? rotation : scheduled;
    },
    isDestroyed: (epoch) => state.destroyed.has(epoch) || (state.unkeyed.size > 0 && state.unkeyed.has(controlKey(epoch).number)),
    destroyed: () => [...state.destroyed],
    controlKey,
    destroyedControls: () => [...state.unkeyed],
  };
};

/** When the windows of an epoch begin and end, ms: [start, end). Empty where a rotation took the whole of it. */
export const spanOf = (plan: Plan, state: Rotations, epoch: number): { readonly startMs: number; readonly endMs: number } => {
  const { epochMs } = plan;
  const { rotations } = state;
  const isRotation = rotations.includes(epoch);
  const startMs = startOf(plan, state, epoch);
  const cutMs = (Math.floor(startMs / epochMs) + 1) * epochMs;
  const next = rotations.find((rotation) => (isRotation ? rotation > startMs : rotation >= startMs));
  return { startMs, endMs: Math.min(cutMs, next ?? cutMs) };
};
