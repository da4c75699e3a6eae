import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { brandCandidates, type Candidates } from '../../src/model/candidate.ts';
import { InvariantError } from '../../src/model/invariant.ts';
import type { Transaction } from '../../src/model/log.ts';
import { brandReleased, type Released } from '../../src/model/released.ts';
import { isReleased, REASONS, type Verdicts } from '../../src/model/verdict.ts';
import { createPipeline, STAGES, type Stages } from '../../src/pipeline.ts';
import { memoryKeys, memoryRecipients } from '../../src/runtime/keys/memory.ts';
import { createMemoryBroker, openMemoryLog } from '../../src/runtime/log/memory.ts';
import { runFiles } from '../../src/runtime/run-files.ts';
import { runTask } from '../../src/runtime/task.ts';
import { createWriters } from '../../src/runtime/writers.ts';
import { writeEnvelopes } from '../cli/world.ts';
import { fleetLines, framed, smartHome } from '../properties/world.ts';

const plan = smartHome();
const lines = fleetLines({ devices: 600, count: 1500, seed: 21, malformedShare: 0.01 });

const run = async (stages: Partial<Stages>, cuts = [lines.length]): Promise<readonly Transaction[]> => {
  const broker = createMemoryBroker(framed(plan, lines, cuts));
  const keys = memoryKeys();
  const pipeline = createPipeline(plan, keys, { ...STAGES, ...stages });
  const log = openMemoryLog(broker);
  try {
    await runTask({ plan, pipeline, log, writers: createWriters(plan, keys, memoryRecipients().recipients) });
  } catch (error) {
    throw Object.assign(error as Error, { transactions: broker.transactions });
  }
  return broker.transactions;
};

/** A gate whose `close` is tampered with, once: in the first window that gives the tampering something to do. */
const closing = (
  tamper: (closed: { released: Released; verdicts: Verdicts }) => Partial<{ released: Released; verdicts: Verdicts }> | null,
) => {
  let done = false;
  const stages: Partial<Stages> = {
    gate: (own, deps) => {
      const gate = STAGES.gate(own, deps);
      return {
        ...gate,
        close(view, start, controls) {
          const closed = gate.close(view, start, controls);
          const changed = done ? null : tamper(closed);
          done ||= changed !== null;
          return { ...closed, ...changed };
        },
      };
    },
  };
  return stages;
};

const rowsOf = (verdicts: Verdicts, rows: readonly number[]): Verdicts => ({
  ...verdicts,
  count: rows.length,
  source: Int32Array.from(rows, (row) => verdicts.source[row]),
  offset: Float64Array.from(rows, (row) => verdicts.offset[row]),
  verdict: Uint8Array.from(rows, (row) => verdicts.verdict[row]),
});

const releasedRows = (released: Released, rows: readonly number[]): Released => {
  const width = released.count === 0 ? 0 : released.codes.length / released.count;
  return brandReleased({
    ...released,
    count: rows.length,
    source: Int32Array.from(rows, (row) => released.source[row]),
    offset: Float64Array.from(rows, (row) => released.offset[row]),
    level: Uint8Array.from(rows, (row) => released.level[row]),
    codes: Int32Array.from(rows.flatMap((row) => [...released.codes.subarray(row * width, (row + 1) * width)])),
    sensitive: Int32Array.from(released.sensitive.length === 0 ? [] : rows.map((row) => released.sensitive[row])),
  });
};

const all = (count: number): number[] => Array.from({ length: count }, (_, row) => row);

const candidateRows = (candidates: Candidates, rows: readonly number[]): Candidates => {
  const width = candidates.count === 0 ? 0 : candidates.codes.length / candidates.count;
  const bytes = (from: Uint8Array): Uint8Array =>
    from.length === 0 ? from : Uint8Array.from(rows.flatMap((row) => [...from.subarray(row * 16, row * 16 + 16)]));
  return brandCandidates({
    ...candidates,
    count: rows.length,
    source: Int32Array.from(rows, (row) => candidates.source[row]),
    offset: Float64Array.from(rows, (row) => candidates.offset[row]),
    appendMs: Float64Array.from(rows, (row) => candidates.appendMs[row]),
    eventHour: Int32Array.from(rows, (row) => candidates.eventHour[row]),
    subject: bytes(candidates.subject),
    event: bytes(candidates.event),
    gateway: bytes(candidates.gateway),
    start: Uint8Array.from(rows, (row) => candidates.start[row]),
    codes: Int32Array.from(rows.flatMap((row) => [...candidates.codes.subarray(row * width, (row + 1) * width)])),
    sensitive: Int32Array.from(candidates.sensitive.length === 0 ? [] : rows.map((row) => candidates.sensitive[row])),
  });
};

