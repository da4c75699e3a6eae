import { type EpochKeys, LABEL } from '../model/keys.ts';
import type { Plan, ViewPlan } from '../model/plan.ts';
import { canonicalise, type IdentifierKind } from '../policy/canonical/index.ts';

/** Gateway tokens, under one epoch's counting key, of the publishers that may read a view (gate rule 2). */
export const publisherTokens = (plan: Plan, view: ViewPlan, keys: EpochKeys): Uint8Array[] => {
  const event = plan.events[view.event];
  const kind = (event.fields[event.slots.gateway]?.identifier ?? 'other') as IdentifierKind;
  return (view.gateways?.publishers ?? []).map((gateway) => {
    const id = new TextEncoder().encode(canonicalise(kind, gateway));
    const message = new Uint8Array(1 + id.length);
    message[0] = LABEL.gateway;
    message.set(id, 1);
    return keys.counting.one(message);
  });
};
