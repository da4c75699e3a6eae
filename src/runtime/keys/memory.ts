import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { type EpochKeys, FIRST_CONTROL_KEY, KeyError, type Keys, type Prf } from '../../model/keys.ts';
import type { Plan } from '../../model/plan.ts';
import type { KeyPair } from '../../record/seal.ts';
import { commitmentOf } from './commitment.ts';
import { createPrf } from './prf.ts';
import type { Recipients } from './recipients.ts';

const bytesOf = (seed: string, label: string): Buffer => createHash('sha256').update(`${seed}/${label}`).digest();

/**
 * Keys derived from a seed, for tests, simulation and benchmarks only: they come again, which is the very thing that keys
 * of a service must not do (a service's keys are independent random bytes, so that destroying them destroys something).
 */
export const memoryKeys = (seed = 'unjoin', prf: Plan['prf'] = 'aes-256-cmac'): Keys => {
  const handles = new Map<number, EpochKeys>();
  const prfOf = (label: string): Prf => createPrf(prf, bytesOf(seed, label));
  return {
    control({ number, commitment } = FIRST_CONTROL_KEY) {
      const control = prfOf(number === FIRST_CONTROL_KEY.number ? 'control' : `control/${number}`);
      if (commitment !== null && commitment !== commitmentOf(control))
        throw new KeyError('control-key-missing', 'the control key that was committed to');
      return control;
    },
    period: (id) => prfOf(`period/${id}`),
    epoch(epoch) {
      const known = handles.get(epoch);
      if (known !== undefined) return known;
      const views = new Map<string, Prf>();
      const handle: EpochKeys = {
        epoch,
        counting: prfOf(`${epoch}/counting`),
        view(name) {
          const view = views.get(name) ?? prfOf(`${epoch}/view/${name}`);
          views.set(name, view);
          return view;
        },
      };
      handles.set(epoch, handle);
      return handle;
    },
  };
};

/** DER before the 32 bytes of an X25519 private key (RFC 8410, section 7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex');

const memoryPair = (seed: string, label: string): KeyPair => {
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, bytesOf(seed, label)]), format: 'der', type: 'pkcs8' });
  return { publicKey: createPublicKey(privateKey), privateKey };
};

/** Key of the lineage of a combined-use period, as an activation record names it, with its private half. For tests alone. */
export const memoryPeriodKey = (id: string, seed = 'unjoin'): { readonly lineage: string; readonly privateKey: KeyObject } => {
  const { publicKey, privateKey } = memoryPair(seed, `period/${id}`);
  return { lineage: publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64'), privateKey };
};

/** Recipients derived from a seed, with their private keys; sealed bytes come again too. For tests and simulation only. */
export const memoryRecipients = (seed = 'unjoin'): { recipients: Recipients; operatorKey: KeyObject; lineageKey: KeyObject } => {
  const recipient = (name: string) => {
    const { publicKey, privateKey } = memoryPair(seed, name);
    let sessions = 0;
    return { publicKey, privateKey, ephemeralPair: () => memoryPair(seed, `${name}/${sessions++}`) };
  };
  const { privateKey: operatorKey, ...operator } = recipient('operator');
  const { privateKey: lineageKey, ...lineage } = recipient('lineage');
  return { recipients: { operator, lineage }, operatorKey, lineageKey };
};
