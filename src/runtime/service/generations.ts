import { alignmentMs } from '../../model/epochs.ts';
import type { Keys } from '../../model/keys.ts';
import { TransportError } from '../../model/log.ts';
import type { Plan } from '../../model/plan.ts';
import type { Border } from '../acceptance.ts';
import type { Guarding } from '../dataset/guarding.ts';
import type { ViewTopic } from '../log/kafka/messages.ts';
import type { SchemaResolver } from '../log/kafka/schemas.ts';
import type { PlanRequest } from '../task/change.ts';

/** A plan and all that follows from it. */
export interface Generation {
  readonly plan: Plan;
  readonly keys: Keys;
  readonly views: readonly ViewTopic[];
  /** Who can tell what schemas records name; null: the ids are those of the plan's own files. */
  readonly schemas: SchemaResolver | null;
  /** What guards its views. */
  readonly guarding: Guarding;
}

/** The plan that is wanted, and those that ledgers still name. */
export interface Generations {
  wanted(): Generation;
  /** From now on this one is wanted; loaded at a time of our clock, ms. */
  want(generation: Generation, loadedAtMs: number): void;
  /** The generation of a digest that a ledger names. Throws `TransportError` `misconfigured` when nobody has its policy. */
  of(digest: string): Promise<Generation>;
  /** Every one that was asked for so far. */
  all(): readonly Generation[];
  /** What a task that runs by `plan` has to be asked for. Throws `misconfigured` when it may not get there from its plan. */
  requestFor(plan: Plan): PlanRequest;
}

/** Shortest length that every window of both plans divides, ms. */
export const alignmentOf = (...plans: readonly Plan[]): number => alignmentMs(...plans.flatMap(({ views }) => views));

/** What a restart of every process can change, and a running group cannot: windows would be under keys of two kinds. */
export const isFixedAlike = (a: Plan, b: Plan): boolean => a.epochMs === b.epochMs && a.prf === b.prf;

const missing = (digest: string): TransportError =>
  new TransportError(
    'misconfigured',
    `windows are open under the policy ${digest}, which is not in the folder of kept plans: put it back there, or start with that policy`,
    false,
  );

/** Why a task may not go from its plan to the one that is wanted. */
const closed = (before: string, acceptance: string | undefined): TransportError =>
  new TransportError(
    'misconfigured',
    acceptance === undefined
      ? `the policy ${before}, by which windows are open, is not in the folder of kept plans, so that nobody can tell what loosens`
      : `the policy that is wanted loosens ${before}, by which windows are open, and nobody accepted ${acceptance}`,
    false,
  );

/** `find` gives the generation of a plan that was kept; null when it was not. `border`: which plan may follow which. */
export const createGenerations = (
  first: Generation,
  loadedAtMs: number,
  find: (digest: string) => Promise<Generation | null>,
  border: Border,
): Generations => {
  let wanted = first;
  let atMs = loadedAtMs;
  const known = new Map([[first.plan.digest, first]]);
  return {
    wanted: () => wanted,
    want(generation, loadedMs) {
      wanted = generation;
      atMs = loadedMs;
      known.set(generation.plan.digest, generation);
    },
    async of(digest) {
      const generation = known.get(digest) ?? (await find(digest));
      if (generation === null) throw missing(digest);
      known.set(digest, generation);
      return generation;
    },
    all: () => [...known.values()],
    requestFor(plan) {
      if (!isFixedAlike(plan, wanted.plan))
        throw new TransportError('misconfigured', 'a policy keeps its `epoch` and its `prf` for as long as its ledger', false);
      const passage = border(plan.digest, wanted.plan.digest);
      if (!passage.isOpen) throw closed(plan.digest, passage.diff?.acceptance);
      return { plan: wanted.plan.digest, alignMs: alignmentOf(plan, wanted.plan), atMs, acceptance: passage.acceptance };
    },
  };
};
