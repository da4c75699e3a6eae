import { fold } from './fold.ts';

const SEPARATORS = /[\s:._{}\p{Pd}\p{Z}]/gu;

/** Six groups of one or two hex digits: some firmware drops the leading zeros of a MAC address. */
const LOOSE_MAC = /^[0-9a-f]{1,2}(?:[:-][0-9a-f]{1,2}){5}$/;

/**
 * Canonical form of a device id, MAC address or any other id: folded, without white space, braces, `:`, `.`, `_` and
 * dashes. All spellings of a MAC address become twelve lower-case hex digits, under whatever kind they are declared:
 * many device ids are MAC addresses.
 */
export const canonicalId = (text: string): string => {
  const folded = fold(text);
  const trimmed = folded.trim();
  if (LOOSE_MAC.test(trimmed)) {
    return trimmed
      .split(/[:-]/)
      .map((group) => group.padStart(2, '0'))
      .join('');
  }
  return folded.replace(SEPARATORS, '');
};
