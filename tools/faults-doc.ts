import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Generated, isProgram, TOP, write } from './generated.ts';
import { FAULTS } from './kafka/faults/index.ts';

/** What `npm run chaos -- --out` writes, as far as the page quotes it. */
interface FaultResult {
  readonly fault: string;
  readonly ok: boolean;
  readonly broken: readonly string[];
  readonly strikes: number;
  readonly acknowledged: number;
  readonly read: number;
  readonly released: number;
  readonly lost: number;
  readonly checker: string;
  readonly takeoverMs: { readonly median: number; readonly p90: number; readonly max: number; readonly measured: number };
  readonly load: { readonly min: number; readonly max: number };
  readonly tasks: number;
  readonly processes: number;
  readonly seed: number;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string; readonly kafka: string };
  /** Figures of the fault itself. */
  readonly [figure: string]: unknown;
}

const FOLDER = 'bench/results/faults';

/** Figures of a fault of its own, and what they count. */
const OWN: Readonly<Record<string, string>> = {
  gone: 'withdrawals and erasures, after none of which anything of that household left',
  undue: 'windows decided though nobody could know their control records',
  firstReleaseMs: 'ms at most until the first release after the control log was back',
  points: 'named points at which a process was killed',
  zombies: 'processes that were stopped past their session and woke',
  refused: 'of their steps were refused',
  brokerKills: 'kills of a broker',
};

const read = (): readonly FaultResult[] =>
  readdirSync(join(TOP, FOLDER))
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(TOP, FOLDER, name), 'utf8')));

const sentence = (text: string): string => `${text[0].toUpperCase()}${text.slice(1)}`;

const section = (result: FaultResult): string => {
  const { fault, strikes, acknowledged, released, lost, checker, takeoverMs, load, tasks, processes, seed, machine, broken } = result;
  const own = Object.entries(OWN).flatMap(([figure, what]) => (figure in result ? [`| ${what} | ${result[figure]} |`] : []));
  return `## ${fault}

${sentence(FAULTS[fault]?.says ?? fault)}.

${processes} processes, ${tasks} tasks, seed ${seed}. ${machine.cpu}, ${machine.cores} cores with the broker and the fleet on them, load ${load.min} to ${load.max}; Node ${machine.node},
Kafka ${machine.kafka}.

| | |
| --- | --- |
| times | ${strikes} |
${own.join('\n')}${own.length > 0 ? '\n' : ''}| records published and acknowledged | ${acknowledged} |
| read and decided | ${result.read} |
| released | ${released} |
| acknowledged and gone | ${lost} |
| all tasks gate again, ms from the fault on: median, 90 %, most | ${takeoverMs.median}, ${takeoverMs.p90}, ${takeoverMs.max} |
| \`unjoin verify -c\` | ${checker} |
${broken.length === 0 ? '' : `\nWhat did not hold: ${broken.join('; ')}.\n`}`;
};

const text = (): string => `# What was done to it

Generated from \`${FOLDER}\` (\`npm run schemas\`), which \`npm run chaos -- --fault NAME --out FILE\` writes; a test holds this page
to them. The service on a real broker while a fleet publishes and one kind of fault happens again and again; everything that was
published has to be decided, once, and the independent checker has to pass. [How to run it](kafka-dev.md#faults).

${read().map(section).join('\n')}`;

export const faultsDoc = (): Generated => new Map([['docs/faults.md', text()]]);

if (isProgram(import.meta.url)) write(faultsDoc());
