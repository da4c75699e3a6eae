import { createHmac } from 'node:crypto';
import type { ViewRule } from '../../../src/verify/rules.ts';
import type { ToyRecord } from './fleet.ts';

/** A candidate of the toy gate: plain, slow, with everything in the clear. */
export interface Candidate {
  readonly record: ToyRecord;
  readonly view: ViewRule;
  readonly window: number;
  readonly subject: string;
  readonly household: string | null;
  readonly gateway: string;
  readonly token: string;
  readonly start: number;
  /** Texts by path level. */
  readonly tuples: readonly (readonly string[] | null)[];
  readonly sensitive: string | null;
  verdict: string | number | null;
  output: Readonly<Record<string, unknown>> | null;
  /** Only a mutant sets it: leaves with every value suppressed. */
  starred: boolean;
}

export const prf = (key: string, ...parts: readonly (string | number)[]): string =>
  createHmac('sha256', key).update(JSON.stringify(parts)).digest('hex').slice(0, 32);

export const groupBy = <T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> => {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key) ?? [];
    group.push(item);
    groups.set(key, group);
  }
  return groups;
};

export const distinct = (items: readonly Candidate[]): number => new Set(items.map((one) => one.subject)).size;
