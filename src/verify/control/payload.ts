import type { PeriodOutput } from '../../model/output.ts';
import { isObject, type Value } from '../json.ts';

/** Whom a record is about, as it stands there: what gates know them by, and their id sealed to the operator. */
export interface Sealed {
  readonly kind: 'device' | 'account' | 'household';
  readonly tokens: readonly string[];
  readonly sealed: string;
  /** Number of the control key that the tokens are under; absent: the first. */
  readonly key?: number;
  /** The same ids under the key after it. */
  readonly renewed?: readonly string[];
}

/** What control records say. Times are ms; null is open. */
export type Saying =
  | { readonly kind: 'binding'; readonly subject: Sealed; readonly household: Sealed | null }
  | {
      readonly kind: 'consent';
      readonly subject: Sealed;
      readonly purposes: readonly string[];
      readonly state: 'granted' | 'denied' | 'withdrawn';
      readonly from: number | null;
      readonly to: number | null;
    }
  | { readonly kind: 'erasure'; readonly subject: Sealed }
  | { readonly kind: 'profile'; readonly subject: Sealed; readonly age: 'adult' | 'minor' | 'child' }
  | { readonly kind: 'dataset'; readonly name: string; readonly digest: string; readonly basis: string; readonly asOf: number; readonly rows: number; readonly persons: number; readonly evidence?: string }
  | { readonly kind: 'loss'; readonly dataset: string; readonly digest: string }
  | {
      readonly kind: 'period';
      readonly id: string;
      readonly with: { readonly datasets: readonly string[]; readonly views: readonly string[]; readonly unindexed: boolean };
      readonly views: readonly string[];
      readonly consumers: readonly string[];
      readonly start: number;
      readonly end: number | null;
      readonly basis: 'none' | 'consent' | 'law';
      readonly cites?: string;
      readonly k: number;
    }
  | { readonly kind: 'activation'; readonly period: string; readonly evidence: string; readonly lineage?: string }
  | { readonly kind: 'end'; readonly period: string; readonly end: number }
  | { readonly kind: 'recall'; readonly period: string; readonly view: string; readonly partition: number; readonly before: number }
  | {
      readonly kind: 'recall';
      readonly dataset: string;
      readonly digest: string;
      readonly view: string;
      readonly output: PeriodOutput | null;
      readonly partition: number;
      readonly before: number;
    }
  | { readonly kind: 'epoch'; readonly epoch: number; readonly state: 'active' | 'retired' | 'destroyed' }
  | { readonly kind: 'rekey'; readonly key: number; readonly state: 'staged'; readonly commitment: string; readonly aliases: readonly (readonly [string, string])[] }
  | { readonly kind: 'rekey'; readonly key: number; readonly state: 'active'; readonly commitment: string; readonly from: number }
  | { readonly kind: 'rekey'; readonly key: number; readonly state: 'destroyed' }
  | { readonly kind: 'acceptance'; readonly acceptance: string; readonly why: string }
  | { readonly kind: 'shutdown'; readonly from: number }
  | { readonly kind: 'replay'; readonly marks: readonly string[] }; // biome-ignore format: a table

export type Kind = Saying['kind'];

export interface Payload {
  readonly signer: string;
  readonly seq: number;
  readonly record: Saying;
}

type Is = (value: Value | undefined) => boolean;

const MAX_NAME = 200;
const MAX_TEXT = 1000;
const MAX_SEALED = 4000;
const MAX_TOKENS = 8;
const MAX_PURPOSES = 100;
const LEAST_K = 12;
const MAX_MARKS = 2000;
const MAX_ALIASES = 2000;

const text = (longest: number, form = /^/): Is => (value) =>
  typeof value === 'string' && value.length <= longest && value.length > 0 && form.test(value); // biome-ignore format: one rule
const whole: Is = (value) => Number.isInteger(value);
const from = (least: number): Is => (value) => Number.isInteger(value) && (value as number) >= least; // biome-ignore format: one rule
const one = (...words: readonly string[]): Is => (value) => words.includes(value as string); // biome-ignore format: one rule
const orNull = (is: Is): Is => (value) => value === null || is(value); // biome-ignore format: one rule
const many = (is: Is, least: number, most = Number.POSITIVE_INFINITY): Is => (value) =>
  Array.isArray(value) && value.length >= least && value.length <= most && value.every(is); // biome-ignore format: one rule
