import { readFileSync } from 'node:fs';
import { type Change, diffPolicies, type Side, type TableText } from '../../../src/policy/diff.ts';
import { parsePolicy } from '../../../src/policy/parse.ts';
import type { Policy } from '../../../src/policy/shape.ts';
import { loadPlan } from '../../../src/runtime/policy-files.ts';
import { sideOf } from '../../../src/runtime/policy-side.ts';
import { BASE } from '../world.ts';

/** A policy that tests may change. */
export type Draft = Policy & { datasets?: unknown; signers?: unknown };

/** What the files of a side say, as far as a test changes it. */
export interface Files {
  readonly tables: Record<string, TableText>;
  readonly schemas: Record<string, unknown>;
  /** Other texts. */
  readonly texts: Record<string, string>;
}

const fixture = (name: string): unknown => JSON.parse(readFileSync(new URL(`../../fixtures/policies/${name}`, import.meta.url), 'utf8'));

export const MODELS: TableText = {
  levels: ['model', 'series', 'brand'],
  rows: [
    ['m1', 's1', 'b1'],
    ['m2', 's1', 'b1'],
    ['m3', 's2', 'b1'],
    ['m4', 's3', 'b2'],
  ],
  rest: ['*', '', 'others'],
};

/** Files of the base policy, each a copy of its own. */
export const filesOf = (): Files => ({
  tables: {
    'model.csv': structuredClone(MODELS),
    'operation.csv': { levels: ['operation', 'group', 'area'], rows: [['on', 'power', 'light']], rest: ['*', '', 'others'] },
    'result.csv': { levels: ['result', 'class'], rows: [['ok', 'good']], rest: ['*', 'others'] },
    'theme.csv': { levels: ['theme'], rows: [['dark']], rest: ['*'] },
  },
  schemas: Object.fromEntries(['operation.avsc', 'operation-2.avsc', 'location.avsc'].map((name) => [name, fixture(name)])),
  texts: {},
});

/** The base policy, a copy of its own. */
export const baseOf = (): Draft => structuredClone(parsePolicy(BASE, 'base.yaml').policy) as Draft;

export const side = (policy: Policy, { tables, schemas, texts }: Files = filesOf()): Side => {
  const shown = [...Object.entries(tables), ...Object.entries(schemas)].map(([name, value]) => [name, JSON.stringify(value)] as const);
  return {
    policy,
    texts: new Map([...shown, ...Object.entries(texts)]),
    tables: new Map(Object.entries(tables)),
    schemas: new Map(Object.entries(schemas)),
  };
};

/** Codes and paths, as tests name them. */
export const told = (changes: readonly Change[]): string[] => changes.map(({ code, path }) => `${code} ${path}`);

export const diff = (before: Side, after: Side): string[] => told(diffPolicies(before, after));

/** A ready-made policy with all its files. */
export const ready = (name: string): Side => {
  const { texts } = loadPlan(new URL(`../../../policies/${name}`, import.meta.url).pathname);
  const read = sideOf(texts);
  if (read === null) throw new Error(`${name} has not the shape of a policy`);
  return read;
};
