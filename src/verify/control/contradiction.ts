import type { Rules } from '../rules.ts';
import { isSealable } from '../seal.ts';
import { createEpochs, epochWords } from './epochs.ts';
import type { Saying } from './payload.ts';
import { type Rekeyings, subjectsOf } from './rekeyings.ts';

/** What was applied so far of what changes plans, in order. It is little, so that going through it again each time does no harm. */
export interface Standing {
  readonly applied: Saying[];
  readonly rekeyings: Rekeyings;
}

type Of<K extends Saying['kind']> = Extract<Saying, { readonly kind: K }>;

const said = <K extends Saying['kind']>({ applied }: Standing, kind: K): Of<K>[] =>
  applied.filter((saying): saying is Of<K> => saying.kind === kind);

const periodOf = (standing: Standing, id: string): Of<'period'> | undefined => said(standing, 'period').find((period) => period.id === id);

/** Less than one window of the longest of these views lies between the record and what it changes. */
const isTooSoon = (rules: Rules, views: readonly string[], atMs: number, changeMs: number): boolean =>
  rules.views.some(({ name, windowMs }) => views.includes(name) && changeMs - atMs < windowMs);

const hasView = ({ views }: Rules, wanted: string): boolean => views.some(({ name }) => name === wanted);

const ofPeriod = (period: Of<'period'>, atMs: number, standing: Standing, rules: Rules): string | null => {
  if (!period.views.every((view) => hasView(rules, view))) return 'unknown-name';
  if (periodOf(standing, period.id) !== undefined) return 'contradiction';
  if (period.end !== null && period.end <= period.start) return 'contradiction';
  if ((period.basis === 'law') !== (period.cites !== undefined)) return 'contradiction';
  return isTooSoon(rules, period.views, atMs, period.start) ? 'too-soon' : null;
};

const ofEnd = ({ period: id, end }: Of<'end'>, atMs: number, standing: Standing, rules: Rules): string | null => {
  const period = periodOf(standing, id);
  if (period === undefined) return 'unknown-name';
  const isSecond = said(standing, 'end').some((other) => other.period === id);
  if (isSecond || end <= period.start || (period.end !== null && end >= period.end)) return 'contradiction';
  return isTooSoon(rules, period.views, atMs, end) ? 'too-soon' : null;
};

/** What may become of an epoch after what was said of it last. */
const NEXT: Readonly<Record<string, readonly string[]>> = {
  nothing: ['active', 'retired', 'destroyed'],
  active: ['retired', 'destroyed'],
  retired: ['destroyed'],
  destroyed: [],
};

const ofEpoch = ({ epoch, state }: Of<'epoch'>, atMs: number, standing: Standing, rules: Rules): string | null => {
  const before = epochWords(standing.applied);
  const last = before.findLast((other) => other.epoch === epoch)?.state ?? 'nothing';
  if (!NEXT[last].includes(state)) return 'contradiction';
  const all = rules.views.map(({ name }) => name);
  if (state === 'active') {
    if (rules.views.some(({ windowMs }) => epoch % windowMs !== 0)) return 'contradiction';
    return isTooSoon(rules, all, atMs, epoch) ? 'too-soon' : null;
  }
  return isTooSoon(rules, all, createEpochs(before, rules.epochMs).endOf(epoch), atMs) ? 'too-soon' : null;
};

const AUTHORISES = /^period:(.*)$/s;

/** What is wrong with the first period that a grant names; a refusal may name whatever it wants. */
const ofGrant = ({ state, purposes, subject }: Of<'consent'>, standing: Standing, rules: Rules, signers: number): string | null => {
  for (const purpose of state === 'granted' ? purposes : []) {
    const id = AUTHORISES.exec(purpose)?.[1];
    if (id === undefined) continue;
    const period = periodOf(standing, id);
    if (period === undefined) return 'unknown-name';
    const isCounted = rules.views.some((view) => period.views.includes(view.name) && view.subject === subject.kind);
    if (!isCounted || period.basis === 'none') return 'contradiction';
    if (period.basis === 'law' && signers === 1) return 'one-signer';
  }
  return null;
};

