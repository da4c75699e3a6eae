import { writeFileSync } from 'node:fs';
import { createControlFold } from '../control/fold.ts';
import type { ControlSubject } from '../control/shape.ts';
import { tracesOf } from '../control/traces.ts';
import { authorisedPrefix } from '../model/authorised.ts';
import { knownPseudonymKey } from '../runtime/keys/pseudonym-keys.ts';
import type { Ground } from './say.ts';

/** A pseudonym of an authorised output: what its readers delete. */
export interface ListedPseudonym {
  readonly period: string;
  readonly view: string;
  readonly pseudonym: string;
}

export interface Listed {
  readonly pseudonyms: readonly ListedPseudonym[];
  /** Periods that the subject authorised and that have no key in the folder: nothing left under one, or the key is elsewhere. */
  readonly unlisted: readonly string[];
}

/**
 * Pseudonyms under which authorised outputs may hold something of these subjects. Of a period whose key is destroyed there is nothing
 * to say any more: its topic was deleted with it.
 */
export const pseudonymsOf = async ({ plan, keys, log, within }: Ground, subjects: readonly ControlSubject[]): Promise<Listed> => {
  const fold = createControlFold(plan);
  for (const line of await within(() => log.lines())) fold.take(line);
  const unlisted = new Set<string>();
  const found = new Map<string, ListedPseudonym>();
  for (const { view, period, token } of subjects.flatMap((subject) => tracesOf(fold.state, plan, subject))) {
    const key = knownPseudonymKey(keys, plan.prf, period);
    if (key === 'none') unlisted.add(period);
    if (typeof key === 'string') continue;
    const pseudonym = Buffer.from(key.one(Buffer.concat([authorisedPrefix(view), Buffer.from(token, 'hex')]))).toString('hex');
    found.set(pseudonym, { period, view, pseudonym });
  }
  const pseudonyms = [...found.values()].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return { pseudonyms, unlisted: [...unlisted].sort() };
};

/** A line each, for who hands them to the readers. */
export const writePseudonyms = (file: string, { pseudonyms }: Listed): void =>
  writeFileSync(file, pseudonyms.map((one) => `${JSON.stringify(one)}\n`).join(''), { mode: 0o600 });
