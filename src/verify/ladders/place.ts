import { cellToParent, latLngToCell } from 'h3-js';
import type { Ladder } from './index.ts';

const isDegrees = (value: unknown, bound: number): value is number => typeof value === 'number' && Math.abs(value) <= bound;

/** H3 cells as their 15 hex digits; each coarser one is the parent of the finest, level by level. */
export const placeLadder = (resolutions: readonly number[]): Ladder => ({
  technique: 'h3',
  levels: resolutions.map((resolution) => `r${resolution}`),
  climb(inputs) {
    const lat = inputs.get('lat');
    const lon = inputs.get('lon');
    if (!isDegrees(lat, 90) || !isDegrees(lon, 180)) return resolutions.map(() => null);
    const finest = latLngToCell(lat, lon, Math.max(...resolutions));
    return resolutions.map((resolution) => cellToParent(finest, resolution));
  },
});
