import { spanOf } from '../control/epochs.ts';
import { type ControlFold, createControlFold } from '../control/fold.ts';
import type { Plan } from '../model/plan.ts';
import { systemClock } from '../runtime/clock.ts';
import type { Ring } from '../runtime/keys/ring.ts';
import type { EpochState } from '../runtime/keys/ring-file.ts';
import { requireConfig } from './config.ts';
import { destroyControl, toldControlKeys } from './control-keys.ts';
import { type DestroyFlags, epochOpen, foldOf, longestMs, type RotateFlags, ringOf, soonestMs } from './epoch-ground.ts';
import { CliError, EXIT } from './exit.ts';
import { outputOf, table } from './output.ts';
import { requirePlan } from './policy.ts';
import { rotateControl } from './rekey.ts';
import { type Ground, groundOf, type SayFlags, sayRecords, timeOf } from './say.ts';

/** An epoch as it is told: what the ring has of it, and when its windows begin and end. */
interface ToldEpoch {
  readonly epoch: number;
  readonly state: EpochState;
  readonly from: string;
  readonly until: string;
}

/** The ring knows what keys there are; that an epoch is over, nobody has to tell it. */
const told = (plan: Plan, fold: ControlFold, ring: Ring, nowMs: number): ToldEpoch[] =>
  ring
    .epochs()
    .map((epoch) => ({ epoch, state: ring.state(epoch) ?? 'destroyed', ...spanOf(plan, fold.state, epoch) }))
    .sort((a, b) => a.startMs - b.startMs)
    .map(({ epoch, state, startMs, endMs }) => ({
      epoch,
      state: fold.epochs.isDestroyed(epoch) ? 'destroyed' : stateAt(state, startMs, endMs, nowMs),
      from: new Date(startMs).toISOString(),
      until: new Date(endMs).toISOString(),
    }));

const stateAt = (stored: EpochState, startMs: number, endMs: number, nowMs: number): EpochState => {
  if (stored === 'destroyed' || stored === 'retired') return stored;
  if (endMs <= nowMs) return 'retired';
  return startMs <= nowMs ? 'active' : 'staged';
};

/** What `keys list` looks at: without a control log only the policy cuts epochs. */
const listed = async (flags: SayFlags): Promise<{ readonly plan: Plan; readonly keys: string; readonly fold: ControlFold }> => {
  const { service, plan } =
    flags.config !== undefined
      ? requireConfig(flags.config)
      : { service: null, ...requirePlan(flags.policy ?? missing('-c for the service, or --policy')) };
  const keys = flags.keys ?? service?.keys ?? 'keys';
  const hasLog = plan.signers.length > 0 && (flags.config !== undefined || flags.controls !== undefined);
  return { plan, keys, fold: hasLog ? await foldOf(await groundOf(flags)) : createControlFold(plan) };
};

const missing = (expected: string): never => {
  throw new CliError('usage', EXIT.config, expected, 'unjoin keys list --help');
};

export async function listEpochs(flags: SayFlags): Promise<void> {
  const output = outputOf(flags);
  const { plan, keys, fold } = await listed(flags);
  const epochs = told(plan, fold, ringOf(plan, keys), systemClock.nowMs());
  const rows = epochs.map(({ epoch, state, from, until }) => [String(epoch), state, from, until]);
  for (const line of table(['epoch', 'state', 'from', 'until'], rows)) output.say(line);
  const controls = plan.signers.length === 0 ? [] : toldControlKeys(plan, keys, fold.state, systemClock.nowMs());
  if (controls.length > 0) {
    output.say('');
    const rows = controls.map(({ key, state, from, until }) => [String(key), state, from ?? '-', until ?? '-']);
    for (const line of table(['control key', 'state', 'from', 'until'], rows)) output.say(line);
  }
  output.document(controls.length > 0 ? { epochs, controls } : { epochs });
}

