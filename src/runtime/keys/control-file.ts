import { KeyError } from '../../model/keys.ts';
import type { Plan } from '../../model/plan.ts';

/** Version of `control.json`. The first had one key, without a number: it is read as key 1. */
const VERSION = 2;
const FIRST_VERSION = 1;

/** 32 random bytes in base64; null: destroyed, so that it is never made again. */
type StoredKey = string | null;

/** `control.json`. Keys are independent random bytes; none is derived from another. */
export interface StoredControls {
  readonly version: typeof VERSION;
  readonly prf: Plan['prf'];
  /** By number, from 1. */
  readonly keys: Readonly<Record<string, StoredKey>>;
}

const NUMBER = /^[1-9][0-9]{0,8}$/;
const KEY = /^[A-Za-z0-9+/]{43}=$/;

const broken = (expected: string): KeyError => new KeyError('key-file-broken', expected);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isKey = (value: unknown): value is string => typeof value === 'string' && KEY.test(value);

/** Keys of a file; null when they are not whole. */
const keysOf = (value: Readonly<Record<string, unknown>>): Readonly<Record<string, StoredKey>> | null => {
  if (value['version'] === FIRST_VERSION) return isKey(value['key']) ? { 1: value['key'] } : null;
  const { keys } = value;
  if (!isObject(keys) || Object.keys(keys).length === 0) return null;
  const isWhole = Object.entries(keys).every(([number, key]) => NUMBER.test(number) && (key === null || isKey(key)));
  return isWhole ? (keys as Readonly<Record<string, StoredKey>>) : null;
};

/** Reads `control.json`. Throws `KeyError` `key-file-broken` for anything but control keys of the policy's PRF. */
export const parseControls = (text: string, prf: Plan['prf']): StoredControls => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's text quotes what it read, which is keys.
    throw broken('a control.json that is whole');
  }
  if (!isObject(value) || (value['version'] !== VERSION && value['version'] !== FIRST_VERSION))
    throw broken(`a control.json of version ${VERSION}`);
  if (value['prf'] !== prf) throw broken('a control key of the PRF that the policy names');
  const keys = keysOf(value);
  if (keys === null) throw broken('a control.json that is whole');
  return { version: VERSION, prf, keys };
};

export const newControls = (prf: Plan['prf'], key: string): StoredControls => ({ version: VERSION, prf, keys: { 1: key } });

export const controlsText = (stored: StoredControls): string => `${JSON.stringify(stored, null, 2)}\n`;
