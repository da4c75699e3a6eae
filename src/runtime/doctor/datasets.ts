import { DATASET_CODES } from '../../model/dataset-error.ts';
import type { DatasetStatus } from '../dataset/survey.ts';
import { type Check, fail, ok, warn } from './check.ts';

const DAY_MS = 86_400_000;

/** Whether each dataset guards, and for how long yet. */
export const datasetChecks = (statuses: readonly DatasetStatus[], nowMs: number): Check[] =>
  statuses.map(({ name, code, untilMs }) => {
    if (code !== null) return fail('dataset', `${name}: ${code}: ${DATASET_CODES[code].meaning}`, DATASET_CODES[code].remedy, 78);
    const until = `guards windows that end until ${new Date(untilMs ?? 0).toISOString()}`;
    return (untilMs ?? 0) < nowMs + DAY_MS
      ? warn('dataset', `${name} ${until}: less than a day`, 'register it again')
      : ok('dataset', `${name} ${until}`);
  });
