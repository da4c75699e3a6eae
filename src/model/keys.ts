import type { Epochs } from './epochs.ts';

/**
 * A keyed pseudorandom function with 128-bit outputs (HMAC-SHA-256 truncated, or AES-256-CMAC, RFC 4493). A handle:
 * nobody can read the key out of it. Callers separate domains by a first label byte in the message.
 */
export interface Prf {
  /** MACs of `count` messages, spans over `bytes`; writes 16 bytes each to `out`. */
  batch(bytes: Uint8Array, start: Int32Array, length: Int32Array, count: number, out: Uint8Array): void;
  /** MAC of one message. */
  one(message: Uint8Array): Uint8Array;
}

/** The keys of one key epoch, as handles. Keys of different views and epochs are independent random values. */
export interface EpochKeys {
  readonly epoch: number;
  /** Subject, gateway and event tokens: the counting key. */
  readonly counting: Prf;
  /** Pseudonyms and the shuffle of one view. */
  view(name: string): Prf;
}

/** A control key: its number, from 1, and what was committed to when it was named. Of the first nobody ever said anything: null. */
export interface ControlKey {
  readonly number: number;
  readonly commitment: string | null;
}

export const FIRST_CONTROL_KEY: ControlKey = { number: 1, commitment: null };

/** Port: the key ring. Throws `KeyError` for a destroyed epoch, before anything is decided under it. */
export interface Keys {
  epoch(epoch: number): EpochKeys;
  /**
   * Control tokens: the key by which control records name subjects. It outlives epochs. Absent `key`: the first. Throws `KeyError` when
   * it is not here, or is another one than was committed to.
   */
  control(key?: ControlKey): Prf;
  /** Pseudonyms of those who authorised a combined-use period. Throws `KeyError` when the period's key is destroyed. */
  period(id: string): Prf;
  /** Which epoch a window lies in, where control records cut epochs; absent: the policy alone does. */
  readonly schedule?: Epochs;
  /** Destroys the keys of an epoch for good, here and on disk. Absent: these keys are on no disk. */
  destroy?(epoch: number): void;
  /** The same for a control key, by its number. */
  destroyControl?(number: number): void;
}

/** Keys that a control record said are destroyed: of an epoch, or a control key. */
export interface GoneKeys {
  readonly of: 'epoch' | 'control';
  readonly number: number;
}

export class KeyError extends Error {
  override readonly name = 'KeyError';
  readonly code: 'key-destroyed' | 'key-file-mode' | 'key-file-broken' | 'control-key-missing';
  constructor(code: KeyError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** Labels: the first byte of every message under the counting key or a view key. */
export const LABEL = {
  event: 1,
  household: 2,
  device: 3,
  gateway: 4,
  pseudonym: 5,
  shuffle: 6,
  lottery: 7,
  topic: 8,
  held: 9,
  actorDevice: 10,
  actorAccount: 11,
  actorHousehold: 12,
  authorised: 13,
  commitment: 14,
} as const;
