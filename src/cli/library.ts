import type { ControlLine } from '../control/fold.ts';
import { DATASET_CODES, DatasetError } from '../model/dataset-error.ts';
import { TransportError } from '../model/log.ts';
import type { Plan } from '../model/plan.ts';
import type { ServiceConfig } from '../runtime/config/read.ts';
import { fixedGuarding, folderGuarding, type Guarding, isNamedByLog, namedGuarding } from '../runtime/dataset/guarding.ts';
import { requireNamed } from '../runtime/dataset/named.ts';
import { createShelf, type Shelf } from '../runtime/dataset/shelf.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Generation } from '../runtime/service/generations.ts';
import { failureOf } from './exit.ts';
import { sayFailure } from './output.ts';
import { controlLinesOf } from './passage.ts';

/** Indexes of registered datasets, for every policy that a service runs by. */
export interface Library {
  /**
   * What guards the views of a policy that is to begin. Throws `DatasetError` when an index that it needs now is missing, torn,
   * of another policy or without its key; the control log is read for it where it names the indexes.
   */
  open(plan: Plan): Promise<Guarding>;
  /**
   * The same for a policy that decided before and has windows to finish: an index that the control log names may come later, and
   * its windows wait. What cannot guard halts the task: `TransportError` `misconfigured`.
   */
  resume(plan: Plan): Guarding;
}

const shelfOf = ({ datasets, keys }: ServiceConfig): Shelf => {
  if (datasets === null) throw new DatasetError('datasets-not-given', 'a folder of indexes: the policy declares datasets');
  return createShelf({ index: datasets, keys });
};

const guardingOf = (config: ServiceConfig, plan: Plan, shelf: () => Shelf): Guarding => {
  if (plan.datasets.length === 0) return fixedGuarding();
  const own = shelf();
  return isNamedByLog(plan) ? namedGuarding(plan, own) : folderGuarding(plan, { index: config.datasets as string, keys: config.keys });
};

const halting = ({ code, message }: DatasetError): TransportError =>
  new TransportError('misconfigured', `${code}: ${message}; ${DATASET_CODES[code].remedy}`, false);

/** One shelf for all: an index is in memory once, whatever tasks and policies ask for it. */
export const openLibrary = (
  config: ServiceConfig,
  readLines: () => Promise<readonly ControlLine[]> = () => controlLinesOf(config),
): Library => {
  let known: Shelf | null = null;
  const shelf = (): Shelf => {
    known ??= shelfOf(config);
    return known;
  };
  return {
    async open(plan) {
      const guarding = guardingOf(config, plan, shelf);
      if (plan.datasets.length > 0 && isNamedByLog(plan)) {
        shelf().refresh();
        requireNamed(plan, await readLines(), shelf());
      }
      return guarding;
    },
    resume(plan) {
      try {
        return guardingOf(config, plan, shelf);
      } catch (error) {
        throw error instanceof DatasetError ? halting(error) : error;
      }
    },
  };
};

/** Looks again at the folder of indexes. One that cannot guard changes nothing, and says why. */
export const rereadDatasets = ({ plan, guarding }: Pick<Generation, 'plan' | 'guarding'>, logger: Logger): void => {
  if (plan.datasets.length === 0) return;
  try {
    guarding.refresh();
    logger.log('datasets-read', { datasets: plan.datasets.length });
  } catch (error) {
    logger.log('datasets-refused', { dataset: error instanceof DatasetError ? error.code : 'dataset-key-missing' });
    sayFailure(failureOf(error, []), false);
  }
};
