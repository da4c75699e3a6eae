import { type ControlKey, FIRST_CONTROL_KEY } from '../model/keys.ts';
import type { ControlState } from './state.ts';

type Rekeyings = Pick<ControlState, 'rekeyed'>;

/** The control key of windows that start at a time, ms. */
export const controlKeyAt = ({ rekeyed }: Rekeyings, atMs: number): ControlKey => {
  for (let i = rekeyed.length - 1; i >= 0; i--)
    if (rekeyed[i].fromMs <= atMs) return { number: rekeyed[i].key, commitment: rekeyed[i].commitment };
  return FIRST_CONTROL_KEY;
};

/** The last control key that was said to come into force, also when its windows are still ahead. */
export const lastControlKey = (state: Rekeyings): ControlKey => controlKeyAt(state, Number.POSITIVE_INFINITY);

/** When the windows of a control key are over, ms; null: it is the last one. */
export const controlKeyEnd = ({ rekeyed }: Rekeyings, number: number): number | null =>
  rekeyed.find(({ key }) => key === number + 1)?.fromMs ?? null;
