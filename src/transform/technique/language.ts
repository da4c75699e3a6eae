import type { Ladder } from '../../model/ladder.ts';
import { fold } from '../../policy/canonical/fold.ts';
import { type Compiled, checkLevels, issueAt, type LadderContext, type Spec } from './context.ts';
import { AREAS, LANGUAGES, SCRIPTS } from './language-subtags.ts';
import { COUNTRIES } from './regions.ts';
import { readText } from './values.ts';

const LEVELS = ['tag', 'primary', 'top'];
const OTHER = 'other';
const PLACES: readonly string[] = [...COUNTRIES, ...AREAS];

/** Bits of a tag's code: 9 of language, 5 of script, 9 of place; script and place count from 1, 0 is none. */
const SCRIPT_BITS = 5;
const PLACE_BITS = 9;

/** `language[-Script][-PLACE]` (RFC 5646, section 2.1); what else may follow (variants, extensions) is told apart. */
const TAG = /^([a-z]{2,3})(?:-([a-z]{4}))?(?:-([a-z]{2}|\d{3}))?((?:-[a-z0-9]{1,8})*)$/;

/**
 * Language tags in canonical case: `zh-Hant-TW`, then the primary language `zh`, then the primary language when it is in
 * the `top` list, else `other`. Only registered subtags leave: an unlisted language is `other`, and a tag with an unlisted
 * script or place, a variant or an extension starts at its primary language. What is no tag has no value.
 */
export const compileLanguage = (spec: Spec<'language'>, context: LadderContext): Compiled => {
  const wrong = checkLevels(context, spec.language, LEVELS);
  if (wrong !== null) return wrong;
  const top = spec.top ?? [];
  const isUsed = spec.language.includes('top');
  if (isUsed !== top.length > 0) return [issueAt(context, 'ladder-bad-top', 'level top and the list top go together')];
  if (new Set(top).size < top.length || !top.every((language) => LANGUAGES.includes(language))) {
    return [issueAt(context, 'ladder-bad-top', 'expected registered primary languages in lower case, each once')];
  }
  return languageLadder(spec.language, top);
};

const numbers = (texts: readonly string[], base: number): ReadonlyMap<string, number> =>
  new Map(texts.map((text, i) => [text.toLowerCase(), i + base]));

const createParse = () => {
  const languages = numbers(LANGUAGES, 0);
  const scripts = numbers(SCRIPTS, 1);
  const places = numbers(PLACES, 1);
  /** Language number (-1: a language that is not registered), and the code of the whole tag, -1 when it has none. */
  return (text: string): { readonly language: number; readonly tag: number } | null => {
    const match = TAG.exec(fold(text).trim());
    if (match === null) return null;
    const [, primary, scriptText, placeText, rest] = match;
    const language = languages.get(primary) ?? -1;
    const script = scriptText === undefined ? 0 : (scripts.get(scriptText) ?? -1);
    const place = placeText === undefined ? 0 : (places.get(placeText) ?? -1);
    const isWhole = language >= 0 && script >= 0 && place >= 0 && rest === '';
    return { language, tag: isWhole ? (((language << SCRIPT_BITS) | script) << PLACE_BITS) | place : -1 };
  };
};

const languageLadder = (levels: readonly string[], top: readonly string[]): Ladder => {
  const width = levels.length;
  const parse = createParse();
  const topOfLanguage = LANGUAGES.map((language) => (top.includes(language) ? top.indexOf(language) : top.length));
  const codeOf = (level: string, { language, tag }: { readonly language: number; readonly tag: number }): number => {
    if (level === 'tag') return tag;
    return level === 'primary' ? language : (topOfLanguage[language] ?? top.length);
  };
  return {
    name: '',
    technique: 'language',
    levels,
    inputs: [{ axis: '', kind: 'text' }],
    apply([column], rows, codes, first) {
      for (let row = 0; row < rows.count; row++) {
        const text = readText(column, row);
        const parsed = text === null ? null : parse(text);
        let least = 0;
        for (let level = 0; level < width; level++) {
          const code = parsed === null ? -1 : codeOf(levels[level], parsed);
          codes[row * width + level] = Math.max(0, code);
          if (code < 0) least = level + 1;
        }
        first[row] = least;
      }
    },
    text: (level, code) => {
      if (levels[level] === 'top') return top[code] ?? OTHER;
      if (levels[level] === 'primary') return LANGUAGES[code];
      const script = (code >>> PLACE_BITS) & ((1 << SCRIPT_BITS) - 1);
      const place = code & ((1 << PLACE_BITS) - 1);
      const subtags = [LANGUAGES[code >>> (PLACE_BITS + SCRIPT_BITS)], SCRIPTS[script - 1], PLACES[place - 1]];
      return subtags.filter((subtag) => subtag !== undefined).join('-');
    },
  };
};
