import type { ViewRule } from '../rules.ts';
import type { Judged } from './judge.ts';
import type { Saying } from './payload.ts';
import type { Named, People } from './people.ts';
import type { Periods } from './periods.ts';

type Consent = Extract<Saying, { readonly kind: 'consent' }>;

/** One thing that was said by or for somebody. */
interface Word {
  readonly atMs: number;
  readonly consent: Consent;
}

/** Who authorised the use that the window of a record is of. */
export interface Authorisations {
  /** Whether the subject of a record authorised every period that its window touches, all of them active and with a basis for it. */
  isAuthorised(named: Named, view: ViewRule, windowStartMs: number): boolean;
}

/** Whether a word is about a period: one that names it, or a refusal of everything. */
const isAbout = ({ consent: { purposes, state } }: Word, purpose: string): boolean =>
  purposes.some((one) => one === purpose) || (purposes.some((one) => one === '*') && state !== 'granted');

/** Goes through everything that was said of somebody before the window's end, and keeps the last word on the period. */
const lastWord = (words: readonly Word[], purpose: string, endMs: number): Consent | null => {
  let last: Consent | null = null;
  for (const word of words) if (word.atMs < endMs && isAbout(word, purpose)) last = word.consent;
  return last;
};

/** From before the window begins until after it ends. */
const covers = ({ state, from, to }: Consent, startMs: number, endMs: number): boolean =>
  state === 'granted' && (from === null || from <= startMs) && (to === null || to >= endMs);

/** The name, as `People` keeps files of somebody, of the subject that the view counts; null: nobody whom a control record could name. */
const subjectName = (named: Named, view: ViewRule, people: People, endMs: number): string | null => {
  if (view.subject === 'device') return named.device === null ? null : `device ${named.device}`;
  const household = view.household === 'gateway' ? null : people.household(named, endMs);
  // A record that is bound to one household and names another is of no one household.
  const isOne = named.household === null || named.household === household;
  return household === null || !isOne ? null : `household ${household}`;
};

export const createAuthorisations = (judged: readonly Judged[], people: People, periods: Periods): Authorisations => {
  const words = new Map<string, Word[]>();
  for (const { saying, atMs, number } of judged) {
    if (saying?.kind !== 'consent') continue;
    for (const name of people.namesIn(number)) words.set(name, [...(words.get(name) ?? []), { atMs, consent: saying }]);
  }
  const wordOf = (name: string, purpose: string, endMs: number): Consent | null => lastWord(words.get(name) ?? [], purpose, endMs);
  const hasAuthorised = (id: string, subject: string, named: Named, startMs: number, endMs: number): boolean => {
    const own = wordOf(subject, `period:${id}`, endMs);
    if (own === null || !covers(own, startMs, endMs)) return false;
    const all = people.behind(named, endMs).map((name) => wordOf(name, `period:${id}`, endMs));
    return all.every((word) => word === null || word.state === 'granted');
  };
  return {
    isAuthorised(named, view, windowStartMs) {
      const { ids, isSuspended, mayBeAuthorised } = periods.ruleOf(view, windowStartMs);
      if (ids.length === 0 || isSuspended || !mayBeAuthorised) return false;
      const endMs = windowStartMs + view.windowMs;
      const subject = subjectName(named, view, people, endMs);
      return subject !== null && ids.every((id) => hasAuthorised(id, subject, named, windowStartMs, endMs));
    },
  };
};