/** The keys are on disk before anybody is told of them; the ring's other processes then find the same ones. */
export async function rotateKeys(flags: RotateFlags): Promise<void> {
  if (flags.control === true) return rotateControl(flags);
  const output = outputOf(flags);
  const ground = await groundOf(flags);
  const { plan, keys, nowMs } = ground;
  const ring = ringOf(plan, keys);
  const epoch = flags.from === undefined ? soonestMs(plan, nowMs()) : timeOf(flags.from, '--from');
  const records = [{ kind: 'epoch', epoch, state: 'active' }] as const;
  // What a gate would refuse makes no keys.
  const judged = await sayRecords({ ...flags, dryRun: true }, ground, records);
  const isDry = flags.dryRun === true;
  if (!isDry) ring.stage(epoch);
  const said = isDry ? judged : await sayRecords(flags, ground, records);
  if (!isDry) retireOver(plan, await foldOf(ground), ring, nowMs());
  const from = new Date(epoch).toISOString();
  output.say(isDry ? `epoch ${epoch} would begin at ${from}; nothing was written` : `epoch ${epoch} is staged and begins at ${from}`);
  output.document({ dryRun: isDry, epoch, from, state: isDry ? null : 'staged', said });
}

/** No key is added any more to epochs whose last windows are a window past. */
const retireOver = (plan: Plan, fold: ControlFold, ring: Ring, nowMs: number): void => {
  for (const epoch of ring.epochs())
    if (ring.state(epoch) === 'active' && spanOf(plan, fold.state, epoch).endMs + longestMs(plan) <= nowMs) ring.retire(epoch);
};

/** Keys of an epoch may go when nothing can be decided under them any more: their end, and a window, are past. */
const checkOver = async (flags: SayFlags, { plan }: Ground, fold: ControlFold, epoch: number, nowMs: number): Promise<void> => {
  if (spanOf(plan, fold.state, epoch).endMs + longestMs(plan) > nowMs) throw epochOpen('an epoch whose windows are all over');
  if (flags.config === undefined) return;
  const { service } = requireConfig(flags.config);
  // Commands over files need not load a Kafka client.
  const { readWindowsLeft } = await import('./ledgers.ts');
  const left = await readWindowsLeft(service, (startMs) => fold.epochs.of(startMs) === epoch);
  if (left > 0) throw epochOpen(`an epoch whose windows are all decided: ${left} are still open`);
};

/** The record is written first: a key that was destroyed without anybody having said so would be a loss. */
export async function destroyKeys(flags: DestroyFlags): Promise<void> {
  if ((flags.epoch === undefined) === (flags.control === undefined))
    throw new CliError('usage', EXIT.config, 'one of --epoch and --control', 'unjoin keys list');
  if (flags.control !== undefined) return destroyControl(flags);
  const output = outputOf(flags);
  const epoch = Number(flags.epoch);
  if (!Number.isSafeInteger(epoch)) throw new CliError('usage', EXIT.config, 'the number of an epoch after --epoch', 'unjoin keys list');
  const ground = await groundOf(flags);
  const ring = ringOf(ground.plan, ground.keys);
  const fold = await foldOf(ground);
  if (ring.state(epoch) === null && !fold.epochs.isDestroyed(epoch))
    throw new CliError('epoch-unknown', EXIT.config, 'an epoch of the key ring', 'unjoin keys list');
  await checkOver(flags, ground, fold, epoch, ground.nowMs());
  const said = fold.epochs.isDestroyed(epoch) ? [] : await sayRecords(flags, ground, [{ kind: 'epoch', epoch, state: 'destroyed' }]);
  if (flags.dryRun !== true) ring.destroy(epoch);
  output.say(flags.dryRun === true ? `epoch ${epoch} would be destroyed` : `epoch ${epoch} is destroyed`);
  output.document({ dryRun: flags.dryRun === true, epoch, state: flags.dryRun === true ? ring.state(epoch) : 'destroyed', said });
}
