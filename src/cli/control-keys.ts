import { controlKeyEnd, lastControlKey } from '../control/control-keys.ts';
import type { ControlState } from '../control/state.ts';
import type { Plan } from '../model/plan.ts';
import { controlKeys, destroyControlKey, hasControlKeys } from '../runtime/keys/control.ts';
import type { EpochState } from '../runtime/keys/ring-file.ts';
import { requireConfig } from './config.ts';
import { type DestroyFlags, epochOpen, foldOf, longestMs } from './epoch-ground.ts';
import { CliError, EXIT } from './exit.ts';
import { outputOf } from './output.ts';
import { type Ground, groundOf, type SayFlags, sayRecords } from './say.ts';

/** A control key as it is told: when its windows begin and end; null: nobody said. */
interface ToldControlKey {
  readonly key: number;
  readonly state: EpochState;
  readonly from: string | null;
  readonly until: string | null;
}

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

const stateOf = (state: ControlState, number: number, isGone: boolean, nowMs: number): EpochState => {
  if (isGone || state.unkeyed.has(number)) return 'destroyed';
  if (number > lastControlKey(state).number) return 'staged';
  const endMs = controlKeyEnd(state, number);
  if (endMs !== null && endMs <= nowMs) return 'retired';
  return (controlKeyEnd(state, number - 1) ?? Number.NEGATIVE_INFINITY) <= nowMs ? 'active' : 'staged';
};

/** The control keys of a folder; none where there is no file of them yet: it is made when somebody needs it. */
export const toldControlKeys = (plan: Plan, dir: string, state: ControlState, nowMs: number): readonly ToldControlKey[] =>
  (hasControlKeys(dir) ? controlKeys(dir, { prf: plan.prf, create: false }) : []).map(({ number, isDestroyed }) => ({
    key: number,
    state: stateOf(state, number, isDestroyed, nowMs),
    from: iso(controlKeyEnd(state, number - 1)),
    until: iso(controlKeyEnd(state, number)),
  }));

/** A control key may go when nothing can be decided under it any more: its end, and a window, are past, and no task has one open. */
const checkOver = async (flags: SayFlags, { plan }: Ground, state: ControlState, number: number, nowMs: number): Promise<void> => {
  const endMs = controlKeyEnd(state, number);
  if (endMs === null)
    throw new CliError(
      'control-key-latest',
      EXIT.config,
      'a control key that another has followed',
      'unjoin keys rotate --control, or unjoin shutdown',
    );
  if (endMs + longestMs(plan) > nowMs) throw epochOpen('a control key whose windows are all over');
  if (flags.config === undefined) return;
  const { service } = requireConfig(flags.config);
  // Commands over files need not load a Kafka client.
  const { readWindowsLeft } = await import('./ledgers.ts');
  const left = await readWindowsLeft(service, (startMs) => startMs < endMs);
  if (left > 0) throw epochOpen(`a control key whose windows are all decided: ${left} are still open`);
};

/** The record is written first, as for an epoch. Both can be done again. */
export async function destroyControl(flags: DestroyFlags): Promise<void> {
  const output = outputOf(flags);
  const number = Number(flags.control);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new CliError('usage', EXIT.config, 'the number of a control key after --control', 'unjoin keys list');
  const ground = await groundOf(flags);
  const { plan, keys, nowMs } = ground;
  const { state } = await foldOf(ground);
  const isSaid = state.unkeyed.has(number);
  if (!isSaid && !controlKeys(keys, { prf: plan.prf, create: false }).some((key) => key.number === number))
    throw new CliError('control-key-unknown', EXIT.config, 'a control key of the folder', 'unjoin keys list');
  await checkOver(flags, ground, state, number, nowMs());
  const said = isSaid ? [] : await sayRecords(flags, ground, [{ kind: 'rekey', key: number, state: 'destroyed' }]);
  const isDry = flags.dryRun === true;
  if (!isDry) destroyControlKey(keys, plan.prf, number);
  output.say(isDry ? `control key ${number} would be destroyed` : `control key ${number} is destroyed`);
  output.document({ dryRun: isDry, key: number, state: isDry ? stateOf(state, number, false, nowMs()) : 'destroyed', said });
}
