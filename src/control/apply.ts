import type { Plan } from '../model/plan.ts';
import { authorisationRefusal } from './authorised.ts';
import { cut, cutRefusal } from './cut.ts';
import { spanOf } from './epochs.ts';
import { introduce, namingRefusal } from './naming.ts';
import type { Refusal } from './refusals.ts';
import { rekey } from './rekey.ts';
import { sealingKeyOf } from './sealing-key.ts';
import type { ControlRecord, ControlSubject, DatasetRecallRecord, RecordOf } from './shape.ts';
import type { ControlState } from './state.ts';
import { everywhere, isTooSoon } from './too-soon.ts';

/** Takes a record into the state, or says why not; then nothing of the state has changed. */
export type Apply = (state: ControlState, record: ControlRecord, atMs: number, plan: Plan, signers: number) => Refusal | null;

const hasView = (plan: Plan, name: string): boolean => plan.views.some((view) => view.name === name);

const announce = (state: ControlState, record: RecordOf<'period'>, atMs: number, plan: Plan): Refusal | null => {
  const { id, views, start, end, basis, cites } = record;
  if (!views.every((view) => hasView(plan, view))) return 'unknown-name';
  if (state.periods.has(id) || (end !== null && end <= start)) return 'contradiction';
  // Exceptions to sharing are no basis: a requirement has to be named.
  if ((basis === 'law') !== (cites !== undefined)) return 'contradiction';
  if (isTooSoon(plan, views, atMs, start)) return 'too-soon';
  state.periods.set(id, { record, announcedMs: atMs, activeMs: null, lineage: null, ended: null, recalls: [] });
  return null;
};

const end = (state: ControlState, record: RecordOf<'end'>, atMs: number, plan: Plan): Refusal | null => {
  const period = state.periods.get(record.period);
  if (period === undefined) return 'unknown-name';
  const planned = period.record.end;
  if (period.ended !== null || record.end <= period.record.start || (planned !== null && record.end >= planned)) return 'contradiction';
  if (isTooSoon(plan, period.record.views, atMs, record.end)) return 'too-soon';
  period.ended = { atMs, endMs: record.end };
  return null;
};

const activate = (state: ControlState, record: RecordOf<'activation'>, atMs: number): Refusal | null => {
  const period = state.periods.get(record.period);
  if (period === undefined) return 'unknown-name';
  if (period.activeMs !== null) return 'contradiction';
  if (record.lineage !== undefined && sealingKeyOf(record.lineage) === null) return 'contradiction';
  period.activeMs = atMs;
  period.lineage = record.lineage ?? null;
  return null;
};

const recall = (state: ControlState, record: RecordOf<'recall'>, plan: Plan): Refusal | null => {
  if (!hasView(plan, record.view)) return 'unknown-name';
  if ('dataset' in record) return recallForDataset(state, record, plan);
  const period = state.periods.get(record.period);
  if (period === undefined) return 'unknown-name';
  period.recalls.push(record);
  return null;
};

const hasDataset = (plan: Plan, name: string): boolean => plan.datasets.some((dataset) => dataset.name === name);

const recallForDataset = (state: ControlState, record: DatasetRecallRecord, plan: Plan): Refusal | null => {
  const { dataset, view, output } = record;
  const hasOutput = output === null || (state.periods.get(output.period)?.record.views.includes(view) ?? false);
  if (!hasDataset(plan, dataset) || !hasOutput) return 'unknown-name';
  state.datasetRecalls.push({ record, isSettled: false });
  return null;
};

const nameIndex = (state: ControlState, record: RecordOf<'dataset'>, atMs: number, plan: Plan): Refusal | null => {
  if (!hasDataset(plan, record.name)) return 'unknown-name';
  state.datasets.add(record.name, atMs, { atMs, record, isLost: false });
  if (record.evidence !== undefined)
    for (const recalled of state.datasetRecalls) if (recalled.record.digest === record.digest) recalled.isSettled = true;
  return null;
};

/** Whoever finds the index again names it again: what is given up is what was said of it so far. */
const lose = (state: ControlState, { dataset, digest }: RecordOf<'loss'>): Refusal | null => {
  const said = state.datasets.before(dataset, Number.POSITIVE_INFINITY).filter(({ record }) => record.digest === digest);
  if (said.length === 0) return 'unknown-name';
  const named = said.filter(({ isLost }) => !isLost);
  if (named.length === 0) return 'contradiction';
  for (const one of named) one.isLost = true;
  return null;
};

