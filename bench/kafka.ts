/**
 * `npm run bench:kafka`: CPU per event of the service on a real broker, beside a plain kafkajs copy of the same records; pairs
 * in turn, each on a broker of its own. CPU is that of the whole process, from its start until everything is decided, or
 * copied. Writes bench/results/kafka.json.
 *
 *   npm run bench:kafka -- --events 200000 --devices 60000 --pairs 5 --tasks 4 --seed 1
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { costOfCopy, costOfService, openWorld, type Workload } from './kafka/world.ts';
import { machine, median, round } from './machine.ts';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '200000' },
    devices: { type: 'string', default: '60000' },
    pairs: { type: 'string', default: '5' },
    tasks: { type: 'string', default: '4' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string', default: 'bench/results' },
  },
});

const workload: Workload = {
  events: Number(values.events),
  devices: Number(values.devices),
  tasks: Number(values.tasks),
  seed: Number(values.seed),
};

/** One pair on a broker of its own: who begins changes, since the broker warms up. */
const pairOf = async (number: number) => {
  const dir = mkdtempSync(join(tmpdir(), 'unjoin-bench-'));
  const world = await openWorld(dir, workload);
  try {
    const first = number % 2 === 0 ? await costOfCopy(world) : null;
    const service = await costOfService(world);
    const copy = first ?? (await costOfCopy(world));
    return { load: round(loadavg()[0], 1), sent: world.sent, service, copy, ratio: service.cpuUsPerRecord / copy.cpuUsPerRecord };
  } finally {
    await world.cluster.stop();
    rmSync(dir, { recursive: true, force: true });
  }
};

const pairs: Awaited<ReturnType<typeof pairOf>>[] = [];
for (let i = 0; i < Number(values.pairs); i++) {
  const pair = await pairOf(i);
  pairs.push(pair);
  const { service, copy, ratio } = pair;
  const us = (cost: number): string => `${cost.toFixed(1)} us`;
  process.stderr.write(`pair ${i + 1}: unjoin ${us(service.cpuUsPerRecord)}, copy ${us(copy.cpuUsPerRecord)}, ratio ${ratio.toFixed(2)}\n`);
}

const ratios = pairs.map(({ ratio }) => ratio);
const result = {
  what: 'CPU per record of a gate process over Kafka / of a plain kafkajs copy of the same records, Avro, clear text, one process each',
  workload,
  machine: machine(),
  ratio: round(median(ratios), 2),
  min: round(Math.min(...ratios), 2),
  max: round(Math.max(...ratios), 2),
  serviceUsPerRecord: round(median(pairs.map(({ service }) => service.cpuUsPerRecord)), 1),
  copyUsPerRecord: round(median(pairs.map(({ copy }) => copy.cpuUsPerRecord)), 1),
  pairs: pairs.map(({ load, sent, service, copy }) => ({ load, sent, service, copy })),
};
writeFileSync(`${values.out}/kafka.json`, `${JSON.stringify(result, null, 2)}\n`);
