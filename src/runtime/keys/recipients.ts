import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { KeyError } from '../../model/keys.ts';
import type { SealRecipient } from '../../record/seal.ts';
import { openKeyFolder, readKeyFile, refuseOpenModes, withLock, writeKeyFile } from './files.ts';

/** Whom the service seals to: quarantine to the operator, lineage to the auditor. It never loads their private halves. */
export interface Recipients {
  readonly operator: SealRecipient;
  readonly lineage: SealRecipient;
}

const ephemeralPair = () => generateKeyPairSync('x25519');

/** Makes a pair. The private half is on disk first: what is sealed to a key must be openable by somebody. */
const makePair = (dir: string, name: string): void => {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  writeKeyFile(join(dir, `${name}.key`), privateKey.export({ format: 'pem', type: 'pkcs8' }) as string);
  writeKeyFile(join(dir, `${name}.pub`), publicKey.export({ format: 'pem', type: 'spki' }) as string);
};

/** Reads a PEM key by `parse`, whose error texts are dropped as they could quote it. */
const parsed = (pem: string | null, kind: 'PUBLIC' | 'PRIVATE', parse: (pem: string) => KeyObject): KeyObject => {
  try {
    const key = pem?.startsWith(`-----BEGIN ${kind} KEY-----`) ? parse(pem) : null;
    if (key?.asymmetricKeyType === 'x25519') return key;
  } catch {}
  throw new KeyError('key-file-broken', `an X25519 ${kind.toLowerCase()} key in PEM`);
};

const loadPublic = (dir: string, name: string, create: boolean): SealRecipient => {
  const path = join(dir, `${name}.pub`);
  const secret = join(dir, `${name}.key`);
  // A private key alone is left as it is: making another pair would overwrite the only thing that opens what was sealed.
  if (create && !existsSync(path) && !existsSync(secret)) makePair(dir, name);
  if (existsSync(secret)) refuseOpenModes(secret);
  return { publicKey: parsed(readKeyFile(path, 'public'), 'PUBLIC', createPublicKey), ephemeralPair };
};

/**
 * Public keys of operator and auditor from a key folder. With `create`, missing pairs are made there; whoever runs the
 * service is meant to move the private halves (`*.key`) away. A public key may be readable by others, but not writable.
 * Throws `KeyError`: `key-file-mode`, `key-file-broken`.
 */
export const openRecipients = (dir: string, { create }: { readonly create: boolean }): Recipients => {
  openKeyFolder(dir);
  const load = () => ({ operator: loadPublic(dir, 'operator', create), lineage: loadPublic(dir, 'lineage', create) });
  return create ? withLock(dir, load) : load();
};

/** A private half, for whoever opens quarantine or lineage. Throws `KeyError`: `key-file-mode`, `key-file-broken`. */
export const loadPrivateKey = (path: string): KeyObject => parsed(readKeyFile(path), 'PRIVATE', createPrivateKey);
