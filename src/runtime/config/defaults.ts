import type { Config } from './shape.ts';

/** What the configuration may leave out. */
export const DEFAULTS = {
  kafka: {
    clientId: 'unjoin',
    tls: false,
    connectTimeoutMs: 10_000,
    requestTimeoutMs: 30_000,
    sessionTimeoutMs: 10_000,
    transactionTimeoutMs: 15_000,
  },
  topics: { viewPartitions: 4 },
  http: { host: '127.0.0.1', port: 9464 },
  limits: { rssMiB: 1024, fetchBytes: 4 << 20, fetchWaitMs: 200, heldEveryMs: 10_000, idleMs: 30_000, skewMs: 5000 },
  delayObjectiveMs: 60_000,
  log: { level: 'info' },
  registry: { timeoutMs: 5000 },
} as const satisfies Partial<Record<keyof Config | 'registry', unknown>>;

/** A configuration that says everything. Copies of topics stay open: null is the cluster's own number. */
export const settle = (config: Config) => ({
  ...config,
  kafka: { ...DEFAULTS.kafka, ...config.kafka },
  topics: { ...DEFAULTS.topics, sourcePartitions: config.tasks, replication: null, ...config.topics },
  http: config.http ?? DEFAULTS.http,
  principals: { gateways: [], auditors: [], officers: [], consumers: {}, ...config.principals },
  limits: { ...DEFAULTS.limits, ...config.limits },
  delayObjectiveMs: config.delayObjectiveMs ?? DEFAULTS.delayObjectiveMs,
  log: config.log ?? DEFAULTS.log,
});

export type Settled = ReturnType<typeof settle>;
