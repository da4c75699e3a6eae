import { controlKeyAt, lastControlKey } from '../../control/control-keys.ts';
import { type ControlLine, createControlFold } from '../../control/fold.ts';
import { type ControlKey, KeyError } from '../../model/keys.ts';
import type { Plan } from '../../model/plan.ts';
import { openControlKey } from '../keys/control.ts';
import { type Check, fail, ok } from './check.ts';

const checkOf = (plan: Plan, dir: string, key: ControlKey, begins: string): Check => {
  try {
    openControlKey(dir, { prf: plan.prf, create: false }, key).erase();
    return ok('control key', `key ${key.number}${begins} is there`);
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    const next = 'copy control.json from the folder in which the key was made: without it nothing of its windows is decided';
    return fail('control key', `key ${key.number}${begins}: ${error.code}: expected ${error.message}`, next, 77);
  }
};

/** Whether the key folder has the control key of now, and the one that comes next, and not others under their numbers. */
export const controlKeyChecks = (plan: Plan, dir: string, lines: readonly ControlLine[], nowMs: number): Check[] => {
  const { state, take } = createControlFold(plan);
  for (const line of lines) take(line);
  const [now, last] = [controlKeyAt(state, nowMs), lastControlKey(state)];
  const checks = [checkOf(plan, dir, now, '')];
  if (last.number === now.number) return checks;
  const fromMs = state.rekeyed.at(-1)?.fromMs ?? nowMs;
  return [...checks, checkOf(plan, dir, last, `, which begins at ${new Date(fromMs).toISOString()},`)];
};
