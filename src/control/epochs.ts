import { type Epochs, scheduledEpochs } from '../model/epochs.ts';
import type { Plan } from '../model/plan.ts';
import type { ControlState } from './state.ts';

type Rotations = Pick<ControlState, 'rotations'>;

/** The last rotation at or before a time; null when there is none. */
const lastRotation = ({ rotations }: Rotations, atMs: number): number | null => {
  for (let i = rotations.length - 1; i >= 0; i--) if (rotations[i] <= atMs) return rotations[i];
  return null;
};

/** Key epochs as the policy cuts them, and control records cut them again. Follows the state as it grows. */
export const foldedEpochs = ({ epochMs }: Plan, state: Pick<ControlState, 'rotations' | 'destroyed'>): Epochs => {
  const { of } = scheduledEpochs(epochMs);
  return {
    of(atMs) {
      const scheduled = of(atMs);
      const rotation = state.rotations.length === 0 ? null : lastRotation(state, atMs);
      // The next cut of the policy ends an epoch that keys were rotated to.
      return rotation !== null && rotation >= scheduled * epochMs ? rotation : scheduled;
    },
    isDestroyed: (epoch) => state.destroyed.has(epoch),
    destroyed: () => [...state.destroyed],
  };
};

/** When the windows of an epoch begin and end, ms: [start, end). Empty where a rotation took the whole of it. */
export const spanOf = (
  { epochMs }: Plan,
  { rotations }: Rotations,
  epoch: number,
): { readonly startMs: number; readonly endMs: number } => {
  const isRotation = rotations.includes(epoch);
  const startMs = isRotation ? epoch : epoch * epochMs;
  const cutMs = (Math.floor(startMs / epochMs) + 1) * epochMs;
  const next = rotations.find((rotation) => (isRotation ? rotation > startMs : rotation >= startMs));
  return { startMs, endMs: Math.min(cutMs, next ?? cutMs) };
};
