import { FILE_TOPIC } from '../decode/line.ts';
import { type Keys, LABEL } from '../model/keys.ts';
import type { Plan } from '../model/plan.ts';
import { createAuditChain, exported } from '../record/audit.ts';
import { countsOf } from './summary.ts';
import type { Writers } from './writers.ts';

const TOPIC_ID_BYTES = 8;

/**
 * Writes audit lines: that of a closed window, after one for the run of empty windows before it, if any. Topics that the
 * policy does not name stand under a digest keyed with the counting key of the window's epoch.
 */
export const createAuditWriter = (plan: Plan, keys: Keys): Writers['audit'] => {
  const chain = createAuditChain();
  const named = new Set([FILE_TOPIC, ...plan.events.flatMap((event) => event.topics)]);
  const topicOf = (topic: string, epoch: number): { topic: string } | { topicId: string } => {
    if (named.has(topic)) return { topic };
    const token = keys.epoch(epoch).counting.one(Buffer.concat([Buffer.from([LABEL.topic]), Buffer.from(topic)]));
    return { topicId: Buffer.from(token.subarray(0, TOPIC_ID_BYTES)).toString('hex') };
  };
  const nextStart: (number | undefined)[] = plan.views.map(() => undefined);
  return (window, sources) => {
    const view = plan.views[window.view];
    const { windowMs, k } = view;
    const common = { view: view.name, policy: plan.digest, controls: 0 };
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
};
