import { fold } from '../../policy/canonical/index.ts';
import { textOf } from '../times.ts';
import { type Ladder, only } from './index.ts';
import { AREAS, LANGUAGES, REGION_OF, SCRIPTS } from './places.ts';

const MAX_BYTES = 128;

interface Tag {
  /** Null when the language is not registered. */
  readonly primary: string | null;
  /** The whole tag in canonical case; null when any part of it is not registered, or more follows. */
  readonly whole: string | null;
}

/** `language[-Script][-PLACE][-more]` (RFC 5646); null when the text is no tag. */
const parse = (text: string): Tag | null => {
  const [language, ...rest] = fold(text).trim().split('-');
  if (!/^[a-z]{2,3}$/.test(language) || !rest.every((part) => /^[a-z0-9]{1,8}$/.test(part))) return null;
  const primary = LANGUAGES.has(language) ? language : null;
  const script = /^[a-z]{4}$/.test(rest[0] ?? '') ? rest.shift() : undefined;
  const place = /^([a-z]{2}|\d{3})$/.test(rest[0] ?? '') ? rest.shift() : undefined;
  const scriptText = script === undefined ? '' : script[0].toUpperCase() + script.slice(1);
  const placeText = place === undefined ? '' : place.toUpperCase();
  const isListed =
    (script === undefined || SCRIPTS.has(scriptText)) && (place === undefined || REGION_OF.has(placeText) || AREAS.has(placeText));
  return {
    primary,
    whole:
      primary !== null && isListed && rest.length === 0 ? [primary, scriptText, placeText].filter((part) => part !== '').join('-') : null,
  };
};

const tagOf = (inputs: Parameters<typeof only>[0]): Tag | null => {
  const text = textOf(only(inputs));
  return text === null || Buffer.byteLength(text) > MAX_BYTES ? null : parse(text);
};

/** `zh-Hant-TW`, `zh`, and then `zh` when it is in the top list, else `other`. */
export const languageLadder = (levels: readonly string[], top: readonly string[]): Ladder => ({
  technique: 'language',
  levels,
  lists: (inputs) => tagOf(inputs)?.primary != null,
  climb(inputs) {
    const tag = tagOf(inputs);
    return levels.map((level) => {
      if (tag === null) return null;
      if (level === 'tag') return tag.whole;
      return level === 'primary' ? tag.primary : tag.primary !== null && top.includes(tag.primary) ? tag.primary : 'other';
    });
  },
});
