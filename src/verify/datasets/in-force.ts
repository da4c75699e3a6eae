import { parseDuration } from '../../policy/duration.ts';
import type { ControlLog } from '../control/index.ts';
import type { Rules } from '../rules.ts';

/** The registration of a dataset by which a window has to be decided. */
export interface InForce {
  /** SHA-256 hex over its index; '' where no log says which it was. */
  readonly digest: string;
  /** Windows that end later find it too old, ms. */
  readonly untilMs: number;
  /** Nothing of windows that end later may leave, as it was given up, ms. Those before may have been decided by it, or be blocked. */
  readonly lostMs: number;
}

/**
 * What was in force for the windows of a view that end at a time; null: nothing, so that nothing may leave. `last`: what is in force
 * after all of the log.
 */
export interface InForceRule {
  of(dataset: string, windowEndMs: number): InForce | null;
  last(dataset: string): InForce | null;
}

const ALWAYS: InForce = { digest: '', untilMs: Number.POSITIVE_INFINITY, lostMs: Number.POSITIVE_INFINITY };

/** Whether the control log says it: somebody may. */
export const isNamedByLog = ({ policy }: Rules): boolean => Object.values(policy.signers ?? {}).some(({ may }) => may.includes('dataset'));

/**
 * By the control log: the last record before the window's end that names an index for this policy (`bases`, by dataset; of a dataset
 * that it lacks every record counts). Its data are as old as it says, and never younger than itself.
 */
export const createInForce = (rules: Rules, control: ControlLog, bases: ReadonlyMap<string, string> = new Map()): InForceRule => {
  if (!isNamedByLog(rules)) return { of: () => ALWAYS, last: () => ALWAYS };
  const said = control.judged.flatMap(({ saying, atMs }, at) => (saying?.kind === 'dataset' ? [{ ...saying, atMs, at }] : []));
  const lostMs = ({ name, digest, at }: (typeof said)[number]): number =>
    control.judged.slice(at).find(({ saying }) => saying?.kind === 'loss' && saying.dataset === name && saying.digest === digest)?.atMs ??
    Number.POSITIVE_INFINITY;
  const find = (dataset: string, isBefore: (atMs: number) => boolean): InForce | null => {
    const basis = bases.get(dataset);
    const found = said.findLast((one) => one.name === dataset && isBefore(one.atMs) && (basis === undefined || one.basis === basis));
    const maxAge = rules.policy.datasets?.[dataset]?.maxAge;
    if (found === undefined || maxAge === undefined) return null;
    return { digest: found.digest, untilMs: Math.min(found.asOf, found.atMs) + parseDuration(maxAge), lostMs: lostMs(found) };
  };
  return {
    of: (dataset, windowEndMs) => find(dataset, (atMs) => atMs < windowEndMs),
    last: (dataset) => find(dataset, () => true),
  };
};
