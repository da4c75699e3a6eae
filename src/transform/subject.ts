import { ACTOR_BYTES, TOKEN_BYTES } from '../model/candidate.ts';
import type { Columns, TextColumn } from '../model/columns.ts';
import { type Keys, LABEL, type Prf } from '../model/keys.ts';
import type { EventPlan } from '../model/plan.ts';
import type { IdentifierKind } from '../policy/canonical/index.ts';
import { controlTokens, type EpochRun, eventTokens, identifierTokens, textColumn } from './tokens.ts';

/** Tokens of all rows of a batch, made once and shared by the event's views. `null`: the event has no such field. */
export interface Tokens {
  readonly event: Uint8Array;
  readonly household: SubjectTokens | null;
  readonly device: SubjectTokens | null;
  readonly gateway: SubjectTokens | null;
  /** ACTOR_BYTES a row; empty without a control log. */
  readonly actor: Uint8Array;
}

/** `tokens` has 16 bytes a row; `has(row)` is false where the record does not say. */
export interface SubjectTokens {
  readonly tokens: Uint8Array;
  has(row: number): boolean;
}

/** Which tokens the views of an event need; what nobody needs is not computed. */
export interface TokenNeeds {
  readonly household: boolean;
  readonly device: boolean;
  readonly gateway: boolean;
  readonly actor: boolean;
}

const kindOf = (event: EventPlan, slot: number): IdentifierKind =>
  slot < 0 ? 'other' : ((event.fields[slot].identifier ?? 'other') as IdentifierKind);

const tokensOf = (column: TextColumn | null, kind: IdentifierKind, label: number, count: number, runs: readonly EpochRun[], keys: Keys) =>
  column === null
    ? null
    : { tokens: identifierTokens(column, kind, label, count, runs, keys), has: (row: number) => column.length[row] > 0 };

/** Control tokens of device, account and trusted household beside each other; zeros where a record does not say. */
const actorsOf = (event: EventPlan, columns: Columns, runs: readonly EpochRun[], controlOf: (epoch: number) => Prf): Uint8Array => {
  const { slots, household } = event;
  const parts = [
    [slots.device, LABEL.actorDevice],
    [slots.account, LABEL.actorAccount],
    [household === 'trusted' ? slots.household : -1, LABEL.actorHousehold],
  ] as const;
  const actors = new Uint8Array(columns.count * ACTOR_BYTES);
  for (const [part, [slot, label]] of parts.entries()) {
    const column = textColumn(columns.fields, slot);
    if (column === null) continue;
    const tokens = controlTokens(column, kindOf(event, slot), label, columns.count, runs, controlOf);
    for (let row = 0; row < columns.count; row++) {
      if (column.length[row] <= 0) continue;
      actors.set(tokens.subarray(row * TOKEN_BYTES, (row + 1) * TOKEN_BYTES), row * ACTOR_BYTES + part * TOKEN_BYTES);
    }
  }
  return actors;
};

/**
 * Resolves subjects (spec section 3). A household is the trusted field or the authenticated gateway, as the policy says. With
 * `bindings` only the control records as of a window's end can tell it: until then the device stands for it. Without a control log nobody ever is
 * bound.
 */
export const resolveTokens = (
  event: EventPlan,
  columns: Columns,
  needs: TokenNeeds,
  coordinate: (row: number) => string,
  runs: readonly EpochRun[],
  keys: Keys,
  controlOf: (epoch: number) => Prf,
): Tokens => {
  const { slots } = event;
  const count = columns.count;
  const column = (slot: number) => textColumn(columns.fields, slot);
  const told = { trusted: slots.household, gateway: slots.gateway, bindings: needs.actor ? slots.device : -1 };
  const make = (wanted: boolean, slot: number, label: number) =>
    wanted ? tokensOf(column(slot), kindOf(event, slot), label, count, runs, keys) : null;
  return {
    event: eventTokens(column(slots.id), column(slots.device), kindOf(event, slots.device), coordinate, count, runs, keys),
    household: make(needs.household, told[event.household], event.household === 'bindings' ? LABEL.device : LABEL.household),
    device: make(needs.device, slots.device, LABEL.device),
    gateway: make(needs.gateway, slots.gateway, LABEL.gateway),
    actor: needs.actor ? actorsOf(event, columns, runs, controlOf) : new Uint8Array(0),
  };
};
