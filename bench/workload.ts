import { createHash, createSecretKey, type KeyObject } from 'node:crypto';
import avro from 'avsc';
import { asset, assetPath, fleetCatalog, sourceSchemas } from '../src/cli/assets.ts';
import { looksAround } from '../src/decode/derive.ts';
import { createFramer } from '../src/decode/envelope.ts';
import type { Keys } from '../src/model/keys.ts';
import type { Plan } from '../src/model/plan.ts';
import type { SourceBatch } from '../src/model/record.ts';
import { createPrf } from '../src/runtime/keys/prf.ts';
import { loadPlan } from '../src/runtime/policy-files.ts';
import { simulateFleet } from '../src/simulate/fleet.ts';
import type { Message } from './rivals/naive.ts';

/** Families of `performance.md`: A is Avro with the 5-byte prefix, J is JSON. */
export type Family = 'A' | 'J';

export interface WorkloadOptions {
  readonly family: Family;
  readonly events: number;
  readonly devices: number;
  readonly seed: number;
  readonly prf: Plan['prf'];
}

/** Records as a consumer would have fetched them: values only, in batches per partition, all in memory. */
export interface Workload {
  readonly plan: Plan;
  readonly batches: readonly SourceBatch[];
  readonly sources: number;
  readonly records: number;
  readonly valueBytes: number;
  readonly keys: Keys;
  readonly countingKey: KeyObject;
}

/** Lines that are framed at once; about what a fetch brings. */
const STRETCH = 6000;
const HOURS = 4;

/** Share of records that are no events. */
export const malformedShare = (family: Family): number => (family === 'A' ? 0.001 : 0);

const benchPlan = (prf: Plan['prf']): Plan => {
  const { plan, issues } = loadPlan(assetPath('bench/policy.yaml'));
  if (plan === null) throw new Error(`bench/policy.yaml does not load: ${issues.map(({ code }) => code).join(', ')}`);
  return { ...plan, prf };
};

const keyBytes = (seed: number, label: string): Buffer => createHash('sha256').update(`bench ${seed} ${label}`).digest();

/** Keys whose counting key a rival may know: one epoch is all that the workload spans. */
const benchKeys = (seed: number, prf: Plan['prf']): Keys => {
  const counting = createPrf(prf, keyBytes(seed, 'counting'));
  const view = createPrf(prf, keyBytes(seed, 'view'));
  return { epoch: (epoch) => ({ epoch, counting, view: () => view }), control: () => counting, period: () => counting };
};

const BASE64_VALUE = /"value":"([^"]*)"/;
/** What the simulator's texts that are no UTF-8 go on with behind their broken byte. */
const NOT_UTF8 = Buffer.from('not-utf8~');

/**
 * Malformed records that avsc takes and the gate refuses: too large, or text that is no UTF-8. The rivals would release them,
 * and an output that differs has no time; so these two kinds are left out for everybody.
 */
const isTakenByLenientReaders = (line: Buffer, plan: Plan): boolean => {
  if (line.length > plan.limits.recordBytes) return true;
  const value = BASE64_VALUE.exec(line.toString('latin1'));
  return value !== null && Buffer.from(value[1], 'base64').includes(NOT_UTF8);
};

/** Makes a workload; the same options make the same bytes. */
export const makeWorkload = (options: WorkloadOptions): Workload => {
  const plan = benchPlan(options.prf);
  const format = options.family === 'A' ? 'avro' : 'json';
  const mix = { device: 0.5, operation: 0.5, location: 0 };
  const fleet = {
    ...fleetCatalog(),
    devices: options.devices,
    count: options.events,
    seed: options.seed,
    spanMs: HOURS * 3_600_000,
    mix,
    format,
    // The naive rival takes JSON that the schema refuses (an unknown field, a duplicate key): there it would have other output.
    malformedShare: malformedShare(options.family),
  } as const;
  const bytes = Buffer.concat([...simulateFleet({ ...fleet, schemas: format === 'avro' ? sourceSchemas() : undefined })]);
  const sources: string[] = [];
  const sourceIndex = (topic: string, partition: number): number => {
    const key = `${topic}:${partition}`;
    const known = sources.indexOf(key);
    return known >= 0 ? known : sources.push(key) - 1;
  };
  const framer = createFramer({ fileIndex: 0, limits: plan.limits, sourceIndex, keepsAround: looksAround(plan) });
  const batches: SourceBatch[] = [];
  let start: number[] = [];
  let length: number[] = [];
  let line = 0;
  const flush = (): void => {
    const count = start.length;
    const number = Float64Array.from({ length: count }, (_, i) => line - count + i);
    batches.push(...framer.frame({ bytes, count, start: Int32Array.from(start), length: Int32Array.from(length), number }));
    start = [];
    length = [];
  };
  for (let from = 0, end = bytes.indexOf(10); end >= 0; from = end + 1, end = bytes.indexOf(10, from)) {
    if (isTakenByLenientReaders(bytes.subarray(from, end), plan)) continue;
    start.push(from);
    length.push(end - from);
    line++;
    if (start.length === STRETCH) flush();
  }
  flush();
  const own = batches.filter(({ count }) => count > 0).map(compact);
  return {
    plan,
    batches: own,
    sources: sources.length,
    records: own.reduce((sum, { count }) => sum + count, 0),
    valueBytes: own.reduce((sum, batch) => sum + batch.bytes.length, 0),
    keys: benchKeys(options.seed, options.prf),
    countingKey: createSecretKey(keyBytes(options.seed, 'counting')),
  };
};

/** A batch over nothing but its own values, as a fetched record batch is. */
const compact = (batch: SourceBatch): SourceBatch => {
  const parts = Array.from({ length: batch.count }, (_, i) =>
    batch.bytes.subarray(batch.valueStart[i], batch.valueStart[i] + Math.max(0, batch.valueLength[i])),
  );
  const start = new Int32Array(batch.count);
  for (let i = 1; i < batch.count; i++) start[i] = start[i - 1] + parts[i - 1].length;
  return {
    ...batch,
    bytes: Buffer.concat(parts),
    valueStart: start,
    recordStart: start,
    recordLength: Int32Array.from(parts, (part) => part.length),
  };
};

/** The workload as single messages, for rivals that take them one by one. */
export function* messagesOf({ batches }: Workload): Generator<Message> {
  for (const batch of batches) {
    for (let i = 0; i < batch.count; i++) {
      if (batch.valueLength[i] < 0 || batch.fault[i] !== 0) continue;
      const value = Buffer.from(batch.bytes.buffer, batch.bytes.byteOffset + batch.valueStart[i], batch.valueLength[i]);
      yield { topic: batch.topic, value, timestamp: batch.appendMs[i] };
    }
  }
}

/** avsc types by Confluent schema id. */
export const typesById = (): Map<number, avro.Type> =>
  new Map(
    ['device', 'operation', 'location'].map((name) => {
      const schema = JSON.parse(asset(`schemas/source/${name}.avsc`));
      return [schema.schemaId as number, avro.Type.forSchema(schema)];
    }),
  );
