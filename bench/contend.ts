/**
 * One contender, once, in a process of its own: makes the workload, warms up on a part of it, then measures the CPU of the
 * whole process (garbage collection and worker threads included) over one pass. Prints one JSON line.
 */
import { CONTENDERS, type ContenderName, multisetDigest } from './contenders.ts';
import { makeWorkload, type WorkloadOptions } from './workload.ts';

const { contender, options } = JSON.parse(process.argv[2]) as { contender: ContenderName; options: WorkloadOptions };

const workload = makeWorkload(options);
const warm = { ...workload, batches: workload.batches.slice(0, Math.ceil(workload.batches.length / 4)) };
await CONTENDERS[contender](warm)();
const work = CONTENDERS[contender](workload);
globalThis.gc?.();
const before = process.cpuUsage();
const startedNs = process.hrtime.bigint();
const outcome = await work();
const used = process.cpuUsage(before);
const wallNs = Number(process.hrtime.bigint() - startedNs);
const result = {
  cpuNs: ((used.user + used.system) * 1000) / workload.records,
  wallNs: wallNs / workload.records,
  records: workload.records,
  valueBytes: workload.valueBytes,
  rssMiB: Math.round(process.memoryUsage.rss() / 2 ** 20),
  released: outcome?.length ?? null,
  digest: outcome === null ? null : multisetDigest(outcome),
};
process.stdout.write(`${JSON.stringify(result)}\n`);
