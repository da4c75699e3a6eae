/** A version as numbers; missing parts are null ("20" accepts every 20.x.y). */
type Version = readonly [number, number | null, number | null];

const versionOf = (text: string): Version => {
  const [major, minor, patch] = text
    .split('-')[0]
    .split('.')
    .map((part) => (/^\d+$/.test(part) ? Number(part) : null));
  return [major ?? 0, minor ?? null, patch ?? null];
};

const compare = (a: Version, b: Version): number => a[0] - b[0] || (a[1] ?? 0) - (b[1] ?? 0) || (a[2] ?? 0) - (b[2] ?? 0);

/** The first version above everything that `^` (keep major) or `~` (keep minor) of `low` means. */
const above = (low: Version, kind: string): Version => {
  const [major, minor, patch] = low;
  if (kind === '^' && (major > 0 || minor === null)) return [major + 1, 0, 0];
  if (kind === '^' && (minor ?? 0) === 0 && patch !== null) return [0, 0, patch + 1];
  if (minor === null) return [major + 1, 0, 0];
  return kind === '' && patch !== null ? [major, minor, patch + 1] : [major, minor + 1, 0];
};

const satisfies = (version: Version, comparator: string): boolean => {
  const [, operator, rest] = /^(>=|<=|>|<|\^|~|=)?v?(.*)$/.exec(comparator) as RegExpExecArray;
  if (/^[*xX]?$/.test(rest)) return true;
  const low = versionOf(rest);
  switch (operator) {
    case '>=':
      return compare(version, low) >= 0;
    case '>':
      return compare(version, above(low, '')) >= 0;
    case '<':
      return compare(version, low) < 0;
    case '<=':
      return compare(version, above(low, '')) < 0;
    default:
      return compare(version, low) >= 0 && compare(version, above(low, operator === '=' ? '' : (operator ?? ''))) < 0;
  }
};

/** True when `version` (three numbers) lies in an npm `engines` range. Hyphen ranges are not understood and throw. */
export const inRange = (version: string, range: string): boolean =>
  range.split('||').some((alternative) => {
    if (/ - /.test(alternative)) throw new Error(`hyphen range: ${range}`);
    const comparators = alternative
      .trim()
      .replace(/([<>=^~])\s+/g, '$1')
      .split(/\s+/);
    return comparators.every((comparator) => satisfies(versionOf(version), comparator));
  });
