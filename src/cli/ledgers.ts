import type { ServiceConfig } from '../runtime/config/read.ts';
import { clusterOf } from '../runtime/log/kafka/client.ts';
import { ownTopics } from '../runtime/log/kafka/settings.ts';
import { lastValue } from '../runtime/log/kafka/whole.ts';
import { plansInForce, windowsLeft } from '../runtime/service/in-force.ts';

type LastEntry = (task: number) => Promise<Buffer | null>;

const withLedgers = async <T>({ config, settings }: ServiceConfig, work: (lastEntry: LastEntry) => Promise<T>): Promise<T> => {
  const topic = ownTopics(config.topics.prefix).ledger;
  const cluster = clusterOf(settings);
  try {
    return await work((partition) => lastValue(cluster, { topic, partition }));
  } finally {
    await cluster.disconnect().catch(() => {});
  }
};

/** Plans by which the tasks of the group decide. */
export const readPlansInForce = (config: ServiceConfig): Promise<readonly string[]> =>
  withLedgers(config, (lastEntry) => plansInForce(config.config.tasks, lastEntry));

/**
 * Windows with a start of which `isOf` holds that the tasks of the group have not completed. Each ledger by a connection of its own, which
 * is closed with it: a command ends when nothing is open any more.
 */
export const readWindowsLeft = ({ config, settings }: ServiceConfig, isOf: (windowStartMs: number) => boolean): Promise<number> => {
  const topic = ownTopics(config.topics.prefix).ledger;
  return windowsLeft(config.tasks, (partition) => lastValue(settings, { topic, partition }), isOf);
};
