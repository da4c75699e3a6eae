#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { auditCommand } from './audit.ts';
import { bindCommand } from './bind.ts';
import { consentCommand } from './consent.ts';
import { controlsCommand } from './controls.ts';
import { demoCommand } from './demo.ts';
import { doctorCommand } from './doctor.ts';
import { eraseCommand } from './erase.ts';
import { EXIT, failureOf } from './exit.ts';
import { explainCommand } from './explain.ts';
import { incidentCommand } from './incident.ts';
import { keysCommand } from './keys.ts';
import { lintCommand } from './lint.ts';
import { sayFailure } from './output.ts';
import { periodCommand } from './period.ts';
import { policyCommand } from './policy-diff.ts';
import { profileCommand } from './profile.ts';
import { provisionCommand } from './provision.ts';
import { quarantineCommand } from './quarantine.ts';
import { registerCommand } from './register.ts';
import { runCommand } from './run.ts';
import { shutdownCommand } from './shutdown.ts';
import { simulateCommand } from './simulate.ts';
import { verifyCommand } from './verify.ts';

/** Every command, one file each; a new one is one line here. */
const COMMANDS: readonly (() => Command)[] = [
  demoCommand,
  runCommand,
  registerCommand,
  simulateCommand,
  lintCommand,
  policyCommand,
  explainCommand,
  verifyCommand,
  auditCommand,
  quarantineCommand,
  bindCommand,
  consentCommand,
  profileCommand,
  eraseCommand,
  periodCommand,
  controlsCommand,
  keysCommand,
  incidentCommand,
  shutdownCommand,
  provisionCommand,
  doctorCommand,
];

const EXAMPLES = `
Examples:
  $ unjoin demo
  $ unjoin simulate --devices 60000 --count 200000 --to fleet.ndjson.gz
  $ unjoin run --policy policies/smart-home.yaml --in fleet.ndjson.gz --out out
  $ unjoin verify --policy policies/smart-home.yaml --in fleet.ndjson.gz --out out
  $ unjoin help simulate

Exit codes: 0 ok, 1 check failed, 65 bad data, 69 unavailable, 70 bug, 75 try again, 77 not permitted, 78 bad configuration
`;

/** The command line as Commander sees it: refusals are thrown, so that one place decides the exit code. */
function programOf(): Command {
  const program = new Command('unjoin')
    .description('A streaming de-identification gate for smart-device telemetry: releases only what cannot be joined back to a person.')
    .version(version(), '-V, --version', 'print the version')
    .showSuggestionAfterError()
    .showHelpAfterError('(try unjoin --help)')
    .exitOverride()
    .addHelpText('after', EXAMPLES);
  for (const make of COMMANDS) {
    const command = make();
    inherit(command, program);
    program.addCommand(command);
  }
  return program;
}

/** A command and its own commands behave as the program does. */
const inherit = (command: Command, parent: Command): void => {
  command.copyInheritedSettings(parent);
  for (const own of command.commands) inherit(own, command);
};

/** From package.json, which lies two folders above both src/cli and dist/cli. */
const version = (): string => JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;

function fail(error: unknown): void {
  const args = process.argv.slice(2);
  const failure = failureOf(error, args);
  sayFailure(failure, args.includes('--json'));
  process.exitCode = failure.exit;
}

// A reader that had enough (`| head`) is no failure; anything else that escapes a command ends the process at once.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  fail(error);
  process.exit();
});
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => {
    fail(error);
    process.exit();
  });
}

await programOf().parseAsync().catch(fail);
// All is done and said: nothing that a library left open may keep the process, or a supervisor waits for it.
for (const stream of [process.stdout, process.stderr]) await new Promise<void>((resolve) => void stream.write('', () => resolve()));
process.exit();
