import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Generated, isProgram, TOP, write } from './generated.ts';

interface Rung {
  readonly rung: string;
  readonly cpuNsPerRecord: number;
  readonly recordsPerSecondPerCore: number;
  readonly bytesPerRecord: number;
  readonly rssMiB: number;
}

interface Ratio {
  readonly ratio: number;
  readonly min: number;
  readonly max: number;
}

/** What `npm run bench` writes, as far as the page quotes it. */
interface Result {
  readonly workload: { readonly events: number; readonly devices: number; readonly seed: number };
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string };
  readonly ladder: readonly Rung[];
  readonly ladderWithCmac: readonly Rung[];
  readonly P1: Ratio;
  readonly P2: Ratio;
}

const FAMILIES = { A: 'Avro', J: 'JSON' } as const;

const WHAT: Readonly<Record<string, string>> = {
  copy: 'the bytes of every value are copied: the floor',
  decode: 'checked and read into columns',
  transform: 'and ladders climbed, tokens made',
  gate: 'and classes counted, windows decided',
  engine: 'and released records encoded',
  whole: 'and quarantine and lineage sealed, audit written, conservation asserted',
};

const resultOf = (family: string): Result => JSON.parse(readFileSync(join(TOP, `bench/results/${family}.json`), 'utf8'));

const ladder = ({ ladder: rungs, ladderWithCmac }: Result): string =>
  [
    '| rung | ns a record, HMAC-SHA-256 | AES-256-CMAC | what it adds |',
    '| --- | --- | --- | --- |',
    ...rungs.map(({ rung, cpuNsPerRecord }, i) => `| ${rung} | ${cpuNsPerRecord} | ${ladderWithCmac[i].cpuNsPerRecord} | ${WHAT[rung]} |`),
  ].join('\n');

const ratio = ({ ratio: median, min, max }: Ratio): string => `${median} (${min} to ${max})`;

const section = ([family, name]: readonly [string, string]): string => {
  const result = resultOf(family);
  const { workload, machine } = result;
  return `## ${name} (family ${family})

${workload.events} events of ${workload.devices} devices, seed ${workload.seed}, ${result.ladder[0].bytesPerRecord} bytes a value.
${machine.cpu}, ${machine.cores} cores, Node ${machine.node}. CPU time of the whole process, garbage collection included.

${ladder(result)}

| ratio | median of pairs (range) |
| --- | --- |
| P1: naive Node / unjoin, the whole gate in memory | ${ratio(result.P1)} |
| P2: unjoin / decoding to objects and encoding again, nothing else | ${ratio(result.P2)} |
`;
};

/** What `npm run bench:kafka` writes, as far as the page quotes it. */
interface KafkaResult extends Ratio {
  readonly workload: Result['workload'] & { readonly tasks: number };
  readonly machine: Result['machine'] & { readonly kafkajs: string };
  readonly serviceUsPerRecord: number;
  readonly copyUsPerRecord: number;
  readonly pairs: readonly unknown[];
}

const kafkaSection = (): string => {
  const result: KafkaResult = JSON.parse(readFileSync(join(TOP, 'bench/results/kafka.json'), 'utf8'));
  const { workload, machine, pairs, serviceUsPerRecord, copyUsPerRecord } = result;
  return `## Over Kafka

${workload.events} Avro events of ${workload.devices} devices, seed ${workload.seed}, ${workload.tasks} tasks, clear text; one gate process beside a plain copy with
kafkajs ${machine.kafkajs}, that reads the same topics and writes every value on. ${pairs.length} pairs, each on a broker of its own.
${machine.cpu}, ${machine.cores} cores, Node ${machine.node}. CPU time of the process from start to end (\`npm run bench:kafka\`).

| | CPU |
| --- | --- |
| gate / copy, median of pairs (range) | ${ratio(result)} |
| a record: gate | ${serviceUsPerRecord} us |
| a record: copy | ${copyUsPerRecord} us |
`;
};

/** What bench/datasets/register.ts writes, as far as the page quotes it. */
interface RegisterResult {
  readonly seed: number;
  readonly machine: Result['machine'];
  readonly runs: readonly { readonly rows: number; readonly seconds: number; readonly maxRssMiB: number; readonly indexMiB: number }[];
}

const registerSection = (): string => {
  const { seed, machine, runs }: RegisterResult = JSON.parse(readFileSync(join(TOP, 'bench/results/register.json'), 'utf8'));
  return `## Registering a personal dataset

A generated CSV file, one row a person, three columns that join directly, seed ${seed}, guarding two views; ${machine.cpu}, ${machine.cores} cores,
Node ${machine.node}. Wall time of the whole command, the largest memory of its process, and the index that it leaves
(\`bench/datasets/register.ts\`).

| rows | seconds | memory, MiB | index, MiB |
| --- | --- | --- | --- |
${runs.map(({ rows, seconds, maxRssMiB, indexMiB }) => `| ${rows} | ${seconds} | ${maxRssMiB} | ${indexMiB} |`).join('\n')}
`;
};

/** What bench/datasets/verify.ts writes, as far as the page quotes it. */
interface VerifyResult {
  readonly seed: number;
  readonly events: number;
  readonly machine: Result['machine'];
  readonly runs: readonly {
    readonly persons: number;
    readonly rows: number;
    readonly cpuSeconds: number;
    readonly maxRssMiB: number;
    readonly maxRssMiBWithout: number;
  }[];
}

const verifySection = (): string => {
  const { seed, events, machine, runs }: VerifyResult = JSON.parse(readFileSync(join(TOP, 'bench/results/verify-dataset.json'), 'utf8'));
  return `## Checking a run against the true data

\`unjoin verify --dataset\` of a run of ${events} events, by a generated CSV file with three columns that join directly, which guards
two views; seed ${seed}, ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}. CPU time and the largest memory of the process, and that
without the file (\`bench/datasets/verify.ts\`).

| persons | rows | CPU seconds | memory, MiB | without the file, MiB |
| --- | --- | --- | --- | --- |
${runs.map((run) => `| ${run.persons} | ${run.rows} | ${run.cpuSeconds} | ${run.maxRssMiB} | ${run.maxRssMiBWithout} |`).join('\n')}
`;
};

const text = (): string => `# How fast it is

Generated from \`bench/results\` (\`npm run schemas\`), which \`npm run bench\` writes; a test holds this page to them. Trust
ratios, not absolutes: both sides of a pair ran in one run, turn by turn. A run whose released records differ from the
oracle's has no time.

*Naive Node* is what a good team writes in an afternoon: objects by avsc or \`JSON.parse\`, \`createHmac\`, a Map of Sets, the
same rules, the same released records, and no quarantine, lineage or audit (\`bench/rivals/naive.ts\`).

${Object.entries(FAMILIES).map(section).join('\n')}
${kafkaSection()}
${registerSection()}
${verifySection()}`;

export const benchDoc = (): Generated => new Map([['docs/performance.md', text()]]);

if (isProgram(import.meta.url)) write(benchDoc());
