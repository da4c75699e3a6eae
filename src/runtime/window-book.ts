import { invariant } from '../model/invariant.ts';
import type { Plan } from '../model/plan.ts';
import { windowStart } from '../model/time.ts';
import type { Verdicts } from '../model/verdict.ts';
import type { Decoded } from '../pipeline.ts';
import { fingerprint } from './fingerprint.ts';

/** What the auditor wants to know of one (view, window): which input it covers and what became of it. */
export interface WindowEntry {
  readonly view: number;
  readonly windowStartMs: number;
  /** Per source: first and last offset that was decided here. */
  readonly inputs: Map<number, { from: number; to: number }>;
  /** Count by verdict byte. */
  readonly verdicts: Float64Array;
  /** Records that entered; at the close their verdicts must add up to it exactly. */
  entered: number;
  /** Sum of the fingerprints of the records that entered, less those of the records decided: 0 when they are the same. */
  open: number;
  /** Whether it was told of as late. */
  isLate: boolean;
}

/** The open windows of all views, with their exact counts: the conservation law is asserted when one is closed. */
export interface WindowBook {
  entry(view: number, windowStartMs: number): WindowEntry;
  /** Notes the records of one source that entered windows of a view; append times rise. */
  enter(view: number, source: number, decoded: Decoded): void;
  /** Counts final verdicts of a window. */
  decide(window: WindowEntry, verdicts: Verdicts): void;
  /** Windows of a view that end at or before `untilMs`, oldest first. */
  due(view: number, untilMs: number): WindowEntry[];
  /** Takes a closed window out; throws `InvariantError` unless every record that entered has exactly one verdict. */
  settle(entry: WindowEntry): void;
  /** Every open window, by view and then oldest first. */
  open(): WindowEntry[];
  /** Puts an open window back as a restart found it. */
  restore(entry: WindowEntry): void;
  /** Counts records of a view's windows that were closed before a restart. */
  resume(view: number, count: number): void;
  /** Records that entered any window of a view so far. */
  entered(view: number): number;
}

const VERDICTS = 256;

export const createWindowBook = (plan: Plan): WindowBook => {
  const open = plan.views.map(() => new Map<number, WindowEntry>());
  const entered = plan.views.map(() => 0);
  const entry = (view: number, windowStartMs: number): WindowEntry => {
    let found = open[view].get(windowStartMs);
    if (found === undefined) {
      found = { view, windowStartMs, inputs: new Map(), verdicts: new Float64Array(VERDICTS), entered: 0, open: 0, isLate: false };
      open[view].set(windowStartMs, found);
    }
    return found;
  };
  return {
    entry,
    entered: (view) => entered[view],
    enter(view, source, { count, offset, appendMs }) {
      entered[view] += count;
      const { windowMs } = plan.views[view];
      for (let from = 0; from < count; ) {
        const start = windowStart(appendMs[from], windowMs);
        let to = from + 1;
        while (to < count && appendMs[to] < start + windowMs) to++;
        const window = entry(view, start);
        window.entered += to - from;
        for (let row = from; row < to; row++) window.open = (window.open + fingerprint(source, offset[row])) | 0;
        const range = window.inputs.get(source);
        if (range === undefined) window.inputs.set(source, { from: offset[from], to: offset[to - 1] });
        else range.to = offset[to - 1];
        from = to;
      }
    },
    decide(window, { count, source, offset, verdict }) {
      for (let row = 0; row < count; row++) {
        window.verdicts[verdict[row]]++;
        window.open = (window.open - fingerprint(source[row], offset[row])) | 0;
      }
    },
    open: () => open.flatMap((windows) => [...windows.values()].sort((a, b) => a.windowStartMs - b.windowStartMs)),
    restore(window) {
      open[window.view].set(window.windowStartMs, window);
      entered[window.view] += window.entered;
    },
    resume(view, count) {
      entered[view] += count;
    },
    due(view, untilMs) {
      const windowMs = plan.views[view].windowMs;
      return [...open[view].values()]
        .filter((window) => window.windowStartMs + windowMs <= untilMs)
        .sort((a, b) => a.windowStartMs - b.windowStartMs);
    },
    settle(window) {
      const decided = window.verdicts.reduce((sum, count) => sum + count, 0);
      invariant(decided === window.entered, `conservation in a window: ${window.entered} records entered, ${decided} verdicts`);
      invariant(window.open === 0, 'conservation in a window: the records that entered are not those that got a verdict');
      open[window.view].delete(window.windowStartMs);
    },
  };
};
