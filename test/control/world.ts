import { createHash, createPrivateKey, type KeyObject } from 'node:crypto';
import type { SigningKey } from '../../src/control/compose.ts';
import { sealEnvelope } from '../../src/control/envelope.ts';
import { type ControlLine, createControlFold } from '../../src/control/fold.ts';
import type { Refusal } from '../../src/control/refusals.ts';
import type { ControlPayload, ControlRecord, ControlSubject } from '../../src/control/shape.ts';
import { type SubjectKind, subjectOf } from '../../src/control/subject.ts';
import type { Prf } from '../../src/model/keys.ts';
import type { Plan } from '../../src/model/plan.ts';
import { CONTROL_KINDS } from '../../src/policy/shape.ts';
import { openSealSession } from '../../src/record/seal.ts';
import { memoryKeys, memoryRecipients } from '../../src/runtime/keys/memory.ts';
import { publicText } from '../../src/runtime/keys/signers.ts';
import { type Edit, planWith, textWith } from '../transform/world.ts';

/** DER before the 32 bytes of an Ed25519 private key (RFC 8410, section 7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A signer's key that comes again with its name. */
export const signer = (name: string): SigningKey => {
  const seed = createHash('sha256').update(name).digest();
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  return { name, key };
};

export const OFFICER = signer('officer');
export const SECOND = signer('second');
/** May say bindings alone. */
export const ACCOUNTS = signer('accounts');

const signersYaml = (): string => {
  const lines = [
    ['officer', OFFICER, CONTROL_KINDS],
    ['second', SECOND, CONTROL_KINDS],
    ['accounts', ACCOUNTS, ['binding']],
  ] as const;
  return lines.map(([name, { key }, may]) => `  ${name}: { key: ${publicText(key)}, may: [${may.join(', ')}] }\n`).join('');
};

const signersEdit = (): Edit => ['\nevents:\n', `\nsigners:\n${signersYaml()}\nevents:\n`];

/** The demo's policy with signers, accounts, and edits of its text. */
export const controlledPlan = (...edits: readonly Edit[]): Plan => planWith(signersEdit(), ...accounts(), ...edits);

/** Its text. */
export const controlledText = (...edits: readonly Edit[]): string => textWith(signersEdit(), ...accounts(), ...edits);

/** Each event says which account used the device. */
const accounts = (): Edit[] =>
  ['device', 'operation', 'location'].map((event) => [
    `topics: [telemetry.${event}]\n`,
    `topics: [telemetry.${event}]\n    account: accountId\n`,
  ]);

export const KEYS = memoryKeys();

/** The control key of a number. */
export const controlKey = (number: number): Prf => KEYS.control({ number, commitment: null });

/**
 * A subject as a record names it, sealed to the operator of `memoryRecipients`: by the control key of a number, and by the one after it
 * where `isRenewed`.
 */
export const subject = (plan: Plan, kind: SubjectKind, id: string, number = 1, isRenewed = false): ControlSubject => {
  const session = openSealSession(memoryRecipients().recipients.operator, 'control');
  const keys = { number, control: controlKey(number), next: isRenewed ? controlKey(number + 1) : null };
  const of = subjectOf(plan, kind, id, keys, (aad, plaintext) => session.seal(aad, plaintext));
  if (of === null) throw new Error(`no event of the policy names a ${kind}`);
  return of;
};

/** A control log that grows; what a gate would refuse cannot be said with `say`. */
export const controlLog = (plan: Plan) => {
  const lines: ControlLine[] = [];
  const fold = createControlFold(plan);
  return {
    lines,
    /** Appends any bytes. */
    put(value: string, appendMs: number): Refusal | null {
      const line = { offset: lines.length, appendMs, value: Buffer.from(value) };
      lines.push(line);
      return fold.take(line).refusal;
    },
    say(record: ControlRecord, appendMs: number, ...by: SigningKey[]): void {
      const [first = OFFICER, ...others] = by;
      const payload = { v: 1, signer: first.name, seq: fold.lastSeq(first.name) + 1, record } as const;
      const refusal = this.put(signed(payload, first, ...others), appendMs);
      if (refusal !== null) throw new Error(`refused: ${refusal}`);
    },
  };
};

/** An envelope of any payload, signed by anybody. */
export const signed = (payload: ControlPayload | string, ...by: readonly { readonly name: string; readonly key: KeyObject }[]): string =>
  sealEnvelope(Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)), by);
