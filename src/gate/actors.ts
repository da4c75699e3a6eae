import { ACTOR_BYTES, TOKEN_BYTES } from '../model/candidate.ts';
import type { Actor } from '../model/controls.ts';
import { invariant } from '../model/invariant.ts';
import { readWord, TOKEN_WORDS, writeToken } from './tokens.ts';
import { createTupleTable, internTuple, type TupleTable } from './tuples.ts';

/** Words of an actor, behind the number of the subject that it was offered as. */
const ACTOR_WORDS = ACTOR_BYTES / 4;
const WIDTH = 1 + ACTOR_WORDS;

/**
 * Actors of a window: whom control records may be about, until they are resolved at the close. 52 B an actor, and a slot: a household
 * has as many as it has devices and accounts.
 */
export const createActorTable = (): TupleTable => createTupleTable(WIDTH);

const scratch = (): Int32Array => new Int32Array(WIDTH);

/** Number of a subject with the actor at `bytes[at]`. */
export const internActor = (table: TupleTable, subject: number, bytes: Uint8Array, at: number): number => {
  invariant(bytes.length >= at + ACTOR_BYTES, 'a candidate says who its actor is');
  const words = scratch();
  words[0] = subject;
  for (let i = 0; i < ACTOR_WORDS; i++) words[1 + i] = readWord(bytes, at + 4 * i);
  return internTuple(table, words, 0);
};

/** Number of the subject that an actor was offered as. */
export const subjectOf = ({ codes }: TupleTable, actor: number): number => codes[actor * WIDTH]!;

/** Bytes of an actor as it was offered. */
export const writeActor = ({ codes }: TupleTable, actor: number, bytes: Uint8Array, at: number): void => {
  for (let part = 0; part < ACTOR_BYTES / TOKEN_BYTES; part++)
    writeToken(codes, actor * WIDTH + 1 + part * TOKEN_WORDS, bytes, at + part * TOKEN_BYTES);
};

const NOBODY = '0'.repeat(2 * TOKEN_BYTES);

/** The control tokens of an actor in hex; null for those that are zeros. */
export const actorOf = (table: TupleTable, actor: number): Actor => {
  const bytes = Buffer.alloc(ACTOR_BYTES);
  writeActor(table, actor, bytes, 0);
  const part = (i: number): string | null => {
    const hex = bytes.toString('hex', i * TOKEN_BYTES, (i + 1) * TOKEN_BYTES);
    return hex === NOBODY ? null : hex;
  };
  return { device: part(0), account: part(1), household: part(2) };
};
