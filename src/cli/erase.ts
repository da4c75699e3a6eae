import { Command } from 'commander';
import { createControlFold } from '../control/fold.ts';
import { readControlFile } from '../runtime/control/file.ts';
import { verifyRun } from '../verify/index.ts';
import { aboutSubjects, type SubjectFlags, subjectsOf } from './consent.ts';
import { CliError, EXIT } from './exit.ts';
import { outputOf } from './output.ts';
import { requirePlan } from './policy.ts';
import { type SayFlags, say, saying } from './say.ts';
import { fileInputs, type RunFlags } from './verify.ts';

const EXAMPLES = `
Examples:
  $ unjoin erase -c unjoin.yaml --as officer --key officer.key --account - < request.txt
  $ unjoin erase --policy P.yaml --controls control.ndjson --as officer --key officer.key --device SN-1 --dry-run
  $ unjoin erase verify --policy P.yaml --in fleet.ndjson.gz --out out --keys keys --controls control.ndjson

The subject leaves the windows that are open now before they close, and everything that comes later is dropped. What left
before it is in classes of k and names nobody. Quarantine, sealed, expires by itself. \`unjoin verify\` proves it (I14).
`;

interface Flags extends SayFlags, SubjectFlags {}

export function eraseCommand(): Command {
  const verify = new Command('verify')
    .description('show that nothing of who was erased left: by the raw data, by a program path of its own')
    .option('--policy <file>', 'the policy of the run')
    .option('--in <file...>', 'the input files of the run, in the same order')
    .option('--out <dir>', 'the output folder of the run')
    .option('--keys <dir>', 'key folder of the run (default: <out>/keys)')
    .option('--controls <file>', 'the control log of the run')
    .option('--json', 'print the result as one JSON document')
    .action((_, command: Command) => verifyErasures(command.optsWithGlobals<RunFlags>()));
  return aboutSubjects(saying(new Command('erase').description('erase a subject: nothing of it leaves any more')))
    .addHelpText('after', EXAMPLES)
    .action(erase)
    .addCommand(verify);
}

/** What has to hold before an erasure may be called done: who is counted, that every record is accounted for, and I14 itself. */
const NEEDED = ['I1', 'I2', 'I14', 'I19'];

/** A gate that did nothing must not pass: without an erasure that was applied, or without the keys to look, this fails. */
async function verifyErasures(flags: RunFlags): Promise<void> {
  const output = outputOf(flags);
  if (flags.controls === undefined) throw new CliError('usage', EXIT.config, 'the control log after --controls', 'see --help');
  const { plan } = requirePlan(flags.policy ?? '');
  const fold = createControlFold(plan);
  const verdicts = readControlFile(flags.controls).map((line) => fold.take(line));
  const erasures = verdicts.filter(({ kind, refusal }) => kind === 'erasure' && refusal === null).length;
  const report = await verifyRun(fileInputs(flags));
  const needed = report.findings.filter(({ id }) => NEEDED.includes(id));
  const isShown = erasures > 0 && needed.every(({ verdict }) => verdict === 'pass');
  output.say(`${erasures} erasures were applied`);
  for (const { id, verdict, note } of needed) output.say(`${id}  ${verdict}${note === '' ? '' : `  [${note}]`}`);
  output.say(isShown ? 'nothing of who was erased left afterwards' : 'it is not shown that erasures were carried out');
  output.document({ ok: isShown, erasures, findings: needed });
  if (!isShown) process.exitCode = EXIT.failed;
}

const erase = (flags: Flags): Promise<void> =>
  say(flags, (ground) => subjectsOf(flags, ground).map((subject) => ({ kind: 'erasure', subject })));
