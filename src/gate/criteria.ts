import type { Reason } from '../model/verdict.ts';
import { combinedUse } from './combined-use.ts';
import { dataset } from './dataset.ts';
import { direct } from './direct.ts';
import { gateways } from './gateways.ts';
import { k } from './k.ts';
import { publishers } from './publishers.ts';
import type { Rules } from './rules.ts';
import type { Trial } from './trial.ts';

/** A condition that a class must meet to be released (section 5 of the spec). Stateless; it never changes a trial. */
export interface Criterion {
  /** Why records are blocked when this is the first condition that fails at the last level tried. */
  readonly reason: Reason;
  /** Whether it has anything to say at this close; asked once, so that a view pays only for its own rules. */
  applies(rules: Rules): boolean;
  passes(trial: Trial): boolean;
}

/** The one ordered list: (1), (2), (2b), (4), (5), (6). The first that fails gives the reason. */
export const CRITERIA: readonly Criterion[] = [k, gateways, publishers, dataset, direct, combinedUse];

export const criteriaInForce = (rules: Rules): readonly Criterion[] => CRITERIA.filter((criterion) => criterion.applies(rules));
