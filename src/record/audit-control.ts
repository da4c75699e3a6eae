import { type Decoded, decoded, refused } from './decoded.ts';
import { isCount, isDigest, isText, isWhole, LINE_VERSION, splitLine } from './line.ts';

/** What became of one record of the control log: nothing of a refused one has any effect. Times are ms. */
export interface AuditControl {
  /** Which of several tasks tells it; left out where one decides everything. */
  readonly task?: number;
  /** Offset of the record in the control log. */
  readonly control: number;
  /** When it was appended there. */
  readonly at: number;
  /** `applied`, or why it was refused (control/refusals.ts). */
  readonly outcome: string;
  /** What it says, and who says it: of a record whose signatures hold. */
  readonly kind: string | null;
  readonly signer: string | null;
  /** Digest of the plan. */
  readonly policy: string;
}

export type AuditControlLine = AuditControl & { readonly seq: number; readonly prev: string; readonly hash: string };

/** Canonical text of the line without its hash. It stands in the chain between the lines of windows. */
export const controlText = (line: AuditControl & { readonly seq: number; readonly prev: string }): string =>
  JSON.stringify({
    v: LINE_VERSION,
    seq: line.seq,
    ...(line.task === undefined ? {} : { task: line.task }),
    control: line.control,
    at: line.at,
    outcome: line.outcome,
    kind: line.kind,
    signer: line.signer,
    policy: line.policy,
    prev: line.prev,
  });

const isWord = (value: unknown): boolean => isText(value) && /^[a-z][a-z-]{0,39}$/.test(value);

/** Reads the line back, which must be the very text that a chain writes; `hashOf` is that of the chain. */
export const decodeControlLine = (text: string, hashOf: (clear: string) => string): Decoded<AuditControlLine> => {
  const split = splitLine(text, 'hash');
  if (!split.ok) return split;
  const { clear, last, fields } = split.value;
  const isSound =
    [fields['seq'], fields['control']].every(isCount) &&
    (fields['task'] === undefined || isCount(fields['task'])) &&
    isWhole(fields['at']) &&
    isWord(fields['outcome']) &&
    (fields['kind'] === null || isWord(fields['kind'])) &&
    (fields['signer'] === null || isText(fields['signer'])) &&
    isText(fields['policy']) &&
    isDigest(fields['prev']);
  if (!isSound) return refused('malformed');
  const { v: _, ...line } = { ...fields, hash: last } as unknown as AuditControlLine & { readonly v: number };
  return controlText(line) === clear && hashOf(clear) === last ? decoded(line) : refused('malformed');
};
