import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { isObject, parseJson } from '../json.ts';

/** What a DSSE envelope carries: the bytes that were signed, and under which names. */
export interface Envelope {
  readonly payload: Buffer;
  readonly signatures: readonly { readonly by: string; readonly bytes: Buffer }[];
}

const TYPE = 'application/vnd.unjoin.control.v1+json';
const MAX_BYTES = 256 * 1024;
const MAX_SIGNATURES = 8;
const SIGNATURE_BYTES = 64;

/** Base64 in the one form that these bytes have; null for anything else. */
export const fromBase64 = (text: unknown): Buffer | null => {
  if (typeof text !== 'string') return null;
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
};

/** Reads a DSSE 1.0.2 envelope of control records; null when it is none. */
export const envelopeOf = (value: Uint8Array): Envelope | null => {
  const fields = value.length > MAX_BYTES ? undefined : parseJson(Buffer.from(value).toString('utf8'));
  if (!isObject(fields) || fields['payloadType'] !== TYPE) return null;
  const payload = fromBase64(fields['payload']);
  const { signatures } = fields;
  if (payload === null || !Array.isArray(signatures) || signatures.length > MAX_SIGNATURES) return null;
  const read: Envelope['signatures'][number][] = [];
  for (const signature of signatures as readonly unknown[]) {
    if (!isObject(signature)) return null;
    const { keyid } = signature;
    const bytes = fromBase64(signature['sig']);
    if (typeof keyid !== 'string' || bytes?.length !== SIGNATURE_BYTES) return null;
    read.push({ by: keyid, bytes });
  }
  return { payload, signatures: read };
};

/** The public key that a policy writes as the base64 line of its PEM. */
export const publicKeyOf = (line: string): KeyObject => createPublicKey(`-----BEGIN PUBLIC KEY-----\n${line}\n-----END PUBLIC KEY-----\n`);

/** Whether a key signed the payload and its type: Ed25519 over the DSSE pre-authentication encoding. */
export const isSigned = ({ payload }: Envelope, signature: Buffer, key: KeyObject): boolean =>
  verify(null, Buffer.from(`DSSEv1 ${TYPE.length} ${TYPE} ${payload.length} ${payload.toString('latin1')}`, 'latin1'), key, signature);
