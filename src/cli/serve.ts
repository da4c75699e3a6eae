import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../runtime/clock.ts';
import { openRecipients } from '../runtime/keys/recipients.ts';
import { openRing } from '../runtime/keys/ring.ts';
import { openKafkaLog } from '../runtime/log/kafka/log.ts';
import { ownTopics } from '../runtime/log/kafka/settings.ts';
import { codeOf, createLogger, type Logger } from '../runtime/logger.ts';
import { configuredRegistry } from '../runtime/registry/open.ts';
import { openResolver } from '../runtime/registry/resolver.ts';
import { readLayout } from '../runtime/service/options.ts';
import { type ProbeServer, serveProbes } from '../runtime/service/probes.ts';
import { type Service, startService } from '../runtime/service/service.ts';
import { requireConfig } from './config.ts';
import { EXIT, failureOf } from './exit.ts';
import { sayFailure } from './output.ts';

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

/** Runs the service until it is stopped or cannot go on. Only tools that inject faults open another log than Kafka's. */
export const serve = async (file: string, initialise: boolean, openLog = openKafkaLog): Promise<void> => {
  const { service: config, plan } = requireConfig(file);
  const { kafka, limits, tasks, topics, http, log } = config.config;
  const logger = createLogger(log.level, process.stderr);
  const startedMs = systemClock.nowMs();
  const views = plan.views.map(({ name }) => name);
  const keys = openRing(config.keys, { prf: plan.prf, create: initialise, views });
  const recipients = openRecipients(config.keys, { create: initialise });
  const registry = configuredRegistry(config.schemas);
  const { sources, views: viewTopics } = await readLayout(config, plan, registry);
  logger.log('started', { tasks, partitions: sources.length, views: views.length });
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
    gate = await startService({
      plan,
      keys,
      recipients,
      settings: config.settings,
      topics: ownTopics(topics.prefix),
      group: kafka.group,
      tasks,
      sources,
      views: viewTopics,
      schemas: registry === null ? null : openResolver({ registry, plan, nowMs: systemClock.nowMs, pause }),
      initialise,
      clock: systemClock,
      logger,
      sessionTimeoutMs: kafka.sessionTimeoutMs,
      transactionTimeoutMs: kafka.transactionTimeoutMs,
      fetchBytes: limits.fetchBytes,
      fetchWaitMs: limits.fetchWaitMs,
      heldEveryMs: limits.heldEveryMs,
      idleMs: limits.idleMs,
      openLog,
      onFatal: (error) => fail(error),
    });
    const error = await Promise.race([stopped(), failed]);
    logger.log('stopping', { tasks });
    if (error !== undefined) endWith(error, logger);
    await gate.stop();
  } finally {
    await probes?.close();
    registry?.close();
    logger.log('stopped', { tookMs: systemClock.nowMs() - startedMs });
  }
  // Everything is written and let go; a connection that a broker left half open must not keep the process.
  process.exit(EXIT.ok);
};
