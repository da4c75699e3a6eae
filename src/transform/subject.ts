import type { Columns, TextColumn } from '../model/columns.ts';
import { type Keys, LABEL } from '../model/keys.ts';
import type { EventPlan } from '../model/plan.ts';
import type { IdentifierKind } from '../policy/canonical/index.ts';
import { type EpochRun, eventTokens, identifierTokens, textColumn } from './tokens.ts';

/** Tokens of all rows of a batch, made once and shared by the event's views. `null`: the event has no such field. */
export interface Tokens {
  readonly event: Uint8Array;
  readonly household: SubjectTokens | null;
  readonly device: SubjectTokens | null;
  readonly gateway: SubjectTokens | null;
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
}

const kindOf = (event: EventPlan, slot: number): IdentifierKind =>
  slot < 0 ? 'other' : ((event.fields[slot].identifier ?? 'other') as IdentifierKind);

const tokensOf = (column: TextColumn | null, kind: IdentifierKind, label: number, count: number, runs: readonly EpochRun[], keys: Keys) =>
  column === null
    ? null
    : { tokens: identifierTokens(column, kind, label, count, runs, keys), has: (row: number) => column.length[row] > 0 };

/**
 * Resolves subjects (spec section 3). A household is the trusted field or the authenticated gateway, as the policy says;
 * with `bindings` it is whatever a signed binding says of the device, and until a control log is read nobody is bound, so
 * every record of a household view is blocked: the safe answer.
 */
export const resolveTokens = (
  event: EventPlan,
  columns: Columns,
  needs: TokenNeeds,
  coordinate: (row: number) => string,
  runs: readonly EpochRun[],
  keys: Keys,
): Tokens => {
  const { slots } = event;
  const count = columns.count;
  const column = (slot: number) => textColumn(columns.fields, slot);
  const householdSlot = event.household === 'trusted' ? slots.household : event.household === 'gateway' ? slots.gateway : -1;
  const make = (wanted: boolean, slot: number, label: number) =>
    wanted ? tokensOf(column(slot), kindOf(event, slot), label, count, runs, keys) : null;
  return {
    event: eventTokens(column(slots.id), column(slots.device), kindOf(event, slots.device), coordinate, count, runs, keys),
    household: make(needs.household, householdSlot, LABEL.household),
    device: make(needs.device, slots.device, LABEL.device),
    gateway: make(needs.gateway, slots.gateway, LABEL.gateway),
  };
};
