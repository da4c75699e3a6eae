import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { createComposer, type SigningKey } from '../control/compose.ts';
import type { ControlVerdict } from '../control/fold.ts';
import { REFUSALS } from '../control/refusals.ts';
import type { ControlRecord, ControlSubject } from '../control/shape.ts';
import { type SubjectKind, subjectOf } from '../control/subject.ts';
import type { Plan } from '../model/plan.ts';
import { openSealSession } from '../record/seal.ts';
import { createManualClock, systemClock } from '../runtime/clock.ts';
import { fileControlLog } from '../runtime/control/file-log.ts';
import type { ControlLog } from '../runtime/control/log.ts';
import { openRecipients } from '../runtime/keys/recipients.ts';
import { loadSigner } from '../runtime/keys/signers.ts';
import { withBrokers } from './cluster.ts';
import { requireConfig } from './config.ts';
import { CliError, EXIT } from './exit.ts';
import { namingKeys } from './naming-keys.ts';
import { type Output, outputOf } from './output.ts';
import { requirePlan } from './policy.ts';

/** Flags of every command that says something on the control log. */
export interface SayFlags {
  readonly config?: string;
  readonly policy?: string;
  readonly controls?: string;
  readonly keys?: string;
  readonly as?: string;
  readonly key?: string;
  readonly with?: string;
  readonly withKey?: string;
  readonly at?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Adds those flags to a command. */
export const saying = (command: Command): Command =>
  command
    .option('-c, --config <file>', "the service's configuration: its policy, keys and control topic")
    .option('--policy <file>', 'without -c: the policy')
    .option('--controls <file>', 'without -c: the control log, made when it does not exist')
    .option('--keys <dir>', 'key folder with the control key (default: that of -c)')
    .option('--as <signer>', 'who says it: a signer of the policy')
    .option('--key <file>', "the signer's private key")
    .option('--with <signer>', 'a second signer, where two are needed')
    .option('--with-key <file>', "the second signer's private key")
    .addOption(new Option('--at <time>', 'in a file: when it counts as said, ISO 8601 (default: now)').conflicts('config'))
    .option('--dry-run', 'judge the record as a gate would, and write nothing')
    .option('--json', 'print the result as one JSON document');

/** Where a command reads and writes, and by which policy. */
export interface Ground {
  readonly plan: Plan;
  readonly log: ControlLog;
  readonly keys: string;
  readonly nowMs: () => number;
  /** Does something with the log; who does not answer ends the command with 69. */
  within<T>(work: () => Promise<T>): Promise<T>;
}

const usage = (expected: string, next: string): CliError => new CliError('usage', EXIT.config, expected, next);

/** A time that somebody typed, in ms. */
export const timeOf = (text: string, flag: string): number => {
  const ms = /^\d{4}-\d{2}-\d{2}T/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw usage(`a time such as 2026-12-01T00:00:00Z after ${flag}`, 'write it in ISO 8601');
  return ms;
};

export const checkSigners = (plan: Plan): void => {
  if (plan.signers.length === 0)
    throw new CliError(
      'controls-without-signers',
      EXIT.config,
      'a policy that names `signers`',
      'add them: unjoin keys signer makes a key',
    );
};

/** Opens the control log that the flags name. */
export const groundOf = async (flags: SayFlags): Promise<Ground> => {
  if (flags.config !== undefined) {
    const { service, plan } = requireConfig(flags.config);
    checkSigners(plan);
    // Commands over files need not load a Kafka client.
    const { kafkaControlLog } = await import('../runtime/log/kafka/controls.ts');
    const topic = `${service.config.topics.prefix}control`;
    const log = kafkaControlLog(service.settings, topic);
    return { plan, log, keys: flags.keys ?? service.keys, nowMs: systemClock.nowMs, within: (work) => withBrokers(service.settings, work) };
  }
  const { policy, controls, keys } = flags;
  if (policy === undefined || controls === undefined) throw usage('-c for the service, or --policy and --controls for files', 'see --help');
  const { plan } = requirePlan(policy);
  checkSigners(plan);
  if (!existsSync(dirname(resolve(controls)))) throw usage('a folder for the control log', 'check the path after --controls');
  const clock = flags.at === undefined ? systemClock : createManualClock(timeOf(flags.at, '--at'));
  return { plan, log: fileControlLog(resolve(controls), clock), keys: keys ?? 'keys', nowMs: clock.nowMs, within: (work) => work() };
};

export const signersOf = ({ as, key, with: second, withKey }: SayFlags): readonly [SigningKey, ...SigningKey[]] => {
  if (as === undefined || key === undefined)
    throw usage('--as and --key: who says it, and their private key', 'unjoin keys signer makes a key');
  if ((second === undefined) !== (withKey === undefined)) throw usage('--with and --with-key together', 'name both, or neither');
  const load = (file: string) => {
    if (!existsSync(file))
      throw new CliError('signer-key-missing', EXIT.denied, "a signer's private key", 'check the path after --key and --with-key');
    return loadSigner(file);
  };
  const first = { name: as, key: load(key) };
  return second === undefined || withKey === undefined ? [first] : [first, { name: second, key: load(withKey) }];
};

/** Ids that a flag gives: itself, or the lines of stdin for `-`, so that they stand in no list of processes. */
export const idsOf = (given: string): readonly string[] => {
  if (given !== '-') return [given];
  const ids = readFileSync(0, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (ids.length === 0) throw usage('ids on stdin, one a line', 'pipe them in');
  return ids;
};

/** Makes subjects of ids: tokens under the control keys that the log names, ids sealed to the operator. */
export const subjectMaker = async (ground: Ground): Promise<(kind: SubjectKind, id: string) => ControlSubject> => {
  const { plan, keys } = ground;
  const control = await namingKeys(ground);
  const session = openSealSession(openRecipients(keys, { create: false }).operator, 'control');
  return (kind, id) => {
    const subject = subjectOf(plan, kind, id, control, (aad, plaintext) => session.seal(aad, plaintext));
    if (subject === null)
      throw new CliError(
        'subject-unknown',
        EXIT.config,
        `an event of the policy that says which ${kind} it is of`,
        `add \`${kind}\` to the events`,
      );
    return subject;
  };
};

export const refuse = ({ refusal, kind }: ControlVerdict): never => {
  throw new CliError(
    `control-${refusal}`,
    refusal === 'no-right' || refusal === 'one-signer' || refusal === 'unknown-signer' || refusal === 'wrong-signature'
      ? EXIT.denied
      : EXIT.config,
    `a ${kind ?? 'control'} record that a gate takes: ${REFUSALS[refusal as keyof typeof REFUSALS]}`,
    'nothing was written; correct it, or look at `unjoin controls list`',
  );
};

/** What was said, for scripts. */
export interface Said {
  readonly kind: string;
  readonly offset: number;
  readonly appendMs: number;
}

/**
 * Says records on the control log, each as the next of its signer. What a gate would refuse is not written, and ends the command
 * before anything that follows it.
 */
export const sayRecords = async (flags: SayFlags, ground: Ground, records: readonly ControlRecord[]): Promise<readonly Said[]> => {
  const signers = signersOf(flags);
  return ground.within(async () => {
    const composer = createComposer(ground.plan, await ground.log.lines());
    const said: Said[] = [];
    for (const record of records) {
      const { envelope, verdict } = composer.next(record, signers, ground.nowMs());
      if (verdict.refusal !== null) refuse(verdict);
      const at = flags.dryRun ? { offset: verdict.offset, appendMs: verdict.appendMs } : await ground.log.append(envelope);
      said.push({ kind: record.kind, ...at });
    }
    await ground.log.close();
    return said;
  });
};

/** The whole way of a command that says records: opens, says, tells. */
export const say = async (
  flags: SayFlags,
  make: (ground: Ground) => readonly ControlRecord[] | Promise<readonly ControlRecord[]>,
  tell: (said: readonly Said[], output: Output) => void = tellSaid(flags),
): Promise<void> => {
  const output = outputOf(flags);
  const ground = await groundOf(flags);
  const said = await sayRecords(flags, ground, await make(ground));
  tell(said, output);
  output.document({ dryRun: flags.dryRun === true, said });
};

/** Tells what was said, in one line. */
export const tellSaid =
  ({ dryRun }: SayFlags) =>
  (said: readonly Said[], output: Output): void => {
    const [first] = said;
    const what = said.length === 1 ? `${first.kind} record` : `${said.length} ${first.kind} records`;
    const when = new Date(first.appendMs).toISOString();
    output.say(
      dryRun
        ? `${what} would be taken; nothing was written`
        : `${what} written at ${when}, offset ${first.offset}${said.length > 1 ? ' and on' : ''}`,
    );
  };
