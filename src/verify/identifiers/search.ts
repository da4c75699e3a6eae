import { canonicalise, type IdentifierKind } from '../../policy/canonical/index.ts';
import type { Findings } from '../report.ts';
import type { Identifier } from './collect.ts';
import type { Corpus } from './corpus.ts';
import { checksumsOf, digestsOf } from './digests.ts';
import { formsOf } from './forms.ts';
import { createWordMap, hashText } from './words.ts';

const MIN_LENGTH = 4;
const MIN_DIGITS = 7;

/** Looks each distinct identifier up in everything that left (I7), and its unkeyed digests among pseudonyms (I8). */
export interface Search {
  look(identifier: Identifier, where: string): void;
  /** Writes what was searched and skipped into the report. */
  finish(): void;
}

const canonicalOf = ({ kind, text, exact }: Identifier): string => (exact ? text : canonicalise(kind as IdentifierKind, text));

export const createSearch = (corpus: Corpus, vocabulary: ReadonlySet<string>, findings: Findings): Search => {
  const seen = createWordMap();
  const skipped = { short: 0, public: 0 };
  let searched = 0;
  const lookDigests = (forms: readonly string[], where: string): void => {
    for (const form of forms) {
      digestsOf(form, (digest) => {
        const place = corpus.findDigest(digest);
        if (place === null) return;
        findings.fail('I7', where, `unkeyed digest of an identifier in ${place}`);
        if (place.endsWith('pseudonym')) findings.fail('I8', where, 'pseudonym is an unkeyed digest');
      });
      checksumsOf(form, (text) => {
        const place = corpus.findToken(text);
        if (place !== null) findings.fail('I7', where, `checksum of an identifier in ${place}`);
      });
    }
  };
  return {
    look(identifier, where) {
      const { text, exact } = identifier;
      const [high, low] = hashText(text, 0, text.length);
      if (seen.get(high, low) >= 0) return;
      seen.add(high, low, 0);
      if (text.length < MIN_LENGTH || (text.length < MIN_DIGITS && /^\d+$/.test(text))) {
        skipped.short++;
        return;
      }
      if (vocabulary.has(text.toLowerCase())) {
        skipped.public++;
        return;
      }
      searched++;
      const { plain, hashed } = formsOf(text, canonicalOf(identifier), exact);
      for (const form of plain) {
        if (vocabulary.has(form)) continue;
        const place = corpus.find(form);
        if (place !== null) {
          findings.fail('I7', where, `identifier in ${place}`);
          break;
        }
      }
      lookDigests(hashed, where);
    },
    finish() {
      const parts = [`${searched} identifiers searched`];
      if (skipped.short > 0) parts.push(`${skipped.short} shorter than ${MIN_LENGTH} (numbers: ${MIN_DIGITS}) skipped`);
      if (skipped.public > 0) parts.push(`${skipped.public} that are words of the policy or a ladder skipped`);
      findings.note('I7', parts.join(', '));
    },
  };
};
