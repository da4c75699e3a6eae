import { type ControlKey, FIRST_CONTROL_KEY, type Keys } from './keys.ts';
import type { Plan } from './plan.ts';

/**
 * Which key epoch a window lies in. Epochs are cut by append time: the policy cuts them at multiples of one length from 1970, and
 * numbers them so; a rotation cuts where a control record says, and the epoch that begins there is numbered by its start, ms.
 * Every cut lies where windows of all views begin, so that a window has one epoch.
 */
export interface Epochs {
  /** Number of the epoch of a window that starts, or of a record that was appended, at a time, ms. */
  of(atMs: number): number;
  /**
   * Whether control records say that the keys are destroyed, or the control key of its windows: nothing is decided under them any more.
   */
  isDestroyed(epoch: number): boolean;
  /** Epochs whose keys are destroyed, in the order in which it was said. */
  destroyed(): readonly number[];
  /** The control key of an epoch's windows: an epoch begins with each. */
  controlKey(epoch: number): ControlKey;
  /** Numbers of control keys that are destroyed, in the order in which it was said. */
  destroyedControls(): readonly number[];
}

/** Epochs as the policy alone cuts them. */
export const scheduledEpochs = (epochMs: number): Epochs => ({
  of: (atMs) => Math.floor(atMs / epochMs),
  isDestroyed: () => false,
  destroyed: () => [],
  controlKey: () => FIRST_CONTROL_KEY,
  destroyedControls: () => [],
});

/** Epochs of a key ring under a plan: with a control log, those that its records cut. */
export const epochsOf = ({ epochMs }: Pick<Plan, 'epochMs'>, { schedule }: Keys): Epochs => schedule ?? scheduledEpochs(epochMs);

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** Shortest length that every window of these views divides, ms: at its multiples no window is under way. */
export const alignmentMs = (...views: readonly Pick<Plan['views'][number], 'windowMs'>[]): number =>
  views.reduce((all, { windowMs }) => (all / gcd(all, windowMs)) * windowMs, 1);
