import { readFileSync } from 'node:fs';
import { isProgram } from './generated.ts';

/** What a TAP 14 stream says: checks are its leaves, so that a subtest is not counted beside what it holds. */
export interface TapCount {
  readonly passed: number;
  readonly skipped: number;
  /** Names of failed checks, from the file down. */
  readonly failed: readonly string[];
}

const POINT = /^( *)(not ok|ok)\b(?: \d+)?(?: - )?(.*)$/;
const SUBTEST = /^( *)# Subtest: (.*)$/;
const DIRECTIVE = / # (skip|todo)\b/i;
const INDENT = 4;

/** Counts the leaves of a TAP stream. A parent that failed although no child of it did (exit code, plan) is a failure of its own. */
export const countTap = (text: string): TapCount => {
  const failed: string[] = [];
  const titles: string[] = [];
  // Per depth, the points and failures seen since the last point one level up.
  const points: number[] = [];
  const failures: number[] = [];
  let passed = 0;
  let skipped = 0;
  let yaml: string | null = null;
  for (const line of text.split(/\r?\n/)) {
    if (yaml !== null) {
      if (line === `${yaml}...`) yaml = null;
      continue;
    }
    const opening = /^( +)---$/.exec(line);
    if (opening !== null) yaml = opening[1];
    const subtest = SUBTEST.exec(line);
    if (subtest !== null) titles[subtest[1].length / INDENT] = subtest[2];
    if (/^ *Bail out!/.test(line)) failed.push('the run bailed out');
    const point = POINT.exec(line);
    if (point === null || point[1].length % INDENT !== 0) continue;
    const depth = point[1].length / INDENT;
    const children = points[depth + 1] ?? 0;
    const broken = failures[depth + 1] ?? 0;
    points.length = Math.min(points.length, depth + 1);
    failures.length = Math.min(failures.length, depth + 1);
    points[depth] = (points[depth] ?? 0) + 1;
    const fails = point[2] === 'not ok' && !DIRECTIVE.test(point[3]);
    if (fails) failures[depth] = (failures[depth] ?? 0) + 1;
    if (fails && broken === 0) failed.push([...titles.slice(0, depth), point[3].replace(/ # time=.*$/, '')].join(' > '));
    else if (children > 0 || fails) continue;
    else if (DIRECTIVE.test(point[3])) skipped++;
    else passed++;
  }
  return { passed, skipped, failed };
};

/** `tap-count FILE`: names of failures, then one line `PASSED FAILED` for the caller. */
const main = (file: string): void => {
  const { passed, skipped, failed } = countTap(readFileSync(file, 'utf8'));
  for (const name of failed) console.log(`failed: ${name}`);
  if (skipped > 0) console.log(`${skipped} skipped`);
  console.log(`${passed} ${failed.length}`);
};

if (isProgram(import.meta.url)) main(process.argv[2]);
