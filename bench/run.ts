/**
 * `npm run bench`: the ladder (ns a record, rung by rung), and paired, interleaved runs of the gate against its rivals. Writes
 * bench/results/<family>.json with machine, versions and seed. A run whose output is not the oracle's has no time.
 *
 *   npm run bench -- --events 200000 --devices 60000 --pairs 5 --seed 1
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { assetPath } from '../src/cli/assets.ts';
import type { ContenderName } from './contenders.ts';
import { machine, median, round } from './machine.ts';
import { oracleOf } from './oracle.ts';
import { type Family, malformedShare, type WorkloadOptions } from './workload.ts';

interface Measured {
  readonly cpuNs: number;
  readonly wallNs: number;
  readonly records: number;
  readonly valueBytes: number;
  readonly rssMiB: number;
  readonly released: number | null;
  readonly digest: string | null;
}

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '200000' },
    devices: { type: 'string', default: '60000' },
    pairs: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    family: { type: 'string', default: 'A,J' },
    out: { type: 'string', default: 'bench/results' },
  },
});
const PAIRS = Number(values.pairs);

const contend = (contender: ContenderName, options: WorkloadOptions): Measured => {
  const args = ['--expose-gc', '--import', 'tsx', assetPath('bench/contend.ts'), JSON.stringify({ contender, options })];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1 << 24 }));
};

/** A time counts only when the output is the oracle's. */
const checked = (name: ContenderName, run: Measured, digest: string): Measured => {
  if (run.digest !== null && run.digest !== digest) throw new Error(`${name}: the output is not the oracle's; this run has no time`);
  return run;
};

/** Ratio of CPU per record, a over b, in interleaved pairs A B B A. */
const paired = (a: ContenderName, b: ContenderName, options: WorkloadOptions, digest: string) => {
  const ratios: number[] = [];
  const runs: Record<string, number[]> = { [a]: [], [b]: [] };
  for (let pair = 0; pair < PAIRS; pair++) {
    const order = pair % 2 === 0 ? [a, b] : [b, a];
    const took = new Map(order.map((name) => [name, checked(name, contend(name, options), digest)]));
    const of = (name: ContenderName): number => (took.get(name) as Measured).cpuNs;
    ratios.push(of(a) / of(b));
    for (const name of [a, b]) runs[name].push(round(of(name)));
  }
  return { ratio: round(median(ratios), 2), min: round(Math.min(...ratios), 2), max: round(Math.max(...ratios), 2), cpuNsPerRecord: runs };
};

const LADDER: readonly ContenderName[] = ['copy', 'decode', 'transform', 'gate', 'engine', 'whole'];

const measureLadder = (options: WorkloadOptions, digest: string) =>
  LADDER.map((rung) => {
    const runs = [1, 2, 3].map(() => checked(rung, contend(rung, options), digest));
    const cpuNs = median(runs.map((run) => run.cpuNs));
    return {
      rung,
      cpuNsPerRecord: round(cpuNs),
      recordsPerSecondPerCore: round(1e9 / cpuNs),
      bytesPerRecord: round(runs[0].valueBytes / runs[0].records),
      rssMiB: runs[0].rssMiB,
    };
  });

const measure = (family: Family) => {
  const options: WorkloadOptions = {
    family,
    events: Number(values.events),
    devices: Number(values.devices),
    seed: Number(values.seed),
    prf: 'hmac-sha-256',
  };
  const oracle = oracleOf(options);
  const say = (text: string) => process.stderr.write(`${family}: ${text}\n`);
  say(`oracle: ${oracle.released} records released, ${oracle.digest.slice(0, 16)}`);
  const ladder = measureLadder(options, oracle.digest);
  for (const rung of ladder) say(`${rung.rung.padEnd(10)} ${String(rung.cpuNsPerRecord).padStart(7)} ns/record`);
  const p1 = paired('naive', 'engine', options, oracle.digest);
  say(`P1 naive Node / unjoin: ${p1.ratio} (${p1.min}-${p1.max})`);
  const p2 = paired('engine', 'codec', options, oracle.digest);
  say(`P2 unjoin / object codec floor: ${p2.ratio} (${p2.min}-${p2.max})`);
  const cmac = measureLadder({ ...options, prf: 'aes-256-cmac' }, oracleOf({ ...options, prf: 'aes-256-cmac' }).digest);
  return {
    family,
    workload: { ...options, malformedShare: malformedShare(family) },
    machine: machine(),
    oracle,
    ladder,
    ladderWithCmac: cmac,
    P1: { what: 'naive Node / unjoin engine, CPU per record', ...p1 },
    P2: { what: 'unjoin engine / object codec floor, CPU per record', ...p2 },
  };
};

mkdirSync(values.out, { recursive: true });
for (const family of values.family.split(',') as Family[]) {
  writeFileSync(`${values.out}/${family}.json`, `${JSON.stringify(measure(family), null, 2)}\n`);
}
