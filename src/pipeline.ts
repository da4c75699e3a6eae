import { createDecoder, type Decoder } from './decode/decoder.ts';
import { createEncoder, type Encoded, type Encoder } from './encode/encode.ts';
import { type Closed, createGate, type FreshSurvivors, type Gate, type GateDeps } from './gate/gate.ts';
import type { CandidateColumns, Candidates } from './model/candidate.ts';
import type { Controls } from './model/controls.ts';
import type { Faults } from './model/fault.ts';
import type { Keys } from './model/keys.ts';
import type { Plan } from './model/plan.ts';
import type { SourceBatch } from './model/record.ts';
import type { Released } from './model/released.ts';
import type { Verdicts } from './model/verdict.ts';
import { publisherTokens } from './transform/publishers.ts';
import { createTransform, type Transform } from './transform/transform.ts';

/**
 * The way of the data, in one sentence: bytes in, decode, transform, gate, encode, bytes out.
 *
 *   scrub(batch)        source records -> candidates | faults      stateless; identifiers end here
 *   offer(candidates)   -> verdicts that are final at once         idempotent: the only way that state grows
 *   close(window)       -> verdicts of all survivors, releases     k and the other criteria, level by level
 *   encode(released)    -> output records
 */
export interface Pipeline {
  scrub(batch: SourceBatch, clockMs: number): Scrubbed;
  offer(candidates: Candidates): readonly Verdicts[];
  openWindows(): readonly { readonly view: number; readonly windowStartMs: number }[];
  close(view: number, windowStartMs: number, controls: Controls): Closed;
  /** Blocks what is open in key epochs that were destroyed. */
  expel(): readonly Verdicts[];
  encode(released: Released): Encoded;
  /** What a restart has to offer again, beyond what earlier calls gave. */
  takeFresh(): readonly FreshSurvivors[];
  survivorsOf(view: number, windowStartMs: number): CandidateColumns | null;
}

/** One batch after the stateless half. Every record of it is in exactly one of the four. */
export interface Scrubbed {
  readonly candidates: readonly Candidates[];
  readonly settled: readonly Verdicts[];
  readonly faults: Faults;
  /** Records of event types that no view looks at. */
  readonly noView: number;
  /** What decoded, per event type present: the other side of the conservation law. */
  readonly decoded: readonly Decoded[];
  /** The partition's clock after the batch: running maximum of append times, ms. */
  readonly clockMs: number;
}

/** Records of one event type that decoded: offsets and append times, rising. */
export interface Decoded {
  readonly event: number;
  readonly count: number;
  readonly offset: Float64Array;
  readonly appendMs: Float64Array;
}

/** The stages, by name, so that a test can put a broken one in the place of each. */
export interface Stages {
  readonly decoder: (plan: Plan) => Decoder;
  readonly transform: (plan: Plan, keys: Keys) => Transform;
  readonly gate: (plan: Plan, deps: GateDeps) => Gate;
  readonly encoder: (plan: Plan, view: Plan['views'][number]) => Encoder;
}

export const STAGES: Stages = { decoder: createDecoder, transform: createTransform, gate: createGate, encoder: createEncoder };

export const createPipeline = (plan: Plan, keys: Keys, stages: Stages = STAGES): Pipeline => {
  const decoder = stages.decoder(plan);
  const transform = stages.transform(plan, keys);
  const gate = stages.gate(plan, { keys, publisherTokens: (view, epoch) => publisherTokens(plan, view, keys.epoch(epoch)) });
  const encoders = plan.views.map((view) => stages.encoder(plan, view));
  return {
    scrub(batch, clockMs) {
      const { columns, faults, noView, clockMs: after } = decoder.decode(batch, clockMs);
      const candidates: Candidates[] = [];
      const settled: Verdicts[] = [];
      const decoded: Decoded[] = [];
      for (const part of columns) {
        const offset = Float64Array.from(part.record, (record) => batch.offset[record]);
        decoded.push({ event: part.event, count: part.count, offset, appendMs: part.appendMs });
        const transformed = transform.transform(part, batch);
        candidates.push(...transformed.candidates);
        settled.push(...transformed.settled);
      }
      return { candidates, settled, faults, noView, decoded, clockMs: after };
    },
    offer: (candidates) => gate.offer(candidates),
    openWindows: () => gate.openWindows(),
    close: (view, windowStartMs, controls) => gate.close(view, windowStartMs, controls),
    expel: () => gate.expel(),
    encode: (released) => encoders[released.view].encode(released),
    takeFresh: () => gate.takeFresh(),
    survivorsOf: (view, windowStartMs) => gate.survivorsOf(view, windowStartMs),
  };
};
