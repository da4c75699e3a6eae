import type { Column } from '../../model/columns.ts';
import type { Ladder } from '../../model/ladder.ts';
import { type Compiled, checkLevels, issueAt, type LadderContext, type Spec } from './context.ts';
import { createDictionary, dictionaryKey, lookUp } from './dictionary.ts';
import { readText } from './values.ts';

const LEVELS = ['major.minor', 'major', 'family'];

/** Families of a policy that lists none. */
export const DEFAULT_FAMILIES: readonly string[] = [
  ...['android', 'android automotive', 'android tv', 'audioos', 'chromeos', 'fire os', 'freertos', 'fuchsia', 'harmonyos', 'ios'],
  ...['ipados', 'kaios', 'linux', 'macos', 'openwrt', 'roku os', 'tizen', 'tvos', 'visionos', 'watchos', 'wear os', 'webos'],
  ...['windows', 'zephyr'],
];

/** What versions of no listed family have for a family. */
const OTHER = 'other';

const MAX_FAMILIES = 62;
const FAMILY = /^[a-z](?:[a-z0-9 +.-]*[a-z0-9+])?$/;

/** Bits of a code: 6 of family, 11 of major (years fit), 14 of minor. What does not fit is no version. */
const MAJOR_BITS = 11;
const MINOR_BITS = 14;

/** Numbers with any further parts, which are left out: they are build numbers. */
const NUMBERS = /^(\d{1,9})(?:\.(\d{1,9})(?:\.\d{1,18}){0,4})?$/;

/**
 * Versions: `android 14.1`, `android 14`, `android`; without a known family `14.1`, `14`, `other`. One input holds all
 * (`Android 14.1`, or only `14.1`), or axis `version` the numbers and axis `name` the family. Only the numbers and listed
 * families can leave. Text behind an unknown name is no version; behind a known one it has a family.
 */
export const compileVersion = (spec: Spec<'version'>, context: LadderContext): Compiled => {
  const wrong = checkLevels(context, spec.version, LEVELS);
  if (wrong !== null) return wrong;
  const families = (spec.families ?? DEFAULT_FAMILIES).map(dictionaryKey);
  if (families.length > MAX_FAMILIES || new Set(families).size < families.length) {
    return [issueAt(context, 'ladder-bad-families', `expected at most ${MAX_FAMILIES}, each once`)];
  }
  if (!families.every((family) => FAMILY.test(family) && family !== OTHER)) {
    return [issueAt(context, 'ladder-bad-families', `expected letters, digits, blanks, \`+\`, \`.\` and \`-\`, and not \`${OTHER}\``)];
  }
  return versionLadder(spec.version, families);
};

/** Family number (-1 unknown), and major and minor, -1 each when the text does not say; null when it is no version. */
interface Parsed {
  readonly family: number;
  readonly major: number;
  readonly minor: number;
}

type Parse = (text: string) => Parsed | null;

const createParse = (families: readonly string[]): Parse => {
  const longestFirst = families.map((family, index) => ({ family, index })).sort((a, b) => b.family.length - a.family.length);
  const numbersOf = (text: string, family: number): Parsed | null => {
    const match = NUMBERS.exec(text);
    const major = match === null ? -1 : Number(match[1]);
    const minor = match?.[2] === undefined ? -1 : Number(match[2]);
    const fits = match !== null && major < 1 << MAJOR_BITS && minor < 1 << MINOR_BITS;
    if (fits) return { family, major, minor };
    return family < 0 ? null : { family, major: -1, minor: -1 };
  };
  return (text) => {
    const key = dictionaryKey(text);
    if (/^\d/.test(key)) return numbersOf(key, -1);
    for (const { family, index } of longestFirst) {
      // A family ends where its name does: `ios` is none in `iosevka 3`.
      if (key.startsWith(family) && !/^[a-z]/.test(key.slice(family.length))) {
        return numbersOf(key.slice(family.length).replace(/^[ /_-]+/, ''), index);
      }
    }
    return null;
  };
};

const versionLadder = (levels: readonly string[], families: readonly string[]): Ladder => {
  const width = levels.length;
  const parse = createParse(families);
  const dictionary = createDictionary(families);
  const texts = [...families, OTHER];
  const nameAt = (column: Column | undefined, row: number) => (column === undefined ? -1 : lookUp(dictionary, column, row));
  const parsedAt = (text: string | null, name: number): Parsed | null => {
    const parsed = text === null ? null : parse(text);
    return parsed === null ? (name < 0 ? null : { family: name, major: -1, minor: -1 }) : name < 0 ? parsed : { ...parsed, family: name };
  };
  const codeOf = (level: string, { family, major, minor }: Parsed): number => {
    const index = family < 0 ? families.length : family;
    if (level === 'family') return index;
    if (major < 0 || (level === 'major.minor' && minor < 0)) return -1;
    const code = (index << MAJOR_BITS) | major;
    return level === 'major' ? code : (code << MINOR_BITS) | minor;
  };
  return {
    name: '',
    technique: 'version',
    levels,
    inputs: [
      { axis: '', kind: 'text', optional: true },
      { axis: 'version', kind: 'text', optional: true },
      { axis: 'name', kind: 'text', optional: true },
    ],
    apply([whole, version, name], rows, codes, first) {
      for (let row = 0; row < rows.count; row++) {
        const parsed = parsedAt(readText(whole ?? version, row), nameAt(name, row));
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
      if (levels[level] === 'family') return texts[code];
      const minor = levels[level] === 'major' ? '' : `.${code & ((1 << MINOR_BITS) - 1)}`;
      const rest = levels[level] === 'major' ? code : code >>> MINOR_BITS;
      const family = rest >>> MAJOR_BITS;
      const numbers = `${rest & ((1 << MAJOR_BITS) - 1)}${minor}`;
      return family === families.length ? numbers : `${texts[family]} ${numbers}`;
    },
  };
};
