import type { KeyObject } from 'node:crypto';
import type { Plan } from '../model/plan.ts';
import { sealEnvelope } from './envelope.ts';
import { type ControlLine, type ControlVerdict, createControlFold } from './fold.ts';
import type { ControlPayload, ControlRecord } from './shape.ts';

export interface SigningKey {
  readonly name: string;
  readonly key: KeyObject;
}

/** An envelope that fits the log as it stands, and what a gate would say to it. */
export interface Composed {
  readonly envelope: string;
  readonly verdict: ControlVerdict;
}

/**
 * Signs a record as the next of its first signer, and judges it as every gate will: what would be refused is not worth writing.
 *
 * @param atMs when it would be appended
 */
export const compose = (
  plan: Plan,
  lines: readonly ControlLine[],
  record: ControlRecord,
  signers: readonly [SigningKey, ...SigningKey[]],
  atMs: number,
): Composed => {
  const fold = createControlFold(plan);
  for (const line of lines) fold.take(line);
  const signer = signers[0].name;
  const payload: ControlPayload = { v: 1, signer, seq: fold.lastSeq(signer) + 1, record };
  const envelope = sealEnvelope(Buffer.from(JSON.stringify(payload)), signers);
  const appendMs = Math.max(atMs, lines.at(-1)?.appendMs ?? Number.NEGATIVE_INFINITY);
  return { envelope, verdict: fold.take({ offset: lines.length, appendMs, value: Buffer.from(envelope) }) };
};
