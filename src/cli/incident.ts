import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import type { Plan } from '../model/plan.ts';
import { createIncident, type Incident, type Leak, type Range, type TouchedView } from '../verify/incident.ts';
import { verifyRun } from '../verify/index.ts';
import { requireConfig } from './config.ts';
import { CliError, EXIT } from './exit.ts';
import { type Output, outputOf, table } from './output.ts';
import { requirePlan } from './policy.ts';
import { timeOf } from './say.ts';
import { fileInputs, type RunFlags } from './verify.ts';

const EXAMPLES = `
Examples:
  $ unjoin incident --policy P.yaml --in fleet.ndjson.gz --out out --keys keys --views device-health --from 2026-01-05T02:00:00Z
  $ unjoin incident --policy P.yaml --in fleet.ndjson.gz --out out --keys keys --records telemetry.device:3:100-2500
  $ unjoin incident --policy P.yaml --in fleet.ndjson.gz --out out --keys keys --epoch 2922 --json
  $ unjoin incident -c unjoin.yaml --keys officer/keys --views device-health --from 2026-01-05T02:00:00Z

What a leak of released views, of source records, or of the keys of an epoch touched: windows, classes and how many subjects, by
the raw data. Reads lineage, so it needs its private key. The figures are exact: for whoever has to inform people (6.3, 6.4),
not for publication. Ends with 1 when the checker finds fault with the run: then nobody should believe them.
`;

interface Flags extends RunFlags {
  readonly views?: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly records?: readonly string[];
  readonly epoch?: string;
}

export function incidentCommand(): Command {
  return new Command('incident')
    .description('say what a leak of views, records or keys touched')
    .option('-c, --config <file>', "a service's configuration: what it has decided so far; with --keys")
    .option('--policy <file>', 'the policy of the run')
    .option('--in <file...>', 'the input files of the run, in the same order')
    .option('--out <dir>', 'the output folder of the run')
    .option('--keys <dir>', 'key folder of the run (default: <out>/keys)')
    .option('--lineage-key <file>', 'private key of the lineage (default: lineage.key in the key folder)')
    .option('--operator-key <file>', 'private key of the operator (default: operator.key in the key folder)')
    .option('--controls <file>', 'the control log of the run')
    .option('--views <view...>', 'released records of these views leaked')
    .option('--from <time>', 'only windows that touch the time from here on, ISO 8601')
    .option('--to <time>', 'and before this')
    .option('--records <topic:partition:from-to...>', 'these source records leaked')
    .option('--epoch <number>', 'the keys of this epoch leaked')
    .option('--json', 'print the report as one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(incident);
}

const RANGE = /^(.+):(\d+):(\d+)-(\d+)$/;

const rangeOf = (text: string): Range => {
  const parts = RANGE.exec(text);
  if (parts === null) throw new CliError('usage', EXIT.config, 'topic:partition:from-to after --records', 'unjoin incident --help');
  return { topic: parts[1], partition: Number(parts[2]), from: Number(parts[3]), to: Number(parts[4]) };
};

const leakOf = ({ views, records, epoch, from, to }: Flags, known: readonly string[]): Leak => {
  const kinds = [views, records, epoch].filter((given) => given !== undefined).length;
  if (kinds !== 1) throw new CliError('usage', EXIT.config, 'one of --views, --records and --epoch: what leaked', 'unjoin incident --help');
  if (records !== undefined) return { kind: 'records', ranges: records.map(rangeOf) };
  if (epoch !== undefined) return { kind: 'epoch', epoch: Number(epoch) };
  const unknown = views?.find((view) => !known.includes(view));
  if (unknown !== undefined) throw new CliError('view-unknown', EXIT.config, `views of the policy: ${known.join(', ')}`, 'correct --views');
  return {
    kind: 'views',
    views: views ?? [],
    fromMs: from === undefined ? Number.NEGATIVE_INFINITY : timeOf(from, '--from'),
    toMs: to === undefined ? Number.POSITIVE_INFINITY : timeOf(to, '--to'),
  };
};

const tell = (touched: readonly TouchedView[], { say }: Output): void => {
  if (touched.length === 0) say('nothing was touched');
  for (const { view, unit, purpose, windows, subjects } of touched) {
    say(`${view} (${purpose}): ${subjects} ${unit}s in ${windows.length} windows`);
    const rows = windows.map((window) => [
      new Date(window.windowEnd).toISOString(),
      window.records,
      window.released,
      window.subjects,
      window.classes,
      window.smallestClass,
    ]);
    for (const line of table(['window end', 'records', 'released', `${unit}s`, 'classes', 'smallest'], rows)) say(`  ${line}`);
  }
};

/** What the leak touched in a run over files, or in what each policy of a service decided. */
async function* touchedBy(flags: Flags): AsyncGenerator<{ policy: string | null; ok: boolean; touched: readonly TouchedView[] }> {
  const incidentOf = (plan: Plan): Incident => createIncident(leakOf(flags, plan.views.map(({ name }) => name))); // biome-ignore format: a call
  if (flags.config === undefined) {
    const inputs = fileInputs(flags);
    const found = incidentOf(requirePlan(flags.policy as string).plan);
    if (inputs.lineageKey === null) throw lacksKey('name it with --lineage-key');
    const { ok } = await verifyRun({ ...inputs, observe: found.see });
    yield { policy: null, ok, touched: found.touched() };
    return;
  }
  // Commands over files need not load a Kafka client.
  const { checkService } = await import('./service-checks.ts');
  const { service, plan: own } = requireConfig(flags.config);
  // Before the brokers are asked: a mistake of the command line, and what nothing can be told without.
  incidentOf(own);
  if (!existsSync(join(flags.keys ?? service.keys, 'lineage.key'))) throw lacksKey('it lies in the folder after --keys');
  let found: Incident | null = null;
  const observe = (plan: Plan): Incident['see'] => {
    found = incidentOf(plan);
    return found.see;
  };
  for await (const { digest, of } of checkService(flags.config, flags, observe))
    yield { policy: digest, ok: of?.report.ok === true, touched: of === null || found === null ? [] : (found as Incident).touched() };
}

const lacksKey = (next: string): CliError => new CliError('lineage-key-missing', EXIT.denied, 'the private key of the lineage', next);

async function incident(flags: Flags): Promise<void> {
  const output = outputOf(flags);
  const all: { policy: string | null; ok: boolean; touched: readonly TouchedView[] }[] = [];
  for await (const one of touchedBy(flags)) {
    if (one.policy !== null) output.say(`policy ${one.policy}`);
    tell(one.touched, output);
    if (!one.ok) output.say('the checker finds fault with this run: do not believe these figures before unjoin verify passes');
    all.push(one);
  }
  const ok = all.every((one) => one.ok);
  output.document(flags.config === undefined ? { ok, touched: all[0].touched } : { ok, policies: all });
  if (!ok) process.exitCode = EXIT.failed;
}
