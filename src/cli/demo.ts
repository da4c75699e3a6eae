import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { Command } from 'commander';
import { HOUR_MS } from '../model/time.ts';
import { explainRecord } from '../runtime/explain-files.ts';
import { policyFiles } from '../runtime/policy-files.ts';
import { runFiles } from '../runtime/run-files.ts';
import { firstOfEach } from '../runtime/samples.ts';
import { readRun } from '../runtime/verify-files.ts';
import { formatReport, verifyRun } from '../verify/index.ts';
import { assetPath, fleetCatalog, writeFleet } from './assets.ts';
import { EXIT } from './exit.ts';
import { explanationLines } from './explain.ts';
import { grouped, outputOf } from './output.ts';
import { requirePlan } from './policy.ts';
import { progressOf } from './progress.ts';
import { checkOut } from './run.ts';
import { described, whole } from './simulate.ts';
import { summaryLines } from './summary.ts';

const EXAMPLES = `
Examples:
  $ unjoin demo
  $ unjoin demo --events 20000 --devices 6000 --seed 7
  $ unjoin demo --out /tmp/unjoin-demo --json
`;

/** Two windows of the hourly views. */
const SPAN_MS = 2 * HOUR_MS;

interface Flags {
  readonly devices: number;
  readonly events: number;
  readonly seed: number;
  readonly out: string;
  readonly json?: boolean;
}

export function demoCommand(): Command {
  return new Command('demo')
    .description('simulate a fleet, put it through the gate, explain two records and let the checker judge')
    .option('--devices <n>', 'devices of the fleet, about three a household', whole, 60_000)
    .option('--events <n>', 'events', whole, 100_000)
    .option('--seed <n>', 'seed of the fleet', whole, 1)
    .option('--out <dir>', 'output folder', 'unjoin-demo')
    .option('--json', 'print summary and report as one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(demo);
}

async function demo(flags: Flags): Promise<void> {
  const output = outputOf(flags);
  const options = { devices: flags.devices, count: flags.events, seed: flags.seed, spanMs: SPAN_MS };
  described({ ...fleetCatalog(), ...options });
  checkOut(flags.out);
  const policy = assetPath('policies/smart-home.yaml');
  const { plan, text } = requirePlan(policy);
  const work = mkdtempSync(join(tmpdir(), 'unjoin-demo-'));
  const input = join(work, 'fleet.ndjson');
  try {
    const fleet = await writeFleet(input, options);
    output.say(
      `1. A made-up fleet: ${grouped(fleet.households)} households, ${grouped(fleet.devices)} devices, ${grouped(fleet.events)} events.`,
    );
    const progress = progressOf('   gate', fleet.events, 'records');
    const summary = await runFiles({ plan, inputs: [input], out: flags.out, format: 'ndjson', onStep: progress.at }).finally(progress.end);
    output.say('2. Through the gate (policies/smart-home.yaml):');
    for (const line of summaryLines(plan, summary)) output.say(`   ${line}`.trimEnd());
    output.say();
    output.say('3. One record released, one blocked:');
    const lineageKey = join(flags.out, 'keys', 'lineage.key');
    for (const at of await firstOfEach(flags.out, lineageKey)) {
      output.say(`   ${at.topic}:${at.partition}:${at.offset}`);
      for (const explanation of await explainRecord(flags.out, lineageKey, at)) {
        for (const line of explanationLines(explanation)) output.say(`     ${line}`);
      }
    }
    output.say();
    output.say('4. The checker, a program path of its own, on the raw events and what the run left:');
    const run = { in: [input], out: flags.out };
    const report = await verifyRun({ policyText: text, policyFile: policy, ...policyFiles(policy), ...readRun(run) });
    for (const line of formatReport(report)) output.say(`   ${line}`);
    output.say();
    output.say(`Output: ${relative('.', flags.out) || '.'} (views/ is all that analytics would see)`);
    output.say(`Checker: ${report.ok ? 'pass' : 'fail'}`);
    output.document({ summary, report });
    if (!report.ok) process.exitCode = EXIT.failed;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