const transforming = (rows: (count: number) => readonly number[]): Partial<Stages> => ({
  transform: (own, keys) => {
    const transform = STAGES.transform(own, keys);
    return {
      transform(columns, batch) {
        const { candidates, settled } = transform.transform(columns, batch);
        return { settled, candidates: candidates.map((part) => candidateRows(part, rows(part.count))) };
      },
    };
  },
});

/** Stages that lose, invent or decide twice. Each must end the task before anything of the step is written. */
const BROKEN: Readonly<Record<string, Partial<Stages>>> = {
  'decode drops a record': {
    decoder: (own) => {
      const decoder = STAGES.decoder(own);
      return {
        decode(batch, clockMs) {
          const decoded = decoder.decode(batch, clockMs);
          return { ...decoded, columns: decoded.columns.map((columns) => ({ ...columns, count: columns.count - 1 })) };
        },
      };
    },
  },
  'decode forgets its faults': {
    decoder: (own) => {
      const decoder = STAGES.decoder(own);
      return {
        decode(batch, clockMs) {
          const decoded = decoder.decode(batch, clockMs);
          return { ...decoded, faults: { ...decoded.faults, count: 0 } };
        },
      };
    },
  },
  'transform drops a record': transforming((count) => all(count - 1)),
  'transform makes two candidates of a record': transforming((count) => [...all(count), 0]),
  'transform drops one record and offers another twice': transforming((count) => [0, 0, ...all(count).slice(2)]),
  'transform drops what it settles': {
    transform: (own, keys) => {
      const transform = STAGES.transform(own, keys);
      return { transform: (columns, batch) => ({ ...transform.transform(columns, batch), settled: [] }) };
    },
  },
  'the gate loses a verdict': closing(({ verdicts }) =>
    verdicts.count === 0 ? null : { verdicts: rowsOf(verdicts, all(verdicts.count - 1)) },
  ),
  'the gate decides a record twice': closing(({ verdicts }) =>
    verdicts.count === 0
      ? null
      : { verdicts: rowsOf(verdicts, [...all(verdicts.count), verdicts.verdict.findIndex((byte) => !isReleased(byte))]) },
  ),
  'the gate decides one record twice and another never': closing(({ verdicts }) => {
    const blocked = all(verdicts.count).filter((row) => verdicts.verdict[row] === REASONS.k.code);
    return blocked.length < 2
      ? null
      : {
          verdicts: rowsOf(
            verdicts,
            all(verdicts.count).map((row) => (row === blocked[1] ? blocked[0] : row)),
          ),
        };
  }),
  'a repetition is decided twice': {
    gate: (own, deps) => {
      const gate = STAGES.gate(own, deps);
      return { ...gate, offer: (candidates) => gate.offer(candidates).flatMap((verdicts) => [verdicts, verdicts]) };
    },
  },
  'a record leaves twice': closing(({ released }) =>
    released.count === 0 ? null : { released: releasedRows(released, [...all(released.count), 0]) },
  ),
  'a record leaves in the place of another': closing(({ released }) =>
    released.count < 2 ? null : { released: releasedRows(released, [0, 0, ...all(released.count).slice(2)]) },
  ),
  'a record that must leave does not': closing(({ released }) =>
    released.count === 0 ? null : { released: releasedRows(released, all(released.count - 1)) },
  ),
  'a record leaves finer than decided': closing(({ released }) =>
    released.level[0] > 0
      ? { released: brandReleased({ ...released, level: released.level.map((level, row) => (row === 0 ? level - 1 : level)) }) }
      : null,
  ),
  'a blocked record leaves': closing(({ released, verdicts }) => {
    const blocked = verdicts.verdict.indexOf(REASONS.k.code);
    if (released.count === 0 || blocked < 0) return null;
    const offset = released.offset.slice();
    const source = released.source.slice();
    offset[0] = verdicts.offset[blocked];
    source[0] = verdicts.source[blocked];
    return { released: brandReleased({ ...released, offset, source }) };
  }),
  'encode loses a record': {
    encoder: (own, view) => {
      const encoder = STAGES.encoder(own, view);
      return { ...encoder, encode: (released) => ({ ...encoder.encode(released), json: encoder.encode(released).json.slice(1) }) };
    },
  },
  'encode writes a record twice': {
    encoder: (own, view) => {
      const encoder = STAGES.encoder(own, view);
      return {
        ...encoder,
        encode(released) {
          const encoded = encoder.encode(released);
          return { ...encoded, avro: [...encoded.avro, ...encoded.avro.slice(0, 1)] };
        },
      };
    },
  },
};

