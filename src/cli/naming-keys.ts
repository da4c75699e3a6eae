import { lastControlKey } from '../control/control-keys.ts';
import { createControlFold } from '../control/fold.ts';
import type { ControlState } from '../control/state.ts';
import type { NamingKeys } from '../control/subject.ts';
import { type ControlKey, FIRST_CONTROL_KEY } from '../model/keys.ts';
import { controlKeys, openControlKey } from '../runtime/keys/control.ts';
import type { Ground } from './say.ts';

/** The key before the last one. */
const beforeLast = ({ rekeyed }: ControlState): ControlKey => {
  const before = rekeyed.at(-2);
  return before === undefined ? FIRST_CONTROL_KEY : { number: before.key, commitment: before.commitment };
};

/**
 * The control keys by which a record names subjects now. As long as the key before the last one is there, by both: the clock of whoever
 * writes and that of the log need not agree on whose windows are still open. Throws `KeyError` when the folder lacks the last one.
 */
export const namingKeys = async ({ plan, log, keys, within }: Ground): Promise<NamingKeys> => {
  const options = { prf: plan.prf, create: false };
  const there = controlKeys(keys, options).filter(({ isDestroyed }) => !isDestroyed);
  const isFirst = there.length === 1 && there[0].number === FIRST_CONTROL_KEY.number;
  // Whoever has the first key alone need not read the log: where it names another one, the record is refused.
  if (isFirst) return { number: FIRST_CONTROL_KEY.number, control: openControlKey(keys, options), next: null };
  const fold = createControlFold(plan);
  for (const line of await within(() => log.lines())) fold.take(line);
  const last = lastControlKey(fold.state);
  const control = openControlKey(keys, options, last);
  if (last.number === FIRST_CONTROL_KEY.number) return { number: last.number, control, next: null };
  const before = beforeLast(fold.state);
  if (!there.some(({ number }) => number === before.number)) return { number: last.number, control, next: null };
  return { number: before.number, control: openControlKey(keys, options, before), next: control };
};
