import { createCipheriv, createPublicKey, diffieHellman, generateKeyPairSync, hkdfSync, type KeyObject } from 'node:crypto';

const raw = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'spki' }).subarray(-32);

export const newKey = (): KeyObject => generateKeyPairSync('x25519').privateKey;

/** Seals one text line, as the format says and from its text alone: `{..., "sealed": base64}`. */
export const sealLine = (
  clear: object,
  plain: Buffer,
  recipient: KeyObject,
  purpose: 'lineage' | 'quarantine',
  counter: number,
): string => {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const own = createPublicKey(recipient);
  const secret = diffieHellman({ privateKey, publicKey: own });
  const key = Buffer.from(hkdfSync('sha256', secret, Buffer.concat([raw(publicKey), raw(own)]), `unjoin/${purpose}/1`, 32));
  const count = Buffer.alloc(8);
  count.writeBigUInt64BE(BigInt(counter));
  const text = JSON.stringify(clear);
  const cipher = createCipheriv('chacha20-poly1305', key, Buffer.concat([Buffer.alloc(4), count]), { authTagLength: 16 });
  cipher.setAAD(Buffer.from(text), { plaintextLength: plain.length });
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  const blob = Buffer.concat([Buffer.from([1]), raw(publicKey), count, body, cipher.getAuthTag()]);
  return `${text.slice(0, -1)},"sealed":"${blob.toString('base64')}"}`;
};

export const varint = (value: number): Buffer => {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
};

export const textBytes = (text: string): Buffer => Buffer.concat([varint(Buffer.byteLength(text)), Buffer.from(text)]);
