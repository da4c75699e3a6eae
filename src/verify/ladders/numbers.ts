import { type Ladder, only } from './index.ts';

export const bucketLadder = (edges: readonly number[]): Ladder => ({
  technique: 'buckets',
  levels: ['bucket'],
  climb(inputs) {
    const value = only(inputs);
    if (typeof value !== 'number') return [null];
    return [String(edges.filter((edge) => value >= edge).length)];
  },
});

export const countLadder = (edges: readonly number[]): Ladder => ({
  technique: 'count',
  levels: ['count'],
  climb(inputs) {
    const value = only(inputs);
    return [Array.isArray(value) ? String(edges.filter((edge) => value.length >= edge).length) : null];
  },
});
