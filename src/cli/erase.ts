import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Command } from 'commander';
import { createControlFold } from '../control/fold.ts';
import { readControlFile } from '../runtime/control/file.ts';
import { verifyRun } from '../verify/index.ts';
import { aboutSubjects, type SubjectFlags, subjectsOf } from './consent.ts';
import { CliError, EXIT } from './exit.ts';
import { type Output, outputOf } from './output.ts';
import { requirePlan } from './policy.ts';
import { type Listed, pseudonymsOf, writePseudonyms } from './pseudonyms.ts';
import { groundOf, type SayFlags, saying, sayRecords, tellSaid } from './say.ts';
import { fileInputs, type RunFlags } from './verify.ts';

const EXAMPLES = `
Examples:
  $ unjoin erase -c unjoin.yaml --as officer --key officer.key --account - < request.txt
  $ unjoin erase --policy P.yaml --controls control.ndjson --as officer --key officer.key --device SN-1 --dry-run
  $ unjoin erase verify --policy P.yaml --in fleet.ndjson.gz --out out --keys keys --controls control.ndjson

The subject leaves the windows that are open now before they close, and everything that comes later is dropped. What left
before it is in classes of k and names nobody; but what it authorised stands under pseudonyms, which --pseudonyms lists for those
who read it. Quarantine, sealed, expires by itself. \`unjoin verify\` proves it (I14).
`;

interface Flags extends SayFlags, SubjectFlags {
  readonly pseudonyms?: string;
}

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
    .option('--pseudonyms <file>', 'write what readers of authorised outputs have to delete: period, view, pseudonym')
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

const tellListed = ({ pseudonyms, unlisted }: Listed, { say }: Output): void => {
  if (pseudonyms.length > 0)
    say(`to be deleted by readers of authorised outputs: ${pseudonyms.length} pseudonym${pseudonyms.length === 1 ? '' : 's'}`);
  for (const period of unlisted)
    say(`${period} was authorised, and this key folder has no key of it: nothing left yet, or the service has another folder`);
};

/** Says it, and tells what readers of authorised outputs have to delete: by pseudonyms, never by an id. */
async function erase(flags: Flags): Promise<void> {
  const output = outputOf(flags);
  const ground = await groundOf(flags);
  const subjects = await subjectsOf(flags, ground);
  if (flags.pseudonyms !== undefined && !existsSync(dirname(resolve(flags.pseudonyms))))
    throw new CliError('usage', EXIT.config, 'a file in a folder that is there after --pseudonyms', 'check its path');
  const listed = await pseudonymsOf(ground, subjects);
  // Written first: who erased somebody has to know what to have deleted.
  if (flags.pseudonyms !== undefined && flags.dryRun !== true) writePseudonyms(flags.pseudonyms, listed);
  const said = await sayRecords(
    flags,
    ground,
    subjects.map((subject) => ({ kind: 'erasure', subject })),
  );
  tellSaid(flags)(said, output);
  tellListed(listed, output);
  output.document({ dryRun: flags.dryRun === true, said, ...listed });
}
