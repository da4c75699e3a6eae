import { type Decoded, decoded, refused } from './decoded.ts';
import { isCount, isDigest, isText, isWhole, LINE_VERSION, splitLine } from './line.ts';

/** Somebody accepted what loosens from one policy to the next, which a task takes from its next boundary on. */
export interface AuditAcceptance {
  readonly task: number;
  /** Digest of just these changes between just these plans: `unjoin policy diff` tells it. */
  readonly accepted: string;
  readonly by: string;
  readonly why: string;
  /** Digest of the plan that follows. */
  readonly next: string;
  /** When the task named it, by the clock of the service, ms. */
  readonly at: number;
  /** Digest of the plan in force. */
  readonly policy: string;
}

export type AuditAcceptanceLine = AuditAcceptance & { readonly seq: number; readonly prev: string; readonly hash: string };

/** Canonical text without its hash. It stands in the chain between the lines of windows. */
export const acceptanceText = (line: AuditAcceptance & { readonly seq: number; readonly prev: string }): string =>
  JSON.stringify({
    v: LINE_VERSION,
    seq: line.seq,
    task: line.task,
    accepted: line.accepted,
    by: line.by,
    why: line.why,
    next: line.next,
    at: line.at,
    policy: line.policy,
    prev: line.prev,
  });

/** Reads an acceptance back, which must be the very text that a chain writes; `hashOf` is that of the chain. */
export const decodeAcceptanceLine = (text: string, hashOf: (clear: string) => string): Decoded<AuditAcceptanceLine> => {
  const split = splitLine(text, 'hash');
  if (!split.ok) return split;
  const { clear, last, fields } = split.value;
  const isSound =
    [fields['seq'], fields['task']].every(isCount) &&
    isWhole(fields['at']) &&
    [fields['by'], fields['why'], fields['next'], fields['policy']].every(isText) &&
    [fields['accepted'], fields['prev']].every(isDigest);
  if (!isSound) return refused('malformed');
  const { v: _, ...line } = { ...fields, hash: last } as unknown as AuditAcceptanceLine & { readonly v: number };
  return acceptanceText(line) === clear && hashOf(clear) === last ? decoded(line) : refused('malformed');
};
