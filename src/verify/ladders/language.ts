import { textOf } from '../times.ts';
import { type Ladder, only } from './index.ts';

export const languageLadder = (levels: readonly string[], top: readonly string[]): Ladder => ({
  technique: 'language',
  levels,
  climb(inputs) {
    const tag = textOf(only(inputs));
    const primary = tag?.split('-')[0].toLowerCase() ?? null;
    return levels.map((level) => (tag === null || primary === null ? null : level === 'tag' ? tag : level === 'primary' ? primary : top.includes(primary) ? primary : 'other'));
  },
});
