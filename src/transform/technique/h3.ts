import { latLngToCell } from 'h3-js';
import type { Ladder } from '../../model/ladder.ts';
import { type Compiled, issueAt, type LadderContext, type Spec } from './context.ts';
import { readNumber } from './values.ts';

/** Finer cells (under 36 km2) never leave; the code also has room for no more. */
const FINEST = 6;
const DIGIT_BITS = 3;

/** Digits of an H3 index below its resolution are 7 (H3 index, "H3 Cell Indexes"). */
const DIGITS = 15;

/**
 * Code of an H3 cell: 7 bits of base cell, then 3 bits for each digit down to its resolution. The parent `n` steps up is
 * the code without its last n digits. `cell` is the index as 15 hex digits.
 */
export const codeOfCell = (cell: string, resolution: number): number =>
  // Nibbles 2 to 8 hold the base cell and seven digits.
  Number.parseInt(cell.slice(2, 9), 16) >>> (DIGIT_BITS * (7 - resolution));

/** The H3 index of a code, as h3-js writes it: 15 lower-case hex digits. */
export const cellOfCode = (code: number, resolution: number): string => {
  const unused = BigInt(DIGIT_BITS * (DIGITS - resolution));
  const mode = 1n << 59n;
  const index = mode | (BigInt(resolution) << 52n) | (BigInt(code) << unused) | ((1n << unused) - 1n);
  return index.toString(16);
};

/** A position that says nothing: out of range, or the (0, 0) that receivers without a fix report. */
const isPosition = (lat: number, lon: number): boolean => Math.abs(lat) <= 90 && Math.abs(lon) <= 180 && !(lat === 0 && lon === 0);

/**
 * Cells of the H3 grid (https://h3geo.org) from two inputs, `lat` and `lon` in degrees (WGS 84). Levels are `r6`, `r5`,
 * ...; only the finest is computed from the position, the others are its parents.
 */
export const compileH3 = (spec: Spec<'h3'>, context: LadderContext): Compiled => {
  const resolutions = spec.h3;
  const isFalling = resolutions.every((r, i) => Number.isInteger(r) && r >= 0 && r <= FINEST && (i === 0 || r < resolutions[i - 1]));
  if (!isFalling || resolutions.length === 0) {
    return [issueAt(context, 'ladder-bad-levels', `expected falling resolutions, ${FINEST} at the finest, such as [6, 5, 4]`)];
  }
  return h3Ladder(resolutions);
};

const h3Ladder = (resolutions: readonly number[]): Ladder => {
  const width = resolutions.length;
  const finest = resolutions[0];
  const shifts = resolutions.map((resolution) => DIGIT_BITS * (finest - resolution));
  return {
    name: '',
    technique: 'h3',
    levels: resolutions.map((resolution) => `r${resolution}`),
    inputs: [
      { axis: 'lat', kind: 'number' },
      { axis: 'lon', kind: 'number' },
    ],
    apply([latitudes, longitudes], rows, codes, first) {
      for (let row = 0; row < rows.count; row++) {
        const code = codeAt(readNumber(latitudes, row), readNumber(longitudes, row), finest);
        first[row] = code < 0 ? width : 0;
        for (let level = 0; level < width; level++) codes[row * width + level] = code < 0 ? 0 : code >>> shifts[level];
      }
    },
    text: (level, code) => cellOfCode(code, resolutions[level]),
  };
};

const codeAt = (lat: number, lon: number, resolution: number): number => {
  if (!isPosition(lat, lon)) return -1;
  try {
    return codeOfCell(latLngToCell(lat, lon, resolution), resolution);
  } catch {
    // Whatever h3-js finds wrong with a position, its text would quote it: the position has no cell.
    return -1;
  }
};
