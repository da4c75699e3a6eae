import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { KeyError } from '../../model/keys.ts';
import { readKeyFile, writeKeyFile } from './files.ts';

/** The public half of a signer's key as a policy writes it: SPKI in base64. */
export const publicText = (key: KeyObject): string => createPublicKey(key).export({ format: 'der', type: 'spki' }).toString('base64');

/** Makes an Ed25519 key pair; the private half is written to a file of mode 0600. Returns the public half as a policy writes it. */
export const makeSigner = (path: string): string => {
  const { privateKey } = generateKeyPairSync('ed25519');
  writeKeyFile(path, privateKey.export({ format: 'pem', type: 'pkcs8' }) as string);
  return publicText(privateKey);
};

/** The private half of a signer. Throws `KeyError`: `key-file-mode`, `key-file-broken`. */
export const loadSigner = (path: string): KeyObject => {
  const pem = readKeyFile(path);
  try {
    // The parser's text could quote the key.
    const key = pem?.startsWith('-----BEGIN PRIVATE KEY-----') ? createPrivateKey(pem) : null;
    if (key?.asymmetricKeyType === 'ed25519') return key;
  } catch {}
  throw new KeyError('key-file-broken', "a signer's private Ed25519 key in PEM");
};