const consent = (state: ControlState, record: RecordOf<'consent'>, atMs: number, plan: Plan, signers: number): Refusal | null => {
  if (record.from !== null && record.to !== null && record.to <= record.from) return 'contradiction';
  const refusal = authorisationRefusal(state, record, plan, signers) ?? namingRefusal(state, [record.subject], atMs);
  if (refusal !== null) return refusal;
  for (const root of introduce(state, record.subject)) state.consents.add(root, atMs, record);
  return null;
};

/** What nobody can contradict, unless nobody could tell whom it is about: `add` takes it for each root of the subject. */
const always = (state: ControlState, subject: ControlSubject, atMs: number, add: (root: string) => void): Refusal | null => {
  const refusal = namingRefusal(state, [subject], atMs);
  if (refusal === null) introduce(state, subject).forEach(add);
  return refusal;
};

const bind = (state: ControlState, record: RecordOf<'binding'>, atMs: number): Refusal | null => {
  const { subject, household } = record;
  if (subject.kind === 'household' || (household !== null && household.kind !== 'household')) return 'contradiction';
  const refusal = namingRefusal(state, household === null ? [subject] : [subject, household], atMs);
  if (refusal !== null) return refusal;
  const homes = household === null ? [] : introduce(state, household);
  const home = homes[0] ?? null;
  for (const one of homes) state.households.add(one);
  for (const root of introduce(state, subject)) {
    state.bindings.add(root, atMs, home);
    if (subject.kind === 'account' && home !== null) state.accounts.set(home, (state.accounts.get(home) ?? new Set()).add(root));
  }
  return null;
};

/** Keys may go when nothing is decided under them any more: a window after the end of the epoch. */
const epoch = (state: ControlState, record: RecordOf<'epoch'>, atMs: number, plan: Plan): Refusal | null => {
  const key = String(record.epoch);
  const last = state.epochs.before(key, Number.POSITIVE_INFINITY).at(-1);
  // An epoch never goes back, and nothing becomes of it twice.
  if (last === 'destroyed' || last === record.state || (last === 'retired' && record.state === 'active')) return 'contradiction';
  if (record.state === 'active') {
    const refusal = cutRefusal(record.epoch, atMs, plan);
    if (refusal !== null) return refusal;
    cut(state, record.epoch);
  } else if (isTooSoon(plan, everywhere(plan), spanOf(plan, state, record.epoch).endMs, atMs)) return 'too-soon';
  if (record.state === 'destroyed') state.destroyed.add(record.epoch);
  state.epochs.add(key, atMs, record.state);
  return null;
};

const shutdown = (state: ControlState, record: RecordOf<'shutdown'>, atMs: number, plan: Plan): Refusal | null => {
  if (state.shutdown !== null) return 'contradiction';
  if (isTooSoon(plan, everywhere(plan), atMs, record.from)) return 'too-soon';
  state.shutdown = { atMs, fromMs: record.from };
  return null;
};

/** What was published again is not published once more: then nothing of the record counts. */
const replay = (state: ControlState, { marks }: RecordOf<'replay'>): Refusal | null => {
  if (marks.some((mark) => state.replayed.has(mark))) return 'contradiction';
  for (const mark of marks) state.replayed.add(mark);
  return null;
};

export const apply: Apply = (state, record, atMs, plan, signers) => {
  switch (record.kind) {
    case 'binding':
      return bind(state, record, atMs);
    case 'consent':
      return consent(state, record, atMs, plan, signers);
    case 'erasure':
      return always(state, record.subject, atMs, (root) => state.erasures.add(root, atMs, true));
    case 'profile':
      return always(state, record.subject, atMs, (root) => state.ages.add(root, atMs, record.age));
    case 'dataset':
      return nameIndex(state, record, atMs, plan);
    case 'loss':
      return lose(state, record);
    case 'period':
      return announce(state, record, atMs, plan);
    case 'activation':
      return activate(state, record, atMs);
    case 'end':
      return end(state, record, atMs, plan);
    case 'recall':
      return recall(state, record, plan);
    case 'epoch':
      return epoch(state, record, atMs, plan);
    case 'rekey':
      return rekey(state, record, atMs, plan);
    case 'acceptance':
      state.acceptances.set(record.acceptance, record.why);
      return null;
    case 'shutdown':
      return shutdown(state, record, atMs, plan);
    case 'replay':
      return replay(state, record);
    default:
      return record satisfies never;
  }
};
