import { fold } from '../../policy/canonical/index.ts';
import type { Value } from '../json.ts';
import { textOf } from '../times.ts';
import type { Ladder } from './index.ts';

const FAMILIES = [
  ...[
    'android',
    'android automotive',
    'android tv',
    'audioos',
    'chromeos',
    'fire os',
    'freertos',
    'fuchsia',
    'harmonyos',
    'ios',
    'ipados',
    'kaios',
  ],
  ...['linux', 'macos', 'openwrt', 'roku os', 'tizen', 'tvos', 'visionos', 'watchos', 'wear os', 'webos', 'windows', 'zephyr'],
];
const MAX_BYTES = 128;
const MAX_MAJOR = 2 ** 11;
const MAX_MINOR = 2 ** 14;

const spelling = (text: string): string => fold(text).trim().replace(/\s+/g, ' ');

interface Version {
  readonly family: string | null;
  readonly major: number | null;
  readonly minor: number | null;
}

/** `14`, `14.1`, `14.1.2...`; parts after the second are build numbers. */
const numbersOf = (text: string): { major: number; minor: number | null } | null => {
  const parts = text.split('.');
  if (parts.length > 6 || !parts.every((part, i) => /^\d+$/.test(part) && part.length <= (i < 2 ? 9 : 18))) return null;
  const major = Number(parts[0]);
  const minor = parts.length > 1 ? Number(parts[1]) : null;
  return major < MAX_MAJOR && (minor ?? 0) < MAX_MINOR ? { major, minor } : null;
};

const parse = (text: string, families: readonly string[]): Version | null => {
  const key = spelling(text);
  const starts = families.filter((family) => key.startsWith(family) && !/[a-z]/.test(key.charAt(family.length)));
  const family = starts.sort((a, b) => b.length - a.length)[0];
  if (family === undefined) {
    const numbers = numbersOf(key);
    return numbers === null ? null : { family: null, ...numbers };
  }
  const numbers = numbersOf(key.slice(family.length).replace(/^[ /_-]+/, ''));
  return { family, major: numbers?.major ?? null, minor: numbers?.minor ?? null };
};

const levelText = (level: string, { family, major, minor }: Version): string | null => {
  if (level === 'family') return family ?? 'other';
  if (major === null || (level === 'major.minor' && minor === null)) return null;
  const numbers = level === 'major' ? String(major) : `${major}.${minor}`;
  return family === null ? numbers : `${family} ${numbers}`;
};

/** `android 14.1`, `android 14`, `android`; without a listed family `14.1`, `14`, `other`. */
export const versionLadder = (levels: readonly string[], listed: readonly string[] | undefined, vocabulary: Set<string>): Ladder => {
  const families = (listed ?? FAMILIES).map(spelling);
  for (const family of families) vocabulary.add(family);
  const versionOf = (inputs: ReadonlyMap<string, Value | undefined>): Version | null => {
    const text = textOf(inputs.has('') ? inputs.get('') : inputs.get('version'));
    const name = textOf(inputs.get('name'));
    const own = name === null ? undefined : families.find((family) => family === spelling(name));
    const parsed = text === null || Buffer.byteLength(text) > MAX_BYTES ? null : parse(text, families);
    return own === undefined ? parsed : { major: null, minor: null, ...parsed, family: own };
  };
  return {
    technique: 'version',
    levels,
    // Who has no name beside the numbers never says a family that could be misspelled.
    lists: (inputs) => !inputs.has('name') || versionOf(inputs)?.family != null,
    climb(inputs) {
      const version = versionOf(inputs);
      return levels.map((level) => (version === null ? null : levelText(level, version)));
    },
  };
};
