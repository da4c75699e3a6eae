import type { KeyObject } from 'node:crypto';
import type { ControlRow } from '../inputs.ts';
import { parseJson } from '../json.ts';
import type { Rules } from '../rules.ts';
import { contradictionOf, type Standing } from './contradiction.ts';
import { type Envelope, envelopeOf, isSigned, publicKeyOf } from './envelope.ts';
import { type Kind, type Payload, payloadOf, type Saying } from './payload.ts';
import { createRekeyings } from './rekeyings.ts';

/** What the checker makes of a record. `outcome` is `applied`, or why nothing of it has any effect. */
export interface Judged {
  /** Its offset in the log. */
  readonly number: number;
  /** When it was appended, ms; never less than that of the one before. */
  readonly atMs: number;
  readonly outcome: string;
  /** Of a record whose signatures hold and that can be read. */
  readonly kind: Kind | null;
  readonly signer: string | null;
  /** Null unless it was applied. */
  readonly saying: Saying | null;
}

interface Signer {
  readonly key: KeyObject;
  readonly may: readonly string[];
}

/** What cannot be taken back, and what lets more leave, is said by two. */
const needsTwo = (saying: Saying): boolean =>
  saying.kind === 'epoch' ||
  saying.kind === 'rekey' ||
  saying.kind === 'acceptance' ||
  saying.kind === 'shutdown' ||
  saying.kind === 'loss' ||
  (saying.kind === 'period' && saying.basis === 'law');

/** Kinds that a later record can contradict. */
const CHANGES_PLANS: readonly Kind[] = ['dataset', 'loss', 'period', 'activation', 'end', 'epoch', 'rekey', 'shutdown', 'replay'];

/** Who signed, when every signature holds; else what is wrong. */
const signedBy = (envelope: Envelope, signers: ReadonlyMap<string, Signer>): string | ReadonlySet<string> => {
  if (envelope.signatures.length === 0) return 'unsigned';
  const names = new Set<string>();
  for (const { by, bytes } of envelope.signatures) {
    const signer = signers.get(by);
    if (signer === undefined) return 'unknown-signer';
    if (!isSigned(envelope, bytes, signer.key)) return 'wrong-signature';
    names.add(by);
  }
  return names;
};

const rightsOf = (payload: Payload, names: ReadonlySet<string>, signers: ReadonlyMap<string, Signer>, last: number): string | null => {
  if (![...names].every((by) => signers.get(by)?.may.includes(payload.record.kind))) return 'no-right';
  if (needsTwo(payload.record) && names.size < 2) return 'one-signer';
  if (payload.seq <= last) return 'replayed';
  return payload.seq > last + 1 ? 'out-of-sequence' : null;
};

/**
 * Judges a control log by the policy's signers alone: signatures, then the payload, then whether it can be true after what was
 * applied before. Every record costs its signer a number, also one that says what cannot be.
 */
export const createJudge = (rules: Rules): ((row: ControlRow) => Judged) => {
  const signers = new Map(Object.entries(rules.policy.signers ?? {}).map(([name, { key, may }]) => [name, { key: publicKeyOf(key), may }]));
  const numbers = new Map<string, number>();
  const standing: Standing = { applied: [], rekeyings: createRekeyings(rules) };
  let count = 0;
  let clockMs = Number.NEGATIVE_INFINITY;
  const judge = (value: Uint8Array): Omit<Judged, 'number' | 'atMs'> => {
    const refused = (outcome: string, payload: Payload | null = null): Omit<Judged, 'number' | 'atMs'> => ({
      outcome,
      kind: payload?.record.kind ?? null,
      signer: payload?.signer ?? null,
      saying: null,
    });
    const envelope = envelopeOf(value);
    if (envelope === null) return refused('not-an-envelope');
    const names = signedBy(envelope, signers);
    if (typeof names === 'string') return refused(names);
    const payload = payloadOf(parseJson(envelope.payload.toString('utf8')));
    if (payload === null) return refused('malformed');
    const { signer, seq, record } = payload;
    if (!names.has(signer)) return refused('not-the-signer');
    const wrong = rightsOf(payload, names, signers, numbers.get(signer) ?? 0);
    if (wrong !== null) return refused(wrong, payload);
    numbers.set(signer, seq);
    const impossible = contradictionOf(record, clockMs, standing, rules, names.size);
    if (impossible !== null) return refused(impossible, payload);
    standing.rekeyings.take(record);
    if (CHANGES_PLANS.includes(record.kind)) standing.applied.push(record);
    return { outcome: 'applied', kind: record.kind, signer, saying: record };
  };
  return ({ offset, atMs, value }) => {
    clockMs = Math.max(clockMs, atMs);
    const number = offset ?? count;
    count++;
    return { number, atMs: clockMs, ...judge(value) };
  };
};
