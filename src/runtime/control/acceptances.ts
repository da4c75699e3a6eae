import { type ControlLine, createControlFold } from '../../control/fold.ts';
import type { Plan } from '../../model/plan.ts';
import type { Acceptance } from '../acceptance.ts';

/** Whether a plan names two who may accept what loosens it: an acceptance has two signers. */
export const hasAccepters = (plan: Plan | null): boolean =>
  plan !== null && plan.signers.filter(({ may }) => may.includes('acceptance')).length >= 2;

/** What signers of a plan accepted, by the control log: nothing of a record that a gate would refuse. */
export const signedAcceptances = (plan: Plan, lines: readonly ControlLine[]): readonly Acceptance[] => {
  const fold = createControlFold(plan);
  const found = new Map<string, Acceptance>();
  for (const line of lines) {
    const { kind, signer, refusal } = fold.take(line);
    if (kind !== 'acceptance' || signer === null || refusal !== null) continue;
    for (const [digest, why] of fold.state.acceptances)
      if (!found.has(digest)) found.set(digest, { digest, by: `${signer}, and a second signer`, why });
  }
  return [...found.values()];
};
