import { type Ladder, only, textOf } from './index.ts';

export const versionLadder = (levels: readonly string[], _families: readonly string[] | undefined): Ladder => ({
  technique: 'version',
  levels,
  climb(inputs) {
    const found = /^(\d+)(?:\.(\d+))?/.exec(textOf(only(inputs)) ?? '');
    return levels.map((level) => (found === null ? null : level === 'major.minor' ? (found[2] === undefined ? null : `${found[1]}.${found[2]}`) : level === 'major' ? found[1] : null));
  },
});
