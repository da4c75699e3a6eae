import { FILE_TOPIC } from '../decode/line.ts';
import { type Keys, LABEL } from '../model/keys.ts';
import type { SourcePartition } from '../model/log.ts';
import type { Plan } from '../model/plan.ts';
import { type ChainHead, createAuditChain, exported } from '../record/audit.ts';
import { countsOf } from './summary.ts';
import type { WindowEntry } from './window-book.ts';

const TOPIC_ID_BYTES = 8;

/** The audit lines of one task, as one chain. */
export interface AuditWriter {
  /** The line of a closed window, after one for the run of empty windows before it, if any. */
  close(window: WindowEntry, sources: readonly SourcePartition[]): readonly string[];
  /** Where the chain stands. */
  head(): ChainHead;
  /** Goes on after a restart: behind `head`, and per view behind the end of its last closed window (null: none yet). */
  resume(head: ChainHead, closedUntilMs: readonly (number | null)[]): void;
}

/**
 * Writes audit lines: that of a closed window, after one for the run of empty windows before it, if any. Topics that the
 * policy does not name stand under a digest keyed with the counting key of the window's epoch.
 */
export const createAuditWriter = (plan: Plan, keys: Keys, task?: number): AuditWriter => {
  let chain = createAuditChain();
  const named = new Set([FILE_TOPIC, ...plan.events.flatMap((event) => event.topics)]);
  const topicOf = (topic: string, epoch: number): { topic: string } | { topicId: string } => {
    if (named.has(topic)) return { topic };
    const token = keys.epoch(epoch).counting.one(Buffer.concat([Buffer.from([LABEL.topic]), Buffer.from(topic)]));
    return { topicId: Buffer.from(token.subarray(0, TOPIC_ID_BYTES)).toString('hex') };
  };
  const nextStart: (number | null)[] = plan.views.map(() => null);
  const close: AuditWriter['close'] = (window, sources) => {
    const view = plan.views[window.view];
    const { windowMs, k } = view;
    const common = { ...(task === undefined ? {} : { task }), view: view.name, policy: plan.digest, controls: 0 };
    const epochOf = (startMs: number) => Math.floor(startMs / plan.epochMs);
    const expected = nextStart[window.view] ?? window.windowStartMs;
    const lines: string[] = [];
    if (expected < window.windowStartMs) {
      const counts = { released: view.path.map(() => 0), blocked: {} };
      const windows = (window.windowStartMs - expected) / windowMs;
      lines.push(
        chain.line({
          ...common,
          windowStart: expected,
          windowEnd: window.windowStartMs,
          windows,
          inputs: [],
          epoch: epochOf(expected),
          counts,
        }),
      );
    }
    const { released, blocked } = countsOf(window.verdicts, view.path.length);
    const inputs = [...window.inputs].map(([source, { from, to }]) => ({
      ...topicOf(sources[source].topic, epochOf(window.windowStartMs)),
      partition: sources[source].partition,
      from,
      to,
    }));
    const counts = {
      released: released.map((count) => exported(count, k)),
      blocked: Object.fromEntries(Object.entries(blocked).map(([reason, count]) => [reason, exported(count as number, k)])),
    };
    const end = window.windowStartMs + windowMs;
    lines.push(
      chain.line({
        ...common,
        windowStart: window.windowStartMs,
        windowEnd: end,
        windows: 1,
        inputs,
        epoch: epochOf(window.windowStartMs),
        counts,
      }),
    );
    nextStart[window.view] = end;
    return lines;
  };
  return {
    close,
    head: () => chain.head(),
    resume(head, closedUntilMs) {
      chain = createAuditChain(head);
      for (const [view, untilMs] of closedUntilMs.entries()) nextStart[view] = untilMs;
    },
  };
};
