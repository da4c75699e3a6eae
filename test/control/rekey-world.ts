import { type ControlLine, createControlFold } from '../../src/control/fold.ts';
import type { ControlRecord } from '../../src/control/shape.ts';
import type { SubjectKind } from '../../src/control/subject.ts';
import type { Plan } from '../../src/model/plan.ts';
import { HOUR_MS } from '../../src/model/time.ts';
import { commitmentOf } from '../../src/runtime/keys/commitment.ts';
import { controlKey, type controlLog, controlledPlan, OFFICER, SECOND, subject } from './world.ts';

export const plan = controlledPlan();
export const NOW = 1_767_614_400_000;
export const SIX = 6 * HOUR_MS;
/** Windows of all views begin here, and seven hours lie before it. */
export const CUT = Math.ceil((NOW + 7 * HOUR_MS) / SIX) * SIX;
export const view = plan.views.find(({ name }) => name === 'device-health') as Plan['views'][number];
export const both = [OFFICER, SECOND] as const;

export const foldOf = (lines: readonly ControlLine[]) => {
  const fold = createControlFold(plan);
  for (const line of lines) fold.take(line);
  return fold;
};

/** Subjects whom a record names as members, by kind and id. */
export type Who = readonly [SubjectKind, string];

export const COMMITMENT = (key: number): string => commitmentOf(controlKey(key));

/** Pairs of tokens of somebody, under a key and under the one before it. */
export const aliasesOf = (plan: Plan, [kind, id]: Who, key = 2): [string, string][] => {
  const [before, after] = [subject(plan, kind, id, key - 1).tokens, subject(plan, kind, id, key).tokens];
  return before.map((token, i) => [token, after[i]]);
};

export const staged = (aliases: [string, string][], key = 2, commitment = COMMITMENT(key)): ControlRecord => ({
  kind: 'rekey',
  key,
  state: 'staged',
  commitment,
  aliases,
});

export const rekeyed = (from: number, key = 2, commitment = COMMITMENT(key)): ControlRecord => ({
  kind: 'rekey',
  key,
  state: 'active',
  commitment,
  from,
});

export const unkeyed = (key: number): ControlRecord => ({ kind: 'rekey', key, state: 'destroyed' });

/** Says everything that a new control key needs: another name for everybody, and from when on it is in force. */
export const sayRekey = (
  plan: Plan,
  log: ReturnType<typeof controlLog>,
  who: readonly Who[],
  fromMs: number,
  atMs: number,
  key = 2,
): void => {
  const aliases = who.flatMap((one) => aliasesOf(plan, one, key));
  if (aliases.length > 0) log.say(staged(aliases, key), atMs, OFFICER, SECOND);
  log.say(rekeyed(fromMs, key), atMs, OFFICER, SECOND);
};

/** A token of somebody under a key, as an event would have it. */
export const token = (plan: Plan, kind: SubjectKind, id: string, key: number): string => subject(plan, kind, id, key).tokens[0];
