import { Command } from 'commander';
import type { Issue } from '../model/issue.ts';
import { TransportError } from '../model/log.ts';
import type { Plan } from '../model/plan.ts';
import { systemClock } from '../runtime/clock.ts';
import type { ServiceConfig } from '../runtime/config/read.ts';
import { isNamedByLog } from '../runtime/dataset/guarding.ts';
import { surveyDatasets } from '../runtime/dataset/survey.ts';
import { type Check, exitOf, fail, ok, skip, warn } from '../runtime/doctor/check.ts';
import { clusterChecks, reachChecks } from '../runtime/doctor/cluster.ts';
import { controlKeyChecks } from '../runtime/doctor/controls.ts';
import { datasetChecks } from '../runtime/doctor/datasets.ts';
import { diskCheck, keyChecks, memoryCheck, nodeCheck } from '../runtime/doctor/machine.ts';
import { reachBrokers } from '../runtime/doctor/reach.ts';
import { registryChecks } from '../runtime/doctor/registry.ts';
import { type KafkaSettings, ownTopics } from '../runtime/log/kafka/settings.ts';
import { provisionInput } from '../runtime/provision/input.ts';
import { configuredRegistry } from '../runtime/registry/open.ts';
import { type LoginFlags, settingsFor } from './cluster.ts';
import { requireConfig } from './config.ts';
import { CliError, EXIT, failureOf } from './exit.ts';
import { type Colors, outputOf } from './output.ts';

const EXAMPLES = `
Examples:
  $ unjoin doctor
  $ unjoin doctor -c unjoin.yaml
  $ unjoin doctor -c unjoin.yaml --user admin --password-file secrets/admin --json

Looks and changes nothing. Ends with 0 when nothing fails, else with the code of the first thing that does:
69 brokers and registry, 77 keys and rights, 78 configuration and topics, 1 anything else.
`;

interface Flags extends LoginFlags {
  readonly config?: string;
  readonly json?: boolean;
}

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('look at this machine, the configuration and the cluster, and say what to do next')
    .option('-c, --config <file>', 'configuration of the service')
    .option('--user <name>', 'log in as an operator, who may see more than the service')
    .option('--password-file <file>', 'password of that operator, a file of mode 0600')
    .option('--json', 'print the checks as one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(doctor);
}

const placeOf = ({ file, line, column }: Issue): string => `${file}:${line}:${column}`;

const issueCheck = (issue: Issue, exit: Check['exit']): Check =>
  (issue.severity === 'error' ? fail : warn)('configuration', `${placeOf(issue)} ${issue.code}: ${issue.message}`, issue.fix, exit);

interface Read {
  readonly found: { readonly service: ServiceConfig; readonly plan: Plan } | null;
  readonly checks: readonly Check[];
}

/** The configuration and its policy, or every reason why they cannot be used. */
const readAll = (file: string): Read => {
  try {
    const { service, plan, warnings } = requireConfig(file);
    const checks = [ok('configuration', file), ...warnings.map((issue) => issueCheck(issue, 78))];
    return { found: { service, plan }, checks };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    const exit = error.exit === EXIT.denied ? 77 : 78;
    if (error.issues.length > 0) return { found: null, checks: error.issues.map((issue) => issueCheck(issue, exit)) };
    return { found: null, checks: [fail('configuration', `${error.code}: expected ${error.message}`, error.next, exit)] };
  }
};

const NEXT = {
  unreachable: ['check that kafka.tls and kafka.sasl are those of the listener at this port', 69],
  denied: ['check the user and its password, and that the user may describe topics', 77],
  misconfigured: ['set up topics and brokers as unjoin provision does', 78],
} as const satisfies Readonly<Record<string, readonly [next: string, exit: Check['exit']]>>;

