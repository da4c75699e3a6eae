import { canonicalise, fold, type IdentifierKind } from '../../policy/canonical/index.ts';

/** First byte of a message under a dataset's own key: a value that joins, or the person of a row. */
const DIRECT = 1;
const PERSON = 2;

const encoder = new TextEncoder();

const DECIMAL = /^[+-]?\d{1,18}(?:\.\d{1,18})?$/;

/** Latitude and longitude as numbers are written: `52.50` and `+52.5` are one. */
const canonicalPosition = (text: string): string => {
  const parts = canonicalise('position', text).split(/[,;]/);
  return parts.length === 2 && parts.every((part) => DECIMAL.test(part)) ? parts.map(Number).join(',') : canonicalise('position', text);
};

/** The one spelling of a value of a kind, shared by registration and the gate. */
export const canonicalValue = (kind: string, text: string): string =>
  kind === 'position' ? canonicalPosition(text) : canonicalise(kind as IdentifierKind, text);

const message = (label: number, texts: readonly string[]): Uint8Array => encoder.encode(String.fromCharCode(label) + texts.join('\0'));

/** What is keyed to say that a value of `kind` joins. */
export const directMessage = (kind: string, text: string): Uint8Array => message(DIRECT, [kind, canonicalValue(kind, text)]);

/** What is keyed to tell persons apart: the values of the person columns; null where a row has none. */
export const personMessage = (kinds: readonly (string | null)[], texts: readonly (string | null)[]): Uint8Array =>
  message(
    PERSON,
    texts.map((text, i) => {
      const kind = kinds[i] ?? null;
      return text === null ? '' : kind === null ? fold(text).trim() : canonicalValue(kind, text);
    }),
  );
