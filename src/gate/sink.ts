import type { Verdicts } from '../model/verdict.ts';
import { grown } from './tokens.ts';

/** Collects verdicts that became final, for one (view, window). */
export interface VerdictSink {
  count: number;
  source: Int32Array;
  offset: Float64Array;
  verdict: Uint8Array;
}

export const createVerdictSink = (): VerdictSink => ({
  count: 0,
  source: new Int32Array(16),
  offset: new Float64Array(16),
  verdict: new Uint8Array(16),
});

export const sinkVerdict = (sink: VerdictSink, source: number, offset: number, verdict: number): void => {
  const at = sink.count++;
  if (at === sink.verdict.length) {
    sink.source = grown(sink.source, at + 1);
    sink.offset = grown(sink.offset, at + 1);
    sink.verdict = grown(sink.verdict, at + 1);
  }
  sink.source[at] = source;
  sink.offset[at] = offset;
  sink.verdict[at] = verdict;
};

/** What was collected, as `Verdicts`; the sink must not be used afterwards. */
export const verdictsOf = (sink: VerdictSink, view: number, windowStartMs: number): Verdicts => ({
  view,
  windowStartMs,
  count: sink.count,
  source: sink.source.subarray(0, sink.count),
  offset: sink.offset.subarray(0, sink.count),
  verdict: sink.verdict.subarray(0, sink.count),
});
