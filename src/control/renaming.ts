import type { Prf } from '../model/keys.ts';
import type { Plan } from '../model/plan.ts';
import { lastControlKey } from './control-keys.ts';
import { readEnvelope } from './envelope.ts';
import { type ControlFold, type ControlLine, createControlFold } from './fold.ts';
import { namedRoots } from './naming.ts';
import type { ControlPayload, ControlSubject } from './shape.ts';
import { renamedTokens } from './subject.ts';

/** A subject as the record at an offset of the log named it. */
interface NamedSubject {
  readonly subject: ControlSubject;
  readonly offset: number;
}

/** The control log folded, with everybody whom applied records name, each spelling once. */
export interface NamedLog {
  readonly fold: ControlFold;
  readonly subjects: readonly NamedSubject[];
}

const subjectsIn = (value: Uint8Array): readonly ControlSubject[] => {
  const envelope = readEnvelope(value);
  if (envelope === null) return [];
  const { record } = JSON.parse(Buffer.from(envelope.payload).toString('utf8')) as ControlPayload;
  if (record.kind === 'binding') return record.household === null ? [record.subject] : [record.subject, record.household];
  return 'subject' in record ? [record.subject] : [];
};

export const readNamed = (plan: Plan, lines: readonly ControlLine[]): NamedLog => {
  const fold = createControlFold(plan);
  const subjects = new Map<string, NamedSubject>();
  for (const line of lines) {
    // Nothing of a record that was refused is looked at.
    if (fold.take(line).refusal !== null) continue;
    for (const subject of subjectsIn(line.value)) subjects.set(subject.tokens.join(), { subject, offset: line.offset });
  }
  return { fold, subjects: [...subjects.values()] };
};

/** What a control key that is to come still needs, before it can come into force. */
export interface Renaming {
  /** Pairs of tokens that were not said of it yet. */
  readonly aliases: readonly (readonly [string, string])[];
  /** Offsets of records whose subjects cannot be opened, and of such as name somebody by a token that is not of the id in them. */
  readonly sealed: readonly number[];
  readonly strange: readonly number[];
}

/**
 * Other names for everybody of whom anything is kept, but who has none under the next key.
 *
 * @param keys the key in force, and the one that is to come
 * @param commitment of the one that is to come
 * @param open gives the id in a subject; null when it cannot be opened
 */
export const renamingOf = (
  { fold: { state }, subjects }: NamedLog,
  keys: { readonly control: Prf; readonly next: Prf },
  commitment: string,
  open: (subject: ControlSubject) => string | null,
): Renaming => {
  const { number } = lastControlKey(state);
  const said = state.staged?.commitment === commitment ? state.staged.aliases : new Map<string, string>();
  const wanted = new Set<string>();
  for (const root of namedRoots(state)) {
    const token = state.names.under(root, number);
    if (token !== null && !said.has(token)) wanted.add(token);
  }
  const aliases: (readonly [string, string])[] = [];
  const sealed: number[] = [];
  const strange: number[] = [];
  for (const { subject, offset } of subjects) {
    const own = subject.tokens.map((token) => state.names.under(token, number)).filter((token) => token !== null && wanted.has(token));
    if (own.length === 0) continue;
    const id = open(subject);
    if (id === null) {
      sealed.push(offset);
      continue;
    }
    const renamed = renamedTokens(subject.kind, id, keys);
    for (const token of own as string[]) {
      const to = renamed.get(token);
      if (to === undefined) strange.push(offset);
      else if (wanted.delete(token)) aliases.push([token, to]);
    }
  }
  // What another record of the same subject told is not missing.
  return { aliases, sealed: wanted.size > 0 ? sealed : [], strange: wanted.size > 0 ? strange : [] };
};
