import { join } from 'node:path';
import { systemClock } from '../runtime/clock.ts';
import type { ServiceConfig } from '../runtime/config/read.ts';
import { openKafkaLog } from '../runtime/log/kafka/log.ts';
import { ownTopics } from '../runtime/log/kafka/settings.ts';
import { codeOf, createLogger, type Logger } from '../runtime/logger.ts';
import { openPlanStore } from '../runtime/plan-store.ts';
import { configuredRegistry } from '../runtime/registry/open.ts';
import { openBegun } from '../runtime/service/begun.ts';
import { alignmentOf, createGenerations, type Generations } from '../runtime/service/generations.ts';
import { createSweep, fetchBytesOf } from '../runtime/service/pressure.ts';
import { type ProbeServer, serveProbes } from '../runtime/service/probes.ts';
import { type Service, startService } from '../runtime/service/service.ts';
import { requireConfig } from './config.ts';
import { EXIT, failureOf } from './exit.ts';
import { findGeneration, type Means, openKeys, openPublicKeys, readGround, reloadGeneration, resolverOf } from './generation.ts';
import { openLibrary, rereadDatasets } from './library.ts';
import { sayFailure } from './output.ts';
import { type Gatehouse, LoosensError, type Newcomer, openGatehouse, requirePassage } from './passage.ts';

const MIB = 1 << 20;

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

/** Reads the policy again. One that does not load changes nothing, and says why. */
const reload = async (means: Means, service: Service, generations: Generations, gatehouse: Gatehouse, logger: Logger): Promise<void> => {
  const loadedAtMs = systemClock.nowMs();
  const { plan } = generations.wanted();
  try {
    const next = await reloadGeneration(means, plan, gatehouse);
    if (next !== null && next.accepted > 0) logger.log('policy-accepted', { plans: next.accepted });
    service.want(next?.generation ?? generations.wanted(), loadedAtMs);
    if (next === null) rereadDatasets(generations.wanted(), logger);
    if (next === null) logger.log('policy-same', {});
    else logger.log('policy-loaded', { views: next.generation.plan.views.length, alignMs: alignmentOf(plan, next.generation.plan) });
  } catch (error) {
    const failure = failureOf(error, []);
    if (error instanceof LoosensError) logger.log('policy-loosens', { changes: error.changes, exit: failure.exit });
    else logger.log('policy-refused', { issues: failure.issues.length, exit: failure.exit });
    sayFailure(failure, false);
  }
};

/** One piece of work after another, each for all the hang-ups that came before it began. Those that come before `start` are kept. */
const watchHangups = () => {
  let work: (() => Promise<void>) | null = null;
  let isAsked = false;
  const run = async (): Promise<void> => {
    const doing = work;
    if (doing === null) return;
    work = null;
    while (isAsked) {
      isAsked = false;
      await doing();
    }
    work = doing;
  };
  process.on('SIGHUP', () => {
    isAsked = true;
    void run();
  });
  return {
    start(of: () => Promise<void>): void {
      work = of;
      void run();
    },
  };
};

/** What the configuration and this machine say of a service. */
const settled = ({ config, settings, keys }: ServiceConfig) => ({
  settings,
  topics: ownTopics(config.topics.prefix),
  group: config.kafka.group,
  tasks: config.tasks,
  begun: openBegun(join(keys, 'begun'), config.topics.prefix),
  clock: systemClock,
  sessionTimeoutMs: config.kafka.sessionTimeoutMs,
  transactionTimeoutMs: config.kafka.transactionTimeoutMs,
  fetchBytes: fetchBytesOf(config.limits.fetchBytes, config.limits.rssMiB * MIB, config.tasks),
  fetchWaitMs: config.limits.fetchWaitMs,
  heldEveryMs: config.limits.heldEveryMs,
  idleMs: config.limits.idleMs,
  skewMs: config.limits.skewMs,
  delayObjectiveMs: config.delayObjectiveMs,
  capBytes: config.limits.rssMiB * MIB,
  rssBytes: () => process.memoryUsage.rss(),
  sweep: createSweep(),
});

/** Refuses a start with a policy that loosens one by which a task decides, unless somebody accepted that. */
const admit = async (newcomer: Newcomer, inForce: readonly string[], gatehouse: Gatehouse, logger: Logger): Promise<void> => {
  await gatehouse.reread(inForce);
  const plans = requirePassage(newcomer, inForce, gatehouse, true);
  if (plans > 0) logger.log('policy-accepted', { plans });
};

/** What the command line says of a service. */
export interface ServeFlags {
  readonly initialise: boolean;
  /** Digests of what may loosen. */
  readonly accept?: readonly string[];
}

/** Runs the service until it is stopped or cannot go on. Only tools that inject faults open another log than Kafka's. */
export const serve = async (file: string, { initialise, accept = [] }: ServeFlags, openLog = openKafkaLog): Promise<void> => {
  const hangups = watchHangups();
  const loadedAtMs = systemClock.nowMs();
  const { service: config, plan, texts } = requireConfig(file);
  const { tasks, http, log } = config.config;
  const logger = createLogger(log.level, process.stderr);
  const keys = openKeys(config, plan, initialise);
  const recipients = openPublicKeys(config, initialise);
  openPlanStore(config.plans).save(plan.digest, texts);
  const gatehouse = openGatehouse(file, config, accept);
  const registry = configuredRegistry(config.schemas);
  const means = { config, registry, library: openLibrary(config) };
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
    const { sources, views, inForce } = await readGround(config, plan, registry);
    await admit({ file: config.policy, digest: plan.digest, texts }, inForce, gatehouse, logger);
    const first = { plan, keys, views, schemas: resolverOf(registry, plan), guarding: await means.library.open(plan) };
    logger.log('started', { tasks, partitions: sources.length, views: views.length, port: probes.port });
    const find = (digest: string) => findGeneration(means, digest);
    const generations = createGenerations(first, loadedAtMs, find, gatehouse.border);
    const service = await startService({
      generations,
      recipients,
      ...settled(config),
      sources,
      initialise,
      logger,
      onHalted: (error) => sayFailure(failureOf(error, []), false),
      openLog,
      onFatal: (error) => fail(error),
    });
    gate = service;
    hangups.start(() => reload(means, service, generations, gatehouse, logger));
    const error = await Promise.race([stopped(), failed]);
    logger.log('stopping', { tasks });
    if (error !== undefined) endWith(error, logger);
    await gate.stop();
  } finally {
    await probes?.close();
    registry?.close();
    if (gate !== null) logger.log('stopped', { tookMs: systemClock.nowMs() - loadedAtMs });
  }
  // Everything is written and let go; a connection that a broker left half open must not keep the process.
  process.exit(EXIT.ok);
};
