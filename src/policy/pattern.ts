import type { Pattern } from '../model/derived.ts';

/*
 * Patterns by which gateways write several names into one text (`zigbee2mqtt/{device}`, `spBv1.0/{group}/{message}/{node}`):
 * literal text and parts in braces. A part is one or more characters, none of them `/` and none the character that
 * follows the part in the pattern; so there is one way to read a text, and reading it takes one pass.
 */

const PART = /\{([^{}]*)\}/g;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** True when a text is meant as a pattern. */
export const isPattern = (text: string): boolean => text.includes('{') || text.includes('}');

/** Reads a pattern; null when braces do not pair, a name is none or stands twice, or two parts touch. */
export const parsePattern = (text: string): Pattern | null => {
  const literals: string[] = [];
  const parts: string[] = [];
  let at = 0;
  for (const found of text.matchAll(PART)) {
    literals.push(text.slice(at, found.index));
    parts.push(found[1]);
    at = found.index + found[0].length;
  }
  literals.push(text.slice(at));
  const isSound =
    parts.length > 0 &&
    literals.every((literal) => !/[{}]/.test(literal)) &&
    literals.slice(1, -1).every((literal) => literal !== '') &&
    parts.every((name) => NAME.test(name)) &&
    new Set(parts).size === parts.length;
  return isSound ? { literals, parts } : null;
};
