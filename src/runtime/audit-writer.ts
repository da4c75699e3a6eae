import type { ControlVerdict } from '../control/fold.ts';
import { FILE_TOPIC } from '../decode/line.ts';
import { type Epochs, epochsOf } from '../model/epochs.ts';
import { type Keys, LABEL } from '../model/keys.ts';
import type { SourcePartition } from '../model/log.ts';
import type { Plan, ViewPlan } from '../model/plan.ts';
import { type AuditEntry, type ChainHead, createAuditChain, exported } from '../record/audit.ts';
import type { AuditControl } from '../record/audit-control.ts';
import type { Acceptance } from './acceptance.ts';
import { countsOf } from './summary.ts';
import type { WindowEntry } from './window-book.ts';

const TOPIC_ID_BYTES = 8;

/** The audit lines of one task, as one chain. */
export interface AuditWriter {
  /** The line of a closed window, after one for the run of empty windows before it, if any. */
  close(window: WindowEntry, sources: readonly SourcePartition[], controls: number): readonly string[];
  /** Lines for records of the control log. */
  controls(verdicts: readonly ControlVerdict[]): readonly string[];
  /** The alarm of a window that is past its objective at a time of our clock, ms. */
  late(window: WindowEntry, objectiveMs: number, atMs: number): string;
  /** What somebody accepted: the plan `next` loosens, and was named at a time of our clock, ms. */
  accepted(acceptance: Acceptance, next: string, atMs: number): string;
  /** Lines for the windows without records up to a boundary, of each view that closed a window: the last lines of a plan. */
  until(boundaryMs: number): readonly string[];
  /** Where the chain stands. */
  head(): ChainHead;
  /** Goes on after a restart: behind `head`, and per view behind the end of its last closed window (null: none yet). */
  resume(head: ChainHead, closedUntilMs: readonly (number | null)[]): void;
}

/** How a topic is told: by its name when the policy knows it, else by a keyed digest. */
const createTopicNames = (plan: Plan, keys: Keys, { isDestroyed }: Epochs) => {
  const named = new Set([FILE_TOPIC, ...plan.events.flatMap((event) => event.topics)]);
  return (topic: string, epoch: number): { topic: string } | { topicId: string } => {
    if (named.has(topic)) return { topic };
    // Nobody can make the digest any more; that there was such a topic is told.
    if (isDestroyed(epoch)) return { topicId: '00'.repeat(TOPIC_ID_BYTES) };
    const token = keys.epoch(epoch).counting.one(Buffer.concat([Buffer.from([LABEL.topic]), Buffer.from(topic)]));
    return { topicId: Buffer.from(token.subarray(0, TOPIC_ID_BYTES)).toString('hex') };
  };
};

/** By source, not in the order in which they came: who restores a window has them in another one. */
const inputsOf = (window: WindowEntry, sources: readonly SourcePartition[]) =>
  [...window.inputs]
    .sort(([a], [b]) => a - b)
    .map(([source, { from, to }]) => ({ topic: sources[source].topic, partition: sources[source].partition, from, to }));

const controlOf = ({ offset, appendMs, refusal, kind, signer }: ControlVerdict, plan: Plan, task: number | undefined): AuditControl => ({
  ...(task === undefined ? {} : { task }),
  control: offset,
  at: appendMs,
  outcome: refusal ?? 'applied',
  kind,
  signer,
  policy: plan.digest,
});

/**
 * Writes audit lines: that of a closed window, after one for the run of empty windows before it, if any. Topics that the
 * policy does not name stand under a digest keyed with the counting key of the window's epoch.
 */
export const createAuditWriter = (plan: Plan, keys: Keys, task?: number): AuditWriter => {
  let chain = createAuditChain();
  const epochs = epochsOf(plan, keys);
  const topicOf = createTopicNames(plan, keys, epochs);
  const nextStart: (number | null)[] = plan.views.map(() => null);
  const line = (view: ViewPlan, from: number, to: number, told: Pick<AuditEntry, 'inputs' | 'counts' | 'controls'>): string =>
    chain.line({
      ...(task === undefined ? {} : { task }),
      view: view.name,
      windowStart: from,
      windowEnd: to,
      windows: (to - from) / view.windowMs,
      policy: plan.digest,
      epoch: epochs.of(from),
      ...told,
    });
  /** The line of the run of windows without records before `start`, if there are any. */
  const emptyUntil = (view: ViewPlan, start: number): string[] => {
    const expected = nextStart[view.index] ?? start;
    nextStart[view.index] = start;
    const nothing = { controls: 0, inputs: [], counts: { released: view.path.map(() => 0), blocked: {} } };
    return expected < start ? [line(view, expected, start, nothing)] : [];
  };
  const close: AuditWriter['close'] = (window, sources, controls) => {
    const view = plan.views[window.view];
    const start = window.windowStartMs;
    const lines = emptyUntil(view, start);
    const { released, authorised = 0, blocked } = countsOf(window.verdicts, view.path.length);
    const inputs = inputsOf(window, sources).map(({ topic, ...of }) => ({ ...topicOf(topic, epochs.of(start)), ...of }));
    const counts = {
      released: released.map((count) => exported(count, view.k)),
      authorised: exported(authorised, view.k),
      blocked: Object.fromEntries(Object.entries(blocked).map(([reason, count]) => [reason, exported(count as number, view.k)])),
    };
    const end = start + view.windowMs;
    lines.push(line(view, start, end, { controls, inputs, counts }));
    nextStart[window.view] = end;
    return lines;
  };
  return {
    close,
    late({ view: index, windowStartMs }, objectiveMs, atMs) {
      const view = plan.views[index];
      const windowEnd = windowStartMs + view.windowMs;
      const what = { view: view.name, windowStart: windowStartMs, windowEnd, objective: objectiveMs, at: atMs };
      return chain.alarm({ task: task ?? 0, ...what, policy: plan.digest });
    },
    controls: (verdicts) => verdicts.map((verdict) => chain.control(controlOf(verdict, plan, task))),
    accepted: ({ digest, by, why }, next, atMs) =>
      chain.acceptance({ task: task ?? 0, accepted: digest, by, why, next, at: atMs, policy: plan.digest }),
    until: (boundaryMs) => plan.views.flatMap((view) => (nextStart[view.index] === null ? [] : emptyUntil(view, boundaryMs))),
    head: () => chain.head(),
    resume(head, closedUntilMs) {
      chain = createAuditChain(head);
      for (const [view, untilMs] of closedUntilMs.entries()) nextStart[view] = untilMs;
    },
  };
};
