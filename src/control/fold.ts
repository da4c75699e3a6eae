import { createPublicKey } from 'node:crypto';
import type { Controls, PeriodRule } from '../model/controls.ts';
import type { DatasetPlan } from '../model/dataset.ts';
import type { Epochs } from '../model/epochs.ts';
import type { Plan, ViewPlan } from '../model/plan.ts';
import { apply } from './apply.ts';
import { foldedEpochs } from './epochs.ts';
import { judge, type Signer } from './judge.ts';
import type { Refusal } from './refusals.ts';
import type { ControlKind } from './shape.ts';
import { type ControlState, createControlState, type PeriodState } from './state.ts';
import { subjectControls } from './subjects.ts';

/** One record of the control log, as it lies there. `appendMs` rises. */
export interface ControlLine {
  readonly offset: number;
  readonly appendMs: number;
  readonly value: Uint8Array;
}

/** What became of a control record: for the audit. */
export interface ControlVerdict {
  readonly offset: number;
  readonly appendMs: number;
  /** Null: it was applied. */
  readonly refusal: Refusal | null;
  /** Of a record whose signatures hold; null else, as nothing of it is believed. */
  readonly kind: ControlKind | null;
  readonly signer: string | null;
}

/** An index of a dataset, as a control record names it. */
export interface NamedIndex {
  /** SHA-256 hex over the index file. */
  readonly digest: string;
  /** When its data were true, ms; never later than it was said. */
  readonly asOfMs: number;
  /** It was given up: nobody has it any more, and nothing that needs it leaves. Also of windows that ended before that was said. */
  readonly isLost: boolean;
}

/** Which index of a dataset guards windows that end at a time; null: none was named before. */
export type Named = (dataset: Pick<DatasetPlan, 'name' | 'basis'>, windowEndMs: number) => NamedIndex | null;

/** The control log folded, and what it says as of any time up to which it was read. */
export interface ControlFold {
  /** Takes the next record of the log. */
  take(line: ControlLine): ControlVerdict;
  /** What holds for the window of a view that starts at a time, ms: records appended before its end. */
  at(view: ViewPlan, windowStartMs: number): Controls;
  /** Periods over a window as far as they are known, also of one that is not over yet. */
  periodsAt(view: ViewPlan, windowStartMs: number): readonly PeriodRule[];
  readonly named: Named;
  /** Number of the last record of a signer that was taken; 0: none. */
  lastSeq(signer: string): number;
  /** Key epochs, by what was taken so far: records cut them a window ahead. */
  readonly epochs: Epochs;
  readonly state: ControlState;
}

/** Signers of a plan; a key that cannot be read is refused when the policy is compiled. */
export const signersOf = (plan: Plan): ReadonlyMap<string, Signer> =>
  new Map(
    plan.signers.map(({ name, key, may }) => [
      name,
      { name, publicKey: createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' }), may },
    ]),
  );

const ruleOf = ({ record, activeMs, lineage, ended }: PeriodState, view: ViewPlan, endMs: number): PeriodRule => {
  const isEnded = ended !== null && ended.atMs < endMs;
  return {
    id: record.id,
    view: view.index,
    startMs: record.start,
    endMs: isEnded ? ended.endMs : (record.end ?? Number.POSITIVE_INFINITY),
    k: record.k,
    coarsestOnly: record.with.unindexed,
    isSuspended: activeMs === null || activeMs >= endMs,
    mayBeAuthorised: record.basis !== 'none',
    lineage,
  };
};

const periodsOf = ({ periods }: ControlState, view: ViewPlan, endMs: number): PeriodRule[] =>
  [...periods.values()]
    .filter(({ record, announcedMs }) => announcedMs < endMs && record.views.includes(view.name))
    .map((period) => ruleOf(period, view, endMs));

/** The last one that was named before and fits the plan: the next policy's index may be named while this one still decides. */
const namedIn =
  ({ datasets }: ControlState): Named =>
  ({ name, basis }, windowEndMs) => {
    const said = datasets.before(name, windowEndMs).findLast(({ record }) => record.basis === basis);
    return said === undefined ? null : { digest: said.record.digest, asOfMs: Math.min(said.record.asOf, said.atMs), isLost: said.isLost };
  };

/** How many of rising times are before an end: binary search, as a log may hold millions. */
const countBefore = (timesMs: readonly number[], endMs: number): number => {
  let from = 0;
  for (let to = timesMs.length; from < to; ) {
    const middle = (from + to) >>> 1;
    if (timesMs[middle] < endMs) from = middle + 1;
    else to = middle;
  }
  return from;
};

/** Folds a control log. Deterministic: the same records give the same answers, whenever each was read. */
export const createControlFold = (plan: Plan): ControlFold => {
  const signers = signersOf(plan);
  const lastSeq = new Map<string, number>();
  const state = createControlState();
  const appendMs: number[] = [];
  return {
    state,
    named: namedIn(state),
    periodsAt: (view, windowStartMs) => periodsOf(state, view, windowStartMs + view.windowMs),
    epochs: foldedEpochs(plan, state),
    lastSeq: (signer) => lastSeq.get(signer) ?? 0,
    take({ offset, appendMs: atMs, value }) {
      appendMs.push(atMs);
      const judged = judge(value, signers, lastSeq);
      const { payload } = judged;
      const told = { offset, appendMs: atMs, kind: payload?.record.kind ?? null, signer: payload?.signer ?? null };
      if (judged.refusal !== null) return { ...told, refusal: judged.refusal };
      const { signer, seq, record } = judged.payload;
      // The number is used up even by a record that says something impossible: the next one goes on from it.
      lastSeq.set(signer, seq);
      return { ...told, refusal: apply(state, record, atMs, plan, judged.signers) };
    },
    at(view, windowStartMs) {
      const span = { startMs: windowStartMs, endMs: windowStartMs + view.windowMs };
      return {
        version: countBefore(appendMs, span.endMs),
        datasets: [],
        direct: [],
        periods: periodsOf(state, view, span.endMs),
        subjects: subjectControls(state, plan, view, span),
      };
    },
  };
};
