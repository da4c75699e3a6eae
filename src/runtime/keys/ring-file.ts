import { KeyError } from '../../model/keys.ts';
import type { Plan } from '../../model/plan.ts';

/** Version of `ring.json`. */
export const VERSION = 1;

export type EpochState = 'staged' | 'active' | 'retired' | 'destroyed';

/** One epoch in `ring.json`: independent random keys, base64; none is derived from another. Destroyed: no keys left. */
export interface StoredEpoch {
  readonly state: EpochState;
  readonly counting?: string;
  readonly views?: Readonly<Record<string, string>>;
}

/** `ring.json`. A ring belongs to one PRF: a key is never used by two algorithms. */
export interface StoredRing {
  readonly version: typeof VERSION;
  readonly prf: Plan['prf'];
  /** By epoch number. */
  readonly epochs: Readonly<Record<string, StoredEpoch>>;
}

const STATES: readonly unknown[] = ['staged', 'active', 'retired'] satisfies EpochState[];

/** 32 bytes in base64. */
const KEY = /^[A-Za-z0-9+/]{43}=$/;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

const isKey = (value: unknown): boolean => typeof value === 'string' && KEY.test(value);

const hasOnly = (value: Record<string, unknown>, names: readonly string[]): boolean =>
  Object.keys(value).every((name) => names.includes(name));

const isEpoch = (value: unknown): boolean => {
  if (!isObject(value) || !hasOnly(value, ['state', 'counting', 'views'])) return false;
  // Keys beside a tombstone mean that somebody put them back.
  if (value['state'] === 'destroyed') return Object.keys(value).length === 1;
  const views = value['views'];
  return STATES.includes(value['state']) && isKey(value['counting']) && isObject(views) && Object.values(views).every(isKey);
};

const broken = (expected: string): KeyError => new KeyError('key-file-broken', expected);

/** Reads `ring.json`. Throws `KeyError` `key-file-broken` for anything but a ring of this version and the policy's PRF. */
export const parseRing = (text: string, prf: Plan['prf']): StoredRing => {
  let ring: unknown;
  try {
    ring = JSON.parse(text);
  } catch {
    // The parser's text quotes what it read, which is keys.
    throw broken('a ring.json that is whole');
  }
  if (!isObject(ring) || ring['version'] !== VERSION) throw broken(`a ring.json of version ${VERSION}`);
  if (ring['prf'] !== prf) throw broken('a key ring of the PRF that the policy names');
  const { epochs } = ring;
  const whole = hasOnly(ring, ['version', 'prf', 'epochs']) && isObject(epochs);
  if (!whole || !Object.entries(epochs).every(([number, epoch]) => /^(0|-?[1-9][0-9]{0,14})$/.test(number) && isEpoch(epoch))) {
    throw broken('a ring.json whose key epochs are whole');
  }
  return ring as unknown as StoredRing;
};
