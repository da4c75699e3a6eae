import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { assetPath } from '../src/cli/assets.ts';
import { createDecoder } from '../src/decode/decoder.ts';
import { createGate } from '../src/gate/gate.ts';
import { NO_CONTROLS } from '../src/model/controls.ts';
import { createPipeline } from '../src/pipeline.ts';
import { memoryRecipients } from '../src/runtime/keys/memory.ts';
import { createMemoryBroker, openMemoryLog } from '../src/runtime/log/memory.ts';
import { runTask } from '../src/runtime/task.ts';
import { createWriters } from '../src/runtime/writers.ts';
import { createTransform } from '../src/transform/transform.ts';
import { runNaive } from './rivals/naive.ts';
import { messagesOf, typesById, type Workload } from './workload.ts';

/** What a contender made: its released records as `view JSON` lines, or null where it releases nothing by design. */
export type Outcome = readonly string[] | null;

/** Work over a whole workload. Setting up (compiling) happens before the clock starts, in the outer function. */
export type Contender = (workload: Workload) => () => Outcome | Promise<Outcome>;

/** Copies the bytes of every value: the floor. */
const copy: Contender = (workload) => () => {
  for (const batch of workload.batches) Buffer.from(batch.bytes);
  return null;
};

const decode: Contender = (workload) => {
  const decoder = createDecoder(workload.plan);
  return () => {
    const clocks = clocksOf(workload);
    for (const batch of workload.batches) clocks[batch.source] = decoder.decode(batch, clocks[batch.source]).clockMs;
    return null;
  };
};

const clocksOf = (workload: Workload): number[] => Array.from({ length: workload.sources }, () => Number.NEGATIVE_INFINITY);

const transform: Contender = (workload) => {
  const decoder = createDecoder(workload.plan);
  const stage = createTransform(workload.plan, workload.keys);
  return () => {
    const clocks = clocksOf(workload);
    for (const batch of workload.batches) {
      const decoded = decoder.decode(batch, clocks[batch.source]);
      clocks[batch.source] = decoded.clockMs;
      for (const columns of decoded.columns) stage.transform(columns, batch);
    }
    return null;
  };
};

const gate: Contender = (workload) => {
  const decoder = createDecoder(workload.plan);
  const stage = createTransform(workload.plan, workload.keys);
  return () => {
    const door = createGate(workload.plan, { keys: workload.keys });
    const clocks = clocksOf(workload);
    for (const batch of workload.batches) {
      const decoded = decoder.decode(batch, clocks[batch.source]);
      clocks[batch.source] = decoded.clockMs;
      for (const columns of decoded.columns) for (const candidates of stage.transform(columns, batch).candidates) door.offer(candidates);
    }
    for (const { view, windowStartMs } of door.openWindows()) door.close(view, windowStartMs, NO_CONTROLS);
    return null;
  };
};

/** Bytes in, released bytes out, without the records of what happened. */
const engine: Contender = (workload) => {
  const pipeline = createPipeline(workload.plan, workload.keys);
  return () => {
    const clocks = clocksOf(workload);
    for (const batch of workload.batches) {
      const scrubbed = pipeline.scrub(batch, clocks[batch.source]);
      clocks[batch.source] = scrubbed.clockMs;
      for (const candidates of scrubbed.candidates) pipeline.offer(candidates);
    }
    const out: string[] = [];
    for (const { view, windowStartMs } of pipeline.openWindows()) {
      const { json } = pipeline.encode(pipeline.close(view, windowStartMs, NO_CONTROLS).released);
      for (const line of json) out.push(`${workload.plan.views[view].name} ${line}`);
    }
    return out;
  };
};

/** The whole task on a memory log: with sealed quarantine and lineage, audit, conservation. */
const whole: Contender = (workload) => {
  const bySource = Array.from({ length: workload.sources }, (_, source) => workload.batches.filter((batch) => batch.source === source));
  const pipeline = createPipeline(workload.plan, workload.keys);
  return async () => {
    const broker = createMemoryBroker(bySource);
    const writers = createWriters(workload.plan, workload.keys, memoryRecipients('bench').recipients);
    await runTask({ plan: workload.plan, pipeline, log: openMemoryLog(broker), writers });
    return broker.transactions.flatMap(({ outputs }) => outputs.flatMap(({ view, json }) => json.map((line) => `${view} ${line}`)));
  };
};

const naive: Contender = (workload) => {
  const types = typesById();
  const ladders = dirname(assetPath('ladders/model.csv'));
  return () => runNaive(messagesOf(workload), types, { counting: workload.countingKey }, ladders);
};

/** The object codec floor: decode every value into an object and encode it again, nothing else. */
const codec: Contender = (workload) => {
  const types = typesById();
  return () => {
    let bytes = 0;
    for (const { value } of messagesOf(workload)) {
      try {
        if (value[0] === 0) {
          const type = types.get(value.readInt32BE(1));
          if (type !== undefined) bytes += type.toBuffer(type.fromBuffer(value.subarray(5))).length;
        } else bytes += Buffer.byteLength(JSON.stringify(JSON.parse(value.toString('utf8'))));
      } catch {
        // A malformed value is skipped: the floor has no quarantine.
      }
    }
    return bytes < 0 ? [] : null;
  };
};

export const CONTENDERS = { copy, decode, transform, gate, engine, whole, naive, codec } as const satisfies Record<string, Contender>;

export type ContenderName = keyof typeof CONTENDERS;

/** Digest of an output multiset: sorted lines, so that order does not count. */
export const multisetDigest = (outcome: readonly string[]): string =>
  createHash('sha256')
    .update([...outcome].sort().join('\n'))
    .digest('hex');
