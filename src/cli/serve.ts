import { KeyError, type Keys } from '../model/keys.ts';
import type { Plan } from '../model/plan.ts';
import { systemClock } from '../runtime/clock.ts';
import type { ServiceConfig } from '../runtime/config/read.ts';
import { openRecipients, type Recipients } from '../runtime/keys/recipients.ts';
import { openRing } from '../runtime/keys/ring.ts';
import { ownTopics } from '../runtime/log/kafka/settings.ts';
import { codeOf, createLogger, type Logger } from '../runtime/logger.ts';
import { readLayout } from '../runtime/service/options.ts';
import { type ProbeServer, serveProbes } from '../runtime/service/probes.ts';
import { type Service, startService } from '../runtime/service/service.ts';
import { withBrokers } from './cluster.ts';
import { requireConfig } from './config.ts';
import { CliError, EXIT, failureOf } from './exit.ts';
import { sayFailure } from './output.ts';

/** The keys of the service. What is wrong with them is told at the line of the configuration that names them: 77. */
const openKeys = (config: ServiceConfig, plan: Plan, create: boolean): { readonly keys: Keys; readonly recipients: Recipients } => {
  try {
    const views = plan.views.map(({ name }) => name);
    return { keys: openRing(config.keys, { prf: plan.prf, create, views }), recipients: openRecipients(config.keys, { create }) };
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    const { file, locate } = config.place;
    const fix = 'restore the folder and let it and its files belong to the service alone; before the very first start: --initialise';
    const issue = { code: error.code, severity: 'error', file, ...locate(['keys']), message: `expected ${error.message}`, fix } as const;
    throw new CliError(error.code, EXIT.denied, error.message, 'correct the folder that is named above', [issue]);
  }
};

/** Resolves when somebody stops the process. */
const stopped = (): Promise<void> =>
  new Promise((resolve) => {
    process.once('SIGINT', () => resolve()).once('SIGTERM', () => resolve());
  });

/** Ends at once: nothing is finished, and whoever comes next begins where the ledger stands. */
const endWith = (error: unknown, logger: Logger): never => {
  const failure = failureOf(error, []);
  logger.log('failed', { error: codeOf(error), exit: failure.exit });
  sayFailure(failure, false);
  process.exit(failure.exit === EXIT.ok ? EXIT.bug : failure.exit);
};

/** Runs the service until it is stopped or cannot go on. */
export const serve = async (file: string, initialise: boolean): Promise<void> => {
  const { service: config, plan } = requireConfig(file);
  const { kafka, limits, tasks, topics, http, log } = config.config;
  const logger = createLogger(log.level, process.stderr);
  const startedMs = systemClock.nowMs();
  const { keys, recipients } = openKeys(config, plan, initialise);
  let fail = (_: unknown): void => {};
  const failed = new Promise<unknown>((resolve) => {
    fail = resolve;
  });
  let probes: ProbeServer | null = null;
  let gate: Service | null = null;
  const probed = {
    isLive: () => gate?.isLive() ?? true,
    isReady: () => gate?.isReady() ?? false,
    metrics: async () => ({ type: gate?.metrics.contentType ?? 'text/plain', text: (await gate?.metrics.text()) ?? '' }),
  };
  try {
    probes = await serveProbes(probed, http.host, http.port);
    const { sources, views } = await withBrokers(config.settings, () => readLayout(config, plan));
    logger.log('started', { tasks, partitions: sources.length, views: views.length });
    gate = await startService({
      plan,
      keys,
      recipients,
      settings: config.settings,
      topics: ownTopics(topics.prefix),
      group: kafka.group,
      tasks,
      sources,
      views,
      initialise,
      clock: systemClock,
      logger,
      sessionTimeoutMs: kafka.sessionTimeoutMs,
      transactionTimeoutMs: kafka.transactionTimeoutMs,
      fetchBytes: limits.fetchBytes,
      fetchWaitMs: limits.fetchWaitMs,
      heldEveryMs: limits.heldEveryMs,
      idleMs: limits.idleMs,
      onFatal: (error) => fail(error),
    });
    const error = await Promise.race([stopped(), failed]);
    logger.log('stopping', { tasks });
    if (error !== undefined) endWith(error, logger);
    await gate.stop();
  } finally {
    await probes?.close();
    if (gate !== null) logger.log('stopped', { tookMs: systemClock.nowMs() - startedMs });
  }
  // Everything is written and let go; a connection that a broker left half open must not keep the process.
  process.exit(EXIT.ok);
};
