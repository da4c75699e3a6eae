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
 * Signs records as the next of their first signer, one after another, and judges each as every gate will: what would be refused is not
 * worth writing, and nothing is composed after it.
 */
export interface Composer {
  /** `atMs`: when it would be appended. */
  next(record: ControlRecord, signers: readonly [SigningKey, ...SigningKey[]], atMs: number): Composed;
}

export const createComposer = (plan: Plan, lines: readonly ControlLine[]): Composer => {
  const fold = createControlFold(plan);
  for (const line of lines) fold.take(line);
  let offset = lines.length;
  let clockMs = lines.at(-1)?.appendMs ?? Number.NEGATIVE_INFINITY;
  return {
    next(record, signers, atMs) {
      const signer = signers[0].name;
      const payload: ControlPayload = { v: 1, signer, seq: fold.lastSeq(signer) + 1, record };
      const envelope = sealEnvelope(Buffer.from(JSON.stringify(payload)), signers);
      clockMs = Math.max(atMs, clockMs);
      return { envelope, verdict: fold.take({ offset: offset++, appendMs: clockMs, value: Buffer.from(envelope) }) };
    },
  };
};
