import { systemClock } from '../runtime/clock.ts';
import { openRecipients } from '../runtime/keys/recipients.ts';
import { openRing } from '../runtime/keys/ring.ts';
import { ownTopics } from '../runtime/log/kafka/settings.ts';
import { codeOf, createLogger } from '../runtime/logger.ts';
import { readLayout } from '../runtime/service/options.ts';
import { type ProbeServer, serveProbes } from '../runtime/service/probes.ts';
import { type Service, startService } from '../runtime/service/service.ts';
import { requireConfig } from './config.ts';
import { EXIT, failureOf } from './exit.ts';
import { sayFailure } from './output.ts';

/** Defaults of what the configuration may leave out. */
const DEFAULTS = {
  fetchBytes: 4 << 20,
  fetchWaitMs: 200,
  heldEveryMs: 10_000,
  idleMs: 30_000,
  sessionTimeoutMs: 10_000,
  transactionTimeoutMs: 15_000,
};

/** Resolves when somebody stops the process. */
const stopped = (): Promise<void> =>
  new Promise((resolve) => {
    process.once('SIGINT', () => resolve()).once('SIGTERM', () => resolve());
  });

/** Runs the service until it is stopped or cannot go on. */
export const serve = async (file: string, initialise: boolean): Promise<void> => {
  const { service: config, plan } = requireConfig(file);
  const { kafka, limits, tasks, topics, http, log } = config.config;
  const logger = createLogger(log?.level ?? 'info', process.stderr);
  const startedMs = systemClock.nowMs();
  const views = plan.views.map(({ name }) => name);
  const keys = openRing(config.keys, { prf: plan.prf, create: initialise, views });
  const recipients = openRecipients(config.keys, { create: initialise });
  const { sources, views: viewTopics } = await readLayout(config, plan);
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
      initialise,
      clock: systemClock,
      logger,
      sessionTimeoutMs: kafka.sessionTimeoutMs ?? DEFAULTS.sessionTimeoutMs,
      transactionTimeoutMs: kafka.transactionTimeoutMs ?? DEFAULTS.transactionTimeoutMs,
      fetchBytes: limits?.fetchBytes ?? DEFAULTS.fetchBytes,
      fetchWaitMs: limits?.fetchWaitMs ?? DEFAULTS.fetchWaitMs,
      heldEveryMs: limits?.heldEveryMs ?? DEFAULTS.heldEveryMs,
      idleMs: limits?.idleMs ?? DEFAULTS.idleMs,
      onFatal: (error) => fail(error),
    });
    const error = await Promise.race([stopped(), failed]);
    logger.log('stopping', { tasks });
    if (error === undefined) return await gate.stop();
    // Nothing is finished: whoever comes next begins where the ledger stands.
    const failure = failureOf(error, []);
    logger.log('failed', { error: codeOf(error), exit: failure.exit });
    sayFailure(failure, false);
    process.exit(failure.exit === EXIT.ok ? EXIT.bug : failure.exit);
  } finally {
    await probes?.close();
    logger.log('stopped', { tookMs: systemClock.nowMs() - startedMs });
  }
};