const isDataset = ({ policy }: Rules, name: string): boolean => Object.hasOwn(policy.datasets ?? {}, name);

/** An index can be given up when it was named, and not given up since. */
const ofLoss = ({ dataset, digest }: Of<'loss'>, { applied }: Standing): string | null => {
  const last = applied.findLast((saying) =>
    saying.kind === 'loss' ? saying.dataset === dataset && saying.digest === digest : isNaming(saying, dataset, digest),
  );
  if (last === undefined) return 'unknown-name';
  return last.kind === 'loss' ? 'contradiction' : null;
};

const isNaming = (saying: Saying, dataset: string, digest: string): boolean =>
  saying.kind === 'dataset' && saying.name === dataset && saying.digest === digest;

/** Whether everything that a recall names is there. */
const isOfSomething = (recall: Of<'recall'>, standing: Standing, rules: Rules): boolean => {
  if (!hasView(rules, recall.view)) return false;
  if ('period' in recall) return periodOf(standing, recall.period) !== undefined;
  const { dataset, output, view } = recall;
  return isDataset(rules, dataset) && (output === null || periodOf(standing, output.period)?.views.includes(view) === true);
};

/** Why a well-signed record cannot be applied after what was applied before it; null when it can. */
export const contradictionOf = (saying: Saying, atMs: number, standing: Standing, rules: Rules, signers: number): string | null =>
  wrongIn(saying, atMs, standing, rules, signers) ?? standing.rekeyings.wrongNames(subjectsOf(saying), atMs);

/** What is wrong with what a record says, whomever it names. */
const wrongIn = (saying: Saying, atMs: number, standing: Standing, rules: Rules, signers: number): string | null => {
  switch (saying.kind) {
    case 'binding':
      return saying.subject.kind === 'household' || (saying.household !== null && saying.household.kind !== 'household')
        ? 'contradiction'
        : null;
    case 'consent':
      if (saying.from !== null && saying.to !== null && saying.from >= saying.to) return 'contradiction';
      return ofGrant(saying, standing, rules, signers);
    case 'erasure':
    case 'profile':
    case 'acceptance':
      return null;
    case 'dataset':
      return isDataset(rules, saying.name) ? null : 'unknown-name';
    case 'loss':
      return ofLoss(saying, standing);
    case 'period':
      return ofPeriod(saying, atMs, standing, rules);
    case 'activation':
      if (periodOf(standing, saying.period) === undefined) return 'unknown-name';
      if (said(standing, 'activation').some(({ period }) => period === saying.period)) return 'contradiction';
      return saying.lineage === undefined || isSealable(saying.lineage) ? null : 'contradiction';
    case 'end':
      return ofEnd(saying, atMs, standing, rules);
    case 'recall':
      return isOfSomething(saying, standing, rules) ? null : 'unknown-name';
    case 'epoch':
      return ofEpoch(saying, atMs, standing, rules);
    case 'rekey': {
      const isCutAlready = (startMs: number): boolean => epochWords(standing.applied).some(({ epoch }) => epoch === startMs);
      return standing.rekeyings.wrongWith(saying, atMs, isCutAlready);
    }
    case 'shutdown': {
      if (said(standing, 'shutdown').length > 0) return 'contradiction';
      const all = rules.views.map(({ name }) => name);
      return isTooSoon(rules, all, atMs, saying.from) ? 'too-soon' : null;
    }
    case 'replay': {
      const before = new Set(said(standing, 'replay').flatMap(({ marks }) => marks));
      return saying.marks.some((mark) => before.has(mark)) ? 'contradiction' : null;
    }
    default:
      return saying satisfies never;
  }
};
