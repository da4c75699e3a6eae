import { cellToParent, latLngToCell } from 'h3-js';
import type { Ladder } from './index.ts';
import { numberOf } from './numbers.ts';

/** H3 cells as their 15 hex digits; each coarser one is the parent of the finest. (0, 0) is a receiver without a fix. */
export const placeLadder = (resolutions: readonly number[]): Ladder => ({
  technique: 'h3',
  levels: resolutions.map((resolution) => `r${resolution}`),
  climb(inputs) {
    const lat = numberOf(inputs.get('lat'));
    const lon = numberOf(inputs.get('lon'));
    const isPlace = Math.abs(lat) <= 90 && Math.abs(lon) <= 180 && (lat !== 0 || lon !== 0);
    if (!isPlace) return resolutions.map(() => null);
    const finest = latLngToCell(lat, lon, Math.max(...resolutions));
    return resolutions.map((resolution) => cellToParent(finest, resolution));
  },
});