t.test('sound stages: everything is appended', async (t) => {
  const transactions = await run({});
  t.ok(transactions.some(({ outputs }) => outputs.some(({ count }) => count > 0)));
});

for (const [what, stages] of Object.entries(BROKEN)) {
  t.test(`${what}: the task ends before anything is appended`, async (t) => {
    const error = await run(stages).then(
      () => null,
      (thrown: Error & { transactions: readonly Transaction[] }) => thrown,
    );
    t.ok(error instanceof InvariantError, `an InvariantError, not ${String(error)}`);
    t.match(error?.message, /conservation|repeated|twice|not those/);
    // Everything is read in the first step; windows are closed in that step or the next. Nothing released came before.
    const outputs = error?.transactions.flatMap((transaction) => transaction.outputs) ?? [];
    t.strictSame(
      outputs.filter(({ count }) => count > 0),
      [],
    );
  });
}

t.test('cut into many steps, no window of a broken stage is written', async (t) => {
  for (const what of ['transform drops a record', 'a repetition is decided twice']) {
    const error = await run(BROKEN[what], [100]).then(
      () => null,
      (thrown: Error & { transactions: readonly Transaction[] }) => thrown,
    );
    t.ok(error instanceof InvariantError, what);
    t.strictSame(
      error?.transactions.flatMap(({ outputs }) => outputs.filter(({ count }) => count > 0)),
      [],
    );
  }
});

t.test('files: a broken stage leaves no folder, and an earlier run as it was', async (t) => {
  const dir = t.testdir();
  const input = join(dir, 'log.ndjson');
  writeEnvelopes(input, { devices: 300, count: 400, seed: 2 });
  const out = join(dir, 'out');
  const stages = { ...STAGES, ...transforming((count) => all(count - 1)) };
  await t.rejects(runFiles({ plan, inputs: [input], out, format: 'ndjson', stages }), { name: 'InvariantError' });
  t.strictSame(readdirSync(dir), ['log.ndjson']);
  await runFiles({ plan, inputs: [input], out, format: 'ndjson' });
  const names = readdirSync(out);
  await t.rejects(runFiles({ plan, inputs: [input], out, format: 'avro', stages }), { name: 'InvariantError' });
  t.strictSame(readdirSync(out), names);
  t.ok(existsSync(join(out, 'views', 'device-health.ndjson')));
  t.strictSame(readdirSync(dir).sort(), ['log.ndjson', 'out']);
});

t.test('files: what is no run of ours is never replaced, whoever asks', async (t) => {
  const dir = t.testdir({ home: { 'thesis.txt': 'years of work' } });
  const input = join(dir, 'log.ndjson');
  writeEnvelopes(input, { devices: 30, count: 40, seed: 2 });
  const out = join(dir, 'home');
  await t.rejects(runFiles({ plan, inputs: [input], out, format: 'ndjson' }), { code: 'unwritable', canRetry: false });
  t.strictSame(readdirSync(out), ['thesis.txt']);

  // Somebody else's file that turns up while the run is at work.
  const late = join(dir, 'late');
  const onStep = (): void => {
    mkdirSync(late, { recursive: true });
    writeFileSync(join(late, 'thesis.txt'), 'years of work');
  };
  await t.rejects(runFiles({ plan, inputs: [input], out: late, format: 'ndjson', onStep }), { code: 'unwritable' });
  t.strictSame(readdirSync(late), ['thesis.txt']);
  t.strictSame(readdirSync(dir).sort(), ['home', 'late', 'log.ndjson']);
});
