import { canonicalise, type IdentifierKind } from '../../policy/canonical/index.ts';
import type { Findings } from '../report.ts';
import { isChance } from './chance.ts';
import type { Identifier } from './collect.ts';
import type { Corpus } from './corpus.ts';
import { checksumsOf, digestsOf } from './digests.ts';
import { formsOf, hashedFormsOf } from './forms.ts';
import { createWordMap, hashHigh, hashLow } from './words.ts';

const MIN_LENGTH = 4;
const MIN_DIGITS = 7;

/** Looks each distinct identifier up in everything that left (I7), and its unkeyed digests among pseudonyms (I8). */
export interface Search {
  look(identifier: Identifier, where: string): void;
  /** Writes what was searched and skipped into the report. */
  finish(): void;
}

const canonicalOf = ({ kind, text, exact }: Identifier): string => (exact ? text : canonicalise(kind as IdentifierKind, text));

/** Checksums are short: whether those that were met are more than chance gives is known when all were looked for. */
const createChecksums = (corpus: Corpus, findings: Findings) => {
  const met: { readonly where: string; readonly place: string }[] = [];
  let looked = 0;
  return {
    look(text: string, where: string): void {
      looked++;
      const place = corpus.findToken(text);
      if (place !== null) met.push({ where, place });
    },
    /** Fails what is no chance; else says in the report what was met. */
    judge(): string[] {
      if (met.length === 0) return [];
      // Each is looked for in two notations.
      if (isChance(met.length, corpus.checksums(), looked / 2)) return [`${met.length} checksums of 32 bits met, as many as chance gives`];
      for (const { where, place } of met) findings.fail('I7', where, `checksum of an identifier in ${place}`);
      return [];
    },
  };
};

export const createSearch = (corpus: Corpus, vocabulary: ReadonlySet<string>, findings: Findings): Search => {
  const seen = createWordMap();
  const skipped = { short: 0, public: 0 };
  let searched = 0;
  const lookDigest = (digest: Buffer, where: string): void => {
    const place = corpus.findDigest(digest);
    if (place === null) return;
    findings.fail('I7', where, `unkeyed digest of an identifier in ${place}`);
    if (place.endsWith('pseudonym')) findings.fail('I8', where, 'pseudonym is an unkeyed digest');
  };
  const checksums = createChecksums(corpus, findings);
  const hasDigests = corpus.hasDigests();
  const hasChecksums = corpus.checksums() > 0;
  return {
    look(identifier, where) {
      const { text, exact } = identifier;
      const high = hashHigh(text, 0, text.length);
      const low = hashLow(text, 0, text.length);
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
      const canonical = canonicalOf(identifier);
      for (const form of formsOf(text, canonical, exact)) {
        const place = vocabulary.has(form) ? null : corpus.find(form);
        if (place === null) continue;
        findings.fail('I7', where, `identifier in ${place}`);
        break;
      }
      for (const form of hasDigests || hasChecksums ? hashedFormsOf(text, canonical, exact) : []) {
        if (hasDigests) digestsOf(form, (digest) => lookDigest(digest, where));
        if (hasChecksums) checksumsOf(form, (checksum) => checksums.look(checksum, where));
      }
    },
    finish() {
      const parts = [`${searched} identifiers searched`, ...checksums.judge()];
      if (skipped.short > 0) parts.push(`${skipped.short} shorter than ${MIN_LENGTH} (numbers: ${MIN_DIGITS}) skipped`);
      if (skipped.public > 0) parts.push(`${skipped.public} that are words of the policy or a ladder skipped`);
      findings.note('I7', parts.join(', '));
    },
  };
};
