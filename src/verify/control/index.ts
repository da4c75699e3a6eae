import type { KeyObject } from 'node:crypto';
import type { ControlRow, Rows } from '../inputs.ts';
import type { Findings } from '../report.ts';
import type { Rules, ViewRule } from '../rules.ts';
import { type Authorisations, createAuthorisations } from './authorisations.ts';
import { createEpochs, type Epochs, epochWords } from './epochs.ts';
import { createJudge, type Judged } from './judge.ts';
import { createPeople, type People } from './people.ts';
import { createPeriods, type Periods } from './periods.ts';
import { createRecalls, type Recalls } from './recalls.ts';
import { type ControlKeys, createControlKeys } from './rekeyings.ts';

export type { Epochs } from './epochs.ts';
export type { Judged } from './judge.ts';
export type { Named, People, Refusal } from './people.ts';
export type { PeriodRule, Scope } from './periods.ts';

/** The control log as the checker understands it. */
export interface ControlLog {
  readonly judged: readonly Judged[];
  /** Records that were appended before a time, ms: by these a window that ends then was decided. */
  before(endMs: number): number;
  readonly periods: Periods;
  readonly recalls: Recalls;
  readonly epochs: Epochs;
  readonly controlKeys: ControlKeys;
  /** Null where nobody can tell whom records are about: without the operator's key. */
  readonly people: People | null;
  /** Null where nobody can tell either. */
  readonly authorisations: Authorisations | null;
}

const isAboutSomebody = ({ saying }: Judged): boolean => saying !== null && 'subject' in saying;

/** Reads and judges a control log from its first record on. */
export const readControlLog = async (
  rows: Rows<ControlRow>,
  rules: Rules,
  operatorKey: KeyObject | null,
  findings: Findings,
): Promise<ControlLog> => {
  const judge = createJudge(rules);
  const judged: Judged[] = [];
  for await (const row of rows) judged.push(judge(row));
  const sayings = judged.flatMap(({ saying }) => (saying === null ? [] : [saying]));
  const periods = createPeriods(judged);
  const people = operatorKey === null && judged.some(isAboutSomebody) ? null : createPeople(judged, rules, operatorKey, findings);
  return {
    judged,
    before: (endMs) => judged.filter(({ atMs }) => atMs < endMs).length,
    periods,
    recalls: createRecalls(judged),
    epochs: createEpochs(epochWords(sayings), rules.epochMs),
    controlKeys: createControlKeys(sayings),
    people,
    authorisations: people === null ? null : createAuthorisations(judged, people, periods),
  };
};

/** Whether control records tell whose household the records of a view are of. */
export const isBound = (view: ViewRule): boolean => view.subject === 'household' && view.household === 'bindings';
