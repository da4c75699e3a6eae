import type { RowBlock } from '../model/dataset.ts';
import { DatasetError } from '../model/dataset-error.ts';
import type { Plan } from '../model/plan.ts';
import { parsePolicy } from '../policy/parse.ts';
import type { Policy } from '../policy/shape.ts';
import type { TrueDataset } from '../verify/inputs.ts';
import { readColumns } from './dataset/rows.ts';

/** Rows of a thousand that may be unreadable in a file that was registered. */
const MALFORMED_PERMILLE = 1;

/** The rows of the file; one that could not have been registered, for its rows, is no true data. */
async function* rowsOf(path: string, columns: readonly string[], kept: ReadonlySet<number>): AsyncGenerator<RowBlock> {
  let [rows, malformed] = [0, 0];
  for await (const block of readColumns(path, columns, kept)) {
    rows += block.count + block.malformed;
    malformed += block.malformed;
    yield block;
  }
  if (rows === 0) throw new DatasetError('dataset-empty', 'at least one row');
  if (malformed * 1000 > rows * MALFORMED_PERMILLE)
    throw new DatasetError('dataset-malformed', `at most 0.1 % of rows that cannot be read; of ${rows} rows ${malformed} cannot`);
}

const declaredBy = (policyText: string): NonNullable<Policy['datasets']> => parsePolicy(policyText, '').policy?.datasets ?? {};

/** `NAME`, or `NAME@DIGEST`: the index that was made of the file, when it is not the last one that the control log names. */
const KEY = /^([^@]+)(?:@([0-9a-f]{8,64}))?$/;

const partsOf = (key: string): { readonly name: string; readonly digest: string | undefined } => {
  const [, name = '', digest] = KEY.exec(key) ?? [];
  return { name, digest };
};

/** Whether a file can be named so. */
export const isDatasetKey = (key: string): boolean => KEY.test(key);

/**
 * The true data that somebody gives the checker, file by name of the dataset and perhaps its index: read as they are registered, by the columns of the
 * policy. Reading throws `DatasetError`; so does a name that the policy does not declare.
 */
export const trueDatasets = (policyText: string, files: ReadonlyMap<string, string>): TrueDataset[] => {
  const datasets = declaredBy(policyText);
  return [...files].map(([key, path]) => {
    const { name, digest } = partsOf(key);
    if (!Object.hasOwn(datasets, name)) throw new DatasetError('dataset-unknown', 'a dataset that the policy declares, before the `=`');
    const columns = Object.entries(datasets[name].columns);
    const kept = columns.flatMap(([, column], i) => ('role' in column && column.role === 'drop' ? [] : [i]));
    const names = columns.map(([column]) => column);
    return { name, digest, rows: rowsOf(path, names, new Set(kept)) };
  });
};

/** Of the files that fit a policy, those that fit another one that decided, too: it declares the dataset with the same columns. */
export const filesFor = (policyText: string, own: string, files: ReadonlyMap<string, string>): ReadonlyMap<string, string> => {
  const [datasets, fitting] = [policyText, own].map(declaredBy);
  const columnsOf = (declared: typeof datasets, name: string): string =>
    Object.hasOwn(declared, name) ? Object.keys(declared[name].columns).sort().join('\0') : '';
  return new Map(
    [...files].filter(([key]) => {
      const { name } = partsOf(key);
      return columnsOf(datasets, name) !== '' && columnsOf(datasets, name) === columnsOf(fitting, name);
    }),
  );
};

/** Of what columns, paths and ladders the indexes of a plan's datasets have to be made, by dataset. */
export const basesOf = ({ datasets }: Plan): ReadonlyMap<string, string> => new Map(datasets.map(({ name, basis }) => [name, basis]));
