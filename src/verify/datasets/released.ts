import type { IdentifierKind } from '../../policy/canonical/index.ts';
import { decodings, unescaped } from '../identifiers/decodings.ts';
import { checksumsOf, digestsOf } from '../identifiers/digests.ts';
import { formsOf, hashedFormsOf } from '../identifiers/forms.ts';
import { NO_PSEUDONYM, type OutputTable } from '../outputs.ts';
import type { ViewRule } from '../rules.ts';
import { spellingOf } from './rows.ts';

/** How a value that left is a registered one. */
export type Likeness = 'value' | 'encoded' | 'digest' | 'checksum';

/** The values that left in the views that a dataset guards. */
export interface ReleasedValues {
  /** Whether a registered value left, as it is, or written or hashed in another way, and in which view. */
  find(kind: IdentifierKind, text: string): { readonly how: Likeness; readonly view: string } | null;
  /** How many different values that are. */
  readonly values: number;
  /** Different words among them that look like checksums, and how many checksums were looked for: some meet by chance. */
  readonly checksums: () => { readonly words: number; readonly looked: number };
}

const CHECKSUM = /^([0-9a-f]{8}|\d{7,10})$/;
const DIGEST_BYTES = 8;
/** Where a shorter form stands, it stands by chance. */
const MIN_DECODED = 4;
/** Cells and times are long enough to be half a digest, and are none. */
const NO_DIGEST = /^([0-9a-f]{15}|\d{4}-(W\d\d|\d\d-\d\d)(T\d\dZ(\/PT6H)?)?)$/;
const PLACEHOLDERS: readonly string[] = ['*', 'other'];

/** Texts of a view's records, each once. Placeholders of rules are nobody's values; a ladder's own `other` is one of the tuple. */
const textsOf = (view: ViewRule, { tuple, tuples, sensitive, sensitives, pseudonym, pseudonyms }: OutputTable): Set<string> => {
  const texts = new Set<string>();
  for (const number of new Set(tuple)) {
    for (const text of JSON.parse(tuples.text(number)) as string[]) if (text !== '*') texts.add(text);
  }
  if (view.sensitive !== null)
    for (const number of new Set(sensitive)) {
      const text = sensitives.text(number);
      if (!PLACEHOLDERS.includes(text)) texts.add(text);
    }
  if (view.pseudonym)
    for (const number of new Set(pseudonym)) if (pseudonyms.text(number) !== NO_PSEUDONYM) texts.add(pseudonyms.text(number));
  return texts;
};

/** What whole values say once encodings are undone. */
const createDecoded = (vocabulary: ReadonlySet<string>) => {
  const texts = new Map<string, string>();
  const ends = new Map<string, string>();
  const add = (text: string, view: string): void => {
    if (!texts.has(text)) texts.set(text, view);
  };
  return {
    texts,
    ends,
    add(text: string, view: string): void {
      add(unescaped(text).toLowerCase(), view);
      const isDigest = !NO_DIGEST.test(text) && !vocabulary.has(text.toLowerCase());
      decodings(text, (bytes, isRandom) => {
        add(bytes.toString('utf8').toLowerCase(), view);
        add(bytes.toString('hex'), view);
        if (bytes.length < DIGEST_BYTES || !isDigest || !isRandom) return;
        ends.set(bytes.toString('latin1', 0, DIGEST_BYTES), view);
        ends.set(bytes.toString('latin1', bytes.length - DIGEST_BYTES), view);
      });
    },
  };
};

const DECIMALS = /^-?\d+\.\d{3,}$/;

/** The texts by which a value may be met: a position is met by either of its numbers, when it is exact. */
const partsOf = (kind: IdentifierKind, text: string): { readonly text: string; readonly exact: boolean }[] =>
  kind === 'position'
    ? text.split(/[,;]/).flatMap((part) => (DECIMALS.test(part) ? [{ text: part, exact: true }] : []))
    : [{ text, exact: false }];

/**
 * Gathers what left in views, to look registered values up in. `vocabulary`: words that are public; a form of an identifier that
 * is one of them is none, but the identifier itself counts (rule 5 asks no more than that).
 */
export const createReleasedValues = (
  views: readonly (readonly [ViewRule, OutputTable])[],
  kinds: ReadonlySet<IdentifierKind>,
  vocabulary: ReadonlySet<string>,
): ReleasedValues => {
  const spelled = new Map([...kinds].map((kind): [IdentifierKind, Map<string, string>] => [kind, new Map()]));
  const plain = new Map<string, string>();
  const decoded = createDecoded(vocabulary);
  for (const [view, table] of views)
    for (const text of textsOf(view, table)) {
      for (const [kind, own] of spelled) own.set(spellingOf(kind, text), view.name);
      plain.set(text.toLowerCase(), view.name);
      decoded.add(text, view.name);
    }
  const words = [...plain.keys()].filter((text) => CHECKSUM.test(text)).length;
  let looked = 0;
  const viewOf = (form: string): string | undefined =>
    form.length < MIN_DECODED || vocabulary.has(form) ? undefined : (plain.get(form) ?? decoded.texts.get(form));
  const digestIn = (form: string): string | undefined => {
    let view: string | undefined;
    digestsOf(form, (digest) => {
      view ??= decoded.ends.get(digest.toString('latin1', 0, DIGEST_BYTES));
      view ??= decoded.ends.get(digest.toString('latin1', digest.length - DIGEST_BYTES));
    });
    return view;
  };
  const checksumIn = (form: string): string | undefined => {
    let view: string | undefined;
    checksumsOf(form, (checksum) => {
      looked++;
      view ??= plain.get(checksum);
    });
    return view;
  };
  return {
    values: plain.size,
    checksums: () => ({ words, looked: looked / 2 }),
    find(kind, text) {
      const spelling = spellingOf(kind, text);
      const same = spelled.get(kind)?.get(spelling);
      if (same !== undefined) return { how: 'value', view: same };
      for (const part of partsOf(kind, text)) {
        const canonical = part.exact ? part.text : spelling;
        for (const form of formsOf(part.text, canonical, part.exact)) {
          const view = viewOf(form);
          if (view !== undefined) return { how: 'encoded', view };
        }
        if (decoded.ends.size === 0 && words === 0) continue;
        for (const form of hashedFormsOf(part.text, canonical, part.exact)) {
          const view = decoded.ends.size === 0 ? undefined : digestIn(form);
          if (view !== undefined) return { how: 'digest', view };
          const met = words === 0 ? undefined : checksumIn(form);
          if (met !== undefined) return { how: 'checksum', view: met };
        }
      }
      return null;
    },
  };
};
