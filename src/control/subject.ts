import { FIRST_CONTROL_KEY, LABEL, type Prf } from '../model/keys.ts';
import type { Plan } from '../model/plan.ts';
import { CANONICALISERS, canonicalise, type IdentifierKind } from '../policy/canonical/index.ts';
import type { ControlSubject } from './shape.ts';

export type SubjectKind = ControlSubject['kind'];

const LABELS = { device: LABEL.actorDevice, account: LABEL.actorAccount, household: LABEL.actorHousehold } as const;

/** Kinds of identifiers that events of a plan spell a subject in: each has its own canonical form. */
export const identifierKinds = (plan: Plan, kind: SubjectKind): readonly IdentifierKind[] => {
  const kinds = plan.events.flatMap(({ slots, fields }) => {
    const slot = slots[kind];
    return slot < 0 ? [] : [(fields[slot].identifier ?? 'other') as IdentifierKind];
  });
  // A household that only bindings tell stands in no event: its id is a word of whoever binds.
  return kinds.length === 0 && kind === 'household' ? ['household-id'] : [...new Set(kinds)];
};

const message = (label: number, canonical: string): Uint8Array => Buffer.concat([Uint8Array.of(label), Buffer.from(canonical)]);

const tokenOf = (kind: SubjectKind, canonical: string, control: Prf): string =>
  Buffer.from(control.one(message(LABELS[kind], canonical))).toString('hex');

/**
 * Tokens of an id under one control key, by those under another: for every way in which any policy could spell it, as the one by which it
 * was named may be another than today's.
 */
export const renamedTokens = (
  kind: SubjectKind,
  id: string,
  { control, next }: { readonly control: Prf; readonly next: Prf },
): ReadonlyMap<string, string> => {
  const canonical = new Set(Object.values(CANONICALISERS).map((of) => of(id)));
  return new Map([...canonical].map((text) => [tokenOf(kind, text, control), tokenOf(kind, text, next)]));
};

/** Control tokens of an id, in hex, the very ones that `transform` makes of events: one for each way that events spell it. */
export const tokensOf = (plan: Plan, kind: SubjectKind, id: string, control: Prf): string[] => {
  const canonical = new Set(identifierKinds(plan, kind).map((of) => canonicalise(of, id)));
  return [...canonical].map((text) => tokenOf(kind, text, control));
};

/** The control keys by which a record names subjects: one, and the one after it where that was said to come into force. */
export interface NamingKeys {
  readonly number: number;
  readonly control: Prf;
  readonly next: Prf | null;
}

/**
 * A subject as control records name it: its control tokens, and its id as it was given, sealed. Null when no event of the plan names
 * subjects of the kind.
 */
export const subjectOf = (
  plan: Plan,
  kind: SubjectKind,
  id: string,
  { number, control, next }: NamingKeys,
  seal: (aad: string, plaintext: Uint8Array) => Uint8Array,
): ControlSubject | null => {
  const tokens = tokensOf(plan, kind, id, control);
  if (tokens.length === 0) return null;
  const sealed = Buffer.from(seal(kind, Buffer.from(JSON.stringify({ kind, id })))).toString('base64');
  return {
    ...{ kind, tokens, sealed },
    ...(number === FIRST_CONTROL_KEY.number ? {} : { key: number }),
    ...(next === null ? {} : { renewed: tokensOf(plan, kind, id, next) }),
  };
};