const brokerChecks = async (settings: KafkaSettings, { service, plan }: NonNullable<Read['found']>): Promise<Check[]> => {
  const reached = await reachBrokers(settings);
  const checks = reachChecks(reached, systemClock.nowMs());
  if (!reached.some(({ state }) => state === 'ok')) return [...checks, skip('cluster', 'no broker answers')];
  const { openAdmin } = await import('../runtime/log/kafka/admin.ts');
  try {
    const admin = await openAdmin(settings);
    const login =
      settings.sasl === null ? warn('login', 'without one', 'configure kafka.sasl') : ok('login', `as ${settings.sasl.username}`);
    const found = await clusterChecks(admin, provisionInput(service, plan), systemClock.nowMs()).finally(() => admin.close());
    return [...checks, login, ...found];
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    const [next, exit] = NEXT[error.code as keyof typeof NEXT] ?? NEXT.unreachable;
    return [...checks, fail('cluster', `${error.code}: expected ${failureOf(error, []).expected}`, next, exit)];
  }
};

const schemaChecks = async ({ service, plan }: NonNullable<Read['found']>): Promise<Check[]> => {
  const registry = configuredRegistry(service.schemas);
  if (registry === null) return [];
  const { prefix, sources } = service.config.topics;
  return registryChecks(registry, plan, ownTopics(prefix), sources).finally(() => registry.close());
};

/** Datasets of the policy; which index is in force stands on the control topic, where signers say it. */
const datasetStatuses = async (settings: KafkaSettings, { service, plan }: NonNullable<Read['found']>): Promise<Check[]> => {
  const { datasets, keys, config } = service;
  if (plan.datasets.length === 0 || datasets === null) return [];
  try {
    const { kafkaControlLog } = await import('../runtime/log/kafka/controls.ts');
    const log = kafkaControlLog(settings, ownTopics(config.topics.prefix).control);
    const nowMs = systemClock.nowMs();
    const lines = isNamedByLog(plan) ? await log.lines() : null;
    return datasetChecks(surveyDatasets(plan, { index: datasets, keys }, lines, nowMs), nowMs);
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    return [skip('dataset', 'the control topic, which names the indexes in force, cannot be read')];
  }
};

/** Control keys of the folder, beside what the control topic says of them. */
const controlKeyStatuses = async (settings: KafkaSettings, { service, plan }: NonNullable<Read['found']>): Promise<Check[]> => {
  if (plan.signers.length === 0) return [];
  try {
    const { kafkaControlLog } = await import('../runtime/log/kafka/controls.ts');
    const log = kafkaControlLog(settings, ownTopics(service.config.topics.prefix).control);
    return controlKeyChecks(plan, service.keys, await log.lines(), systemClock.nowMs());
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    return [skip('control key', 'the control topic, which names the keys in force, cannot be read')];
  }
};

const lineOf = ({ name, status, told, next }: Check, colors: Colors): string[] => {
  const paint = { ok: colors.green, warn: colors.yellow, fail: colors.red, skip: colors.dim }[status];
  return [`${paint(status.padEnd(4))}  ${name.padEnd(13)}  ${told}`, ...(next === null ? [] : [`      ${colors.dim('next:')} ${next}`])];
};

async function doctor(flags: Flags): Promise<void> {
  const output = outputOf(flags);
  const checks: Check[] = [];
  const add = (...more: readonly Check[]): void => {
    for (const check of more) for (const line of lineOf(check, output.colors)) output.say(line);
    checks.push(...more);
  };
  add(nodeCheck(process.version));
  if (flags.config === undefined) add(diskCheck(process.cwd()), skip('configuration', 'none was named', 'unjoin doctor -c <file>'));
  else {
    const { found, checks: told } = readAll(flags.config);
    add(...told);
    if (found !== null) {
      const { service } = found;
      add(...keyChecks(service.keys), diskCheck(service.keys), memoryCheck(service.config.limits.rssMiB));
      const brokers = await brokerChecks(settingsFor(service.settings, flags), found);
      add(...brokers);
      add(...(await schemaChecks(found)));
      add(...(await datasetStatuses(settingsFor(service.settings, flags), found)));
      // Where no broker answers, the topic would only be waited for.
      if (!brokers.some(({ name, status }) => name === 'cluster' && status !== 'ok'))
        add(...(await controlKeyStatuses(settingsFor(service.settings, flags), found)));
    }
  }
  const count = (status: Check['status']): number => checks.filter((check) => check.status === status).length;
  output.say(`${count('ok')} ok, ${count('warn')} warn, ${count('fail')} fail, ${count('skip')} skip`);
  output.document({ checks, ok: exitOf(checks) === 0 });
  process.exitCode = exitOf(checks);
}
