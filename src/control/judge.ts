import type { KeyObject } from 'node:crypto';
import { Value } from '@sinclair/typebox/value';
import { isSignedBy, readEnvelope } from './envelope.ts';
import type { Refusal } from './refusals.ts';
import { type ControlKind, type ControlPayload, PayloadShape } from './shape.ts';

/** Who may sign control records: a name of the policy, an Ed25519 key, and the kinds of records that they may say. */
export interface Signer {
  readonly name: string;
  readonly publicKey: KeyObject;
  readonly may: readonly string[];
}

/** Kinds that two signers have to agree on: what cannot be taken back, and what lets more leave. */
const NEEDS_TWO: readonly ControlKind[] = ['epoch', 'rekey', 'acceptance', 'shutdown', 'loss'];

const needsTwo = ({ record }: ControlPayload): boolean =>
  NEEDS_TWO.includes(record.kind) || (record.kind === 'period' && record.basis === 'law');

export type Judged =
  | { readonly refusal: null; readonly payload: ControlPayload; readonly signers: number }
  | { readonly refusal: Refusal; readonly payload: ControlPayload | null };

const refused = (refusal: Refusal, payload: ControlPayload | null = null): Judged => ({ refusal, payload });

const parsePayload = (bytes: Uint8Array): ControlPayload | null => {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    return Value.Check(PayloadShape, value) ? value : null;
  } catch {
    return null;
  }
};

/**
 * Judges one record by itself and by its signer's last number: signatures first, then the payload, so that nothing of an
 * unsigned record is ever looked at. Every signature has to hold, and every signer has to have the right.
 *
 * @param lastSeq of each signer, by name; not changed
 */
export const judge = (bytes: Uint8Array, signers: ReadonlyMap<string, Signer>, lastSeq: ReadonlyMap<string, number>): Judged => {
  const envelope = readEnvelope(bytes);
  if (envelope === null) return refused('not-an-envelope');
  if (envelope.signatures.length === 0) return refused('unsigned');
  const names = new Set<string>();
  for (const signature of envelope.signatures) {
    const signer = signers.get(signature.keyid);
    if (signer === undefined) return refused('unknown-signer');
    if (!isSignedBy(envelope, signature, signer.publicKey)) return refused('wrong-signature');
    names.add(signer.name);
  }
  const payload = parsePayload(envelope.payload);
  if (payload === null) return refused('malformed');
  if (!names.has(payload.signer)) return refused('not-the-signer');
  if ([...names].some((name) => !signers.get(name)?.may.includes(payload.record.kind))) return refused('no-right', payload);
  if (needsTwo(payload) && names.size < 2) return refused('one-signer', payload);
  const last = lastSeq.get(payload.signer) ?? 0;
  if (payload.seq <= last) return refused('replayed', payload);
  if (payload.seq > last + 1) return refused('out-of-sequence', payload);
  return { refusal: null, payload, signers: names.size };
};
