import { type KeyObject, sign, verify } from 'node:crypto';

/**
 * Control records are signed as DSSE envelopes (Dead Simple Signing Envelope 1.0.2, secure-systems-lab) with Ed25519 (RFC 8032): what
 * is signed are the payload's very bytes and their type, so that nothing has to be put into a canonical form first.
 */
export const PAYLOAD_TYPE = 'application/vnd.unjoin.control.v1+json';

export interface Signature {
  /** Name of the signer in the policy. */
  readonly keyid: string;
  readonly sig: string;
}

export interface Envelope {
  readonly payload: Uint8Array;
  readonly signatures: readonly Signature[];
}

/** More than any record has; bounds what a broken one can cost. */
export const MAX_ENVELOPE_BYTES = 256 << 10;
const MAX_SIGNATURES = 8;

/** DSSE pre-authentication encoding: "DSSEv1" SP length SP type SP length SP body. */
const preAuthentication = (payload: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.length} `), payload]);

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Bytes of a base64 text; null unless it is the one text that encodes them. */
const bytesOf = (text: unknown): Uint8Array | null => {
  if (typeof text !== 'string') return null;
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
};

const isSignature = (value: unknown): value is Signature =>
  isObject(value) && typeof value['keyid'] === 'string' && bytesOf(value['sig'])?.length === 64;

/** Takes an envelope apart; null when it is none. Nothing is believed of it yet. */
export const readEnvelope = (bytes: Uint8Array): Envelope | null => {
  if (bytes.length > MAX_ENVELOPE_BYTES) return null;
  let fields: unknown;
  try {
    fields = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    // The parser's text quotes what it read.
    return null;
  }
  if (!isObject(fields) || fields['payloadType'] !== PAYLOAD_TYPE) return null;
  const payload = bytesOf(fields['payload']);
  const signatures = fields['signatures'];
  if (payload === null || !Array.isArray(signatures) || signatures.length > MAX_SIGNATURES) return null;
  return signatures.every(isSignature) ? { payload, signatures } : null;
};

/** Whether a signature of the envelope is that of a public Ed25519 key. */
export const isSignedBy = ({ payload }: Envelope, { sig }: Signature, publicKey: KeyObject): boolean =>
  verify(null, preAuthentication(payload), publicKey, Buffer.from(sig, 'base64'));

/** Text of an envelope over a payload, signed by private Ed25519 keys. */
export const sealEnvelope = (payload: Uint8Array, signers: readonly { readonly name: string; readonly key: KeyObject }[]): string =>
  JSON.stringify({
    payloadType: PAYLOAD_TYPE,
    payload: Buffer.from(payload).toString('base64'),
    signatures: signers.map(({ name, key }) => ({ keyid: name, sig: sign(null, preAuthentication(payload), key).toString('base64') })),
  });
