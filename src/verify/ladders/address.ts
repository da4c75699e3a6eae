import type { Ladder } from './index.ts';

export const addressLadder = (levels: readonly string[], _table: { readonly v4: string; readonly v6: string }): Ladder => ({
  technique: 'ip',
  levels,
  climb: () => levels.map(() => null),
});
