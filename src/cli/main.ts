#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { EXIT, failureOf } from './exit.ts';
import { sayFailure } from './output.ts';

/** Every command, one file each; a new one is one line here. A command line loads what it names: all of them take a second. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  demo: async () => (await import('./demo.ts')).demoCommand(),
  run: async () => (await import('./run.ts')).runCommand(),
  register: async () => (await import('./register.ts')).registerCommand(),
  datasets: async () => (await import('./datasets.ts')).datasetsCommand(),
  simulate: async () => (await import('./simulate.ts')).simulateCommand(),
  lint: async () => (await import('./lint.ts')).lintCommand(),
  policy: async () => (await import('./policy-diff.ts')).policyCommand(),
  explain: async () => (await import('./explain.ts')).explainCommand(),
  verify: async () => (await import('./verify.ts')).verifyCommand(),
  audit: async () => (await import('./audit.ts')).auditCommand(),
  quarantine: async () => (await import('./quarantine.ts')).quarantineCommand(),
  bind: async () => (await import('./bind.ts')).bindCommand(),
  consent: async () => (await import('./consent.ts')).consentCommand(),
  profile: async () => (await import('./profile.ts')).profileCommand(),
  erase: async () => (await import('./erase.ts')).eraseCommand(),
  period: async () => (await import('./period.ts')).periodCommand(),
  controls: async () => (await import('./controls.ts')).controlsCommand(),
  keys: async () => (await import('./keys.ts')).keysCommand(),
  incident: async () => (await import('./incident.ts')).incidentCommand(),
  shutdown: async () => (await import('./shutdown.ts')).shutdownCommand(),
  provision: async () => (await import('./provision.ts')).provisionCommand(),
  doctor: async () => (await import('./doctor.ts')).doctorCommand(),
};

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
async function programOf(name: string | undefined): Promise<Command> {
  const program = new Command('unjoin')
    .description('A streaming de-identification gate for smart-device telemetry: releases only what cannot be joined back to a person.')
    .version(version(), '-V, --version', 'print the version')
    .showSuggestionAfterError()
    .showHelpAfterError('(try unjoin --help)')
    .exitOverride()
    .addHelpText('after', EXAMPLES);
  const named = name !== undefined && Object.hasOwn(COMMANDS, name) ? [COMMANDS[name]] : Object.values(COMMANDS);
  for (const command of await Promise.all(named.map((load) => load()))) {
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

await programOf(process.argv[2])
  .then((program) => program.parseAsync())
  .catch(fail);
// All is done and said: nothing that a library left open may keep the process, or a supervisor waits for it.
for (const stream of [process.stdout, process.stderr]) await new Promise<void>((resolve) => void stream.write('', () => resolve()));
process.exit();
