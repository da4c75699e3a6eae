import { FIRST_CONTROL_KEY } from '../model/keys.ts';
import type { Plan } from '../model/plan.ts';
import { controlKeyEnd, lastControlKey } from './control-keys.ts';
import { cut, cutRefusal } from './cut.ts';
import { isNamed, namedRoots } from './naming.ts';
import type { Refusal } from './refusals.ts';
import type { RecordOf } from './shape.ts';
import type { ControlState, StagedKey } from './state.ts';
import { everywhere, isTooSoon } from './too-soon.ts';

type Rekey = RecordOf<'rekey'>;
type Of<S extends Rekey['state']> = Extract<Rekey, { readonly state: S }>;

/** Whether a key is the one that may come next: exactly one number ahead, and no other one is still on its way. */
const isNext = (state: ControlState, key: number, atMs: number): boolean =>
  key === lastControlKey(state).number + 1 && (state.rekeyed.at(-1)?.fromMs ?? Number.NEGATIVE_INFINITY) <= atMs;

/** Whether both tokens of an alias may be of one subject, after those that were taken before it. */
const isPossible = (state: ControlState, { aliases, tokens }: StagedKey, [token, renewed]: readonly [string, string]): boolean => {
  const known = aliases.get(token);
  if (known !== undefined) return known === renewed;
  const { names } = state;
  const isOld = (names.keyOf(token) ?? FIRST_CONTROL_KEY.number) === lastControlKey(state).number && isNamed(state, token);
  const isNew = names.keyOf(renewed) === null && !isNamed(state, renewed) && !tokens.has(renewed);
  return isOld && isNew;
};

/** Aliases are taken beside those that were said of the same key before; all of a record, or none. */
const stage = (state: ControlState, { key, commitment, aliases }: Of<'staged'>, atMs: number): Refusal | null => {
  if (!isNext(state, key, atMs)) return 'contradiction';
  const { staged } = state;
  // Of a key that was lost before it came into force nothing holds any more.
  const before: StagedKey =
    staged?.commitment === commitment ? staged : { commitment, aliases: new Map<string, string>(), tokens: new Set<string>() };
  const own: StagedKey = { commitment, aliases: new Map<string, string>(), tokens: new Set<string>() };
  for (const alias of aliases) {
    if (!isPossible(state, before, alias) || !isPossible(state, own, alias)) return 'contradiction';
    own.aliases.set(...alias);
    own.tokens.add(alias[1]);
  }
  for (const alias of own.aliases) {
    before.aliases.set(...alias);
    before.tokens.add(alias[1]);
  }
  state.staged = before;
  return null;
};

/** Whether everybody of whom anything is kept has a token under the next key: else it would be forgotten with the old one. */
const hasEverybody = (state: ControlState, commitment: string): boolean => {
  const { number } = lastControlKey(state);
  const aliases = state.staged?.commitment === commitment ? state.staged.aliases : null;
  for (const root of namedRoots(state)) {
    const token = state.names.under(root, number);
    if (token === null || aliases?.has(token) !== true) return false;
  }
  return true;
};

const activate = (state: ControlState, { key, commitment, from }: Of<'active'>, atMs: number, plan: Plan): Refusal | null => {
  const epoch = String(from);
  if (!isNext(state, key, atMs) || state.epochs.has(epoch)) return 'contradiction';
  const refusal = cutRefusal(from, atMs, plan);
  if (refusal !== null) return refusal;
  if (!hasEverybody(state, commitment)) return 'not-rekeyed';
  for (const [token, renewed] of state.staged?.commitment === commitment ? state.staged.aliases : [])
    state.names.join({ key: key - 1, token, renewed });
  state.staged = null;
  state.rekeyed.push({ key, commitment, fromMs: from });
  cut(state, from);
  state.epochs.add(epoch, atMs, 'active');
  return null;
};

/** A control key may go when nothing is decided under it any more: a window after its last one. */
const destroy = (state: ControlState, { key }: Of<'destroyed'>, atMs: number, plan: Plan): Refusal | null => {
  const endMs = controlKeyEnd(state, key);
  if (endMs === null || state.unkeyed.has(key)) return 'contradiction';
  if (isTooSoon(plan, everywhere(plan), endMs, atMs)) return 'too-soon';
  state.unkeyed.add(key);
  return null;
};

/** What becomes of a control key: another one is staged, comes into force, and the one before it is destroyed. */
export const rekey = (state: ControlState, record: Rekey, atMs: number, plan: Plan): Refusal | null => {
  switch (record.state) {
    case 'staged':
      return stage(state, record, atMs);
    case 'active':
      return activate(state, record, atMs, plan);
    case 'destroyed':
      return destroy(state, record, atMs, plan);
    default:
      return record satisfies never;
  }
};