const isFlag: Is = (value) => typeof value === 'boolean';

/** An object with exactly these members; those whose name ends in `?` may be missing. */
const closed = (members: Readonly<Record<string, Is>>): Is => {
  const own = Object.entries(members).map(([name, is]) => ({ name: name.replace('?', ''), may: name.endsWith('?'), is }));
  const known = new Set(own.map(({ name }) => name));
  return (value) =>
    isObject(value) &&
    Object.keys(value).every((name) => known.has(name)) &&
    own.every(({ name, may, is }) => (Object.hasOwn(value, name) ? is(value[name]) : may));
};

const name = text(MAX_NAME);
const digest = text(64, /^[0-9a-f]{64}$/);
const token = text(32, /^[0-9a-f]{32}$/);
const subject = closed({
  kind: one('device', 'account', 'household'),
  tokens: many(token, 1, MAX_TOKENS),
  sealed: text(MAX_SEALED, /^[A-Za-z0-9+/]+={0,2}$/),
  'key?': from(1),
  'renewed?': many(token, 1, MAX_TOKENS),
});
const alias: Is = (value) => many(token, 2, 2)(value);

type Members = Readonly<Record<string, Is>>;

/** What stands in a record of each kind; of some kinds there are several. */
const MEMBERS: Readonly<Record<Kind, Members | readonly Members[]>> = {
  binding: { subject, household: orNull(subject) },
  consent: {
    subject,
    purposes: many(text(MAX_TEXT), 1, MAX_PURPOSES),
    state: one('granted', 'denied', 'withdrawn'),
    from: orNull(whole),
    to: orNull(whole),
  },
  erasure: { subject },
  profile: { subject, age: one('adult', 'minor', 'child') },
  dataset: { name, digest, basis: digest, asOf: whole, rows: from(0), persons: from(0), 'evidence?': digest },
  loss: { dataset: name, digest },
  period: {
    id: text(63, /^[a-z0-9][a-z0-9-]*$/),
    with: closed({ datasets: many(name, 0), views: many(name, 0), unindexed: isFlag }),
    views: many(name, 1),
    consumers: many(name, 1),
    start: whole,
    end: orNull(whole),
    basis: one('none', 'consent', 'law'),
    'cites?': text(MAX_TEXT),
    k: from(LEAST_K),
  },
  activation: { period: name, evidence: digest, 'lineage?': text(44, /^[A-Za-z0-9+/]{43}=$/) },
  end: { period: name, end: whole },
  /** For a period, or for an index of a dataset. */
  recall: [
    { period: name, view: name, partition: from(0), before: from(0) },
    {
      dataset: name,
      digest,
      view: name,
      output: orNull(closed({ period: name, authorised: isFlag })),
      partition: from(0),
      before: from(0),
    },
  ],
  epoch: { epoch: whole, state: one('active', 'retired', 'destroyed') },
  rekey: [
    { key: from(2), state: one('staged'), commitment: token, aliases: many(alias, 1, MAX_ALIASES) },
    { key: from(2), state: one('active'), commitment: token, from: whole },
    { key: from(1), state: one('destroyed') },
  ],
  acceptance: { acceptance: digest, why: text(MAX_TEXT) },
  shutdown: { from: whole },
  replay: {
    marks: (value) =>
      many(text(32, /^[0-9a-f]{32}$/), 1, MAX_MARKS)(value) &&
      new Set(value as readonly string[]).size === (value as readonly string[]).length,
  },
};

const RECORDS = Object.entries(MEMBERS).flatMap(([kind, of]) =>
  [of].flat().map((members: Members) => closed({ kind: one(kind), ...members })),
);

const isPayload = closed({
  v: (value) => value === 1,
  signer: name,
  seq: from(1),
  record: (value) => RECORDS.some((is) => is(value)),
});

/** Reads a payload of the closed form; null for anything else. */
export const payloadOf = (value: Value | undefined): Payload | null => (isPayload(value) ? (value as unknown as Payload) : null);
