import { type ControlFold, createControlFold } from '../control/fold.ts';
import { alignmentMs } from '../model/epochs.ts';
import type { Plan } from '../model/plan.ts';
import { MINUTE_MS } from '../model/time.ts';
import { openRing, type Ring } from '../runtime/keys/ring.ts';
import { CliError, EXIT } from './exit.ts';
import type { Ground, SayFlags } from './say.ts';

export interface RotateFlags extends SayFlags {
  readonly from?: string;
  /** Begin another control key, too. */
  readonly control?: boolean;
  readonly operatorKey?: string;
}

export interface DestroyFlags extends SayFlags {
  readonly epoch?: string;
  readonly control?: string;
}

export const epochOpen = (expected: string): CliError =>
  new CliError('epoch-open', EXIT.config, expected, 'wait until they are decided, or use `unjoin shutdown`');

export const ringOf = (plan: Plan, keys: string): Ring =>
  openRing(keys, { prf: plan.prf, create: false, views: plan.views.map(({ name }) => name) });

export const longestMs = ({ views }: Plan): number => Math.max(...views.map(({ windowMs }) => windowMs));

export const foldOf = async ({ plan, log, within }: Ground): Promise<ControlFold> => {
  const fold = createControlFold(plan);
  for (const line of await within(() => log.lines())) fold.take(line);
  return fold;
};

/** The first moment at which windows of all views begin, a window ahead and a minute for the way to the log. */
export const soonestMs = (plan: Plan, nowMs: number): number => {
  const alignMs = alignmentMs(...plan.views);
  return Math.ceil((nowMs + longestMs(plan) + MINUTE_MS) / alignMs) * alignMs;
};
