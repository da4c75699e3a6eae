import { fold } from './fold.ts';
import { canonicalId } from './id.ts';

/**
 * Canonical form of a phone number (ITU-T E.164, E.123): digits, without `+` or `00` in front and without the `(0)` that
 * is only dialled at home. What holds letters is treated as an id.
 */
export const canonicalPhone = (text: string): string => {
  const number = fold(text)
    .trim()
    .replace(/^tel:/, '')
    .replace(/^((?:\+|00)[^(]*)\(0\)/, '$1');
  if (/\p{L}/u.test(number)) return canonicalId(text);
  const digits = number.replace(/\D/g, '');
  return digits === '' ? canonicalId(text) : digits.replace(/^(?:00)+(?=\d)/, '');
};
