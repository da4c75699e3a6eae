import type { DatasetPlan, RowBlock } from '../../model/dataset.ts';
import { DatasetError } from '../../model/dataset-error.ts';
import { createBlockBuilder } from './block.ts';
import { readCsvRows } from './csv.ts';
import { readNdjsonRows } from './ndjson.ts';
import { readParquetRows } from './parquet.ts';

/** Columns that somebody looks at; of the others not a byte is copied. */
const keptColumns = ({ person, direct, guards }: DatasetPlan): ReadonlySet<number> =>
  new Set([
    ...person.map(({ column }) => column),
    ...direct.flatMap(({ columns }) => columns),
    ...guards.flatMap(({ attributes }) => attributes.flatMap(({ inputs }) => inputs)),
  ]);

/**
 * The rows of a dataset's file, block by block, in the order of the file. CSV (RFC 4180, a header row), NDJSON and Parquet, by the
 * ending of the name. Empty values are missing; of columns that are not `kept` none is read. Throws `DatasetError`.
 */
export const readColumns = (path: string, columns: readonly string[], kept: ReadonlySet<number>): AsyncGenerator<RowBlock> => {
  const builder = createBlockBuilder(columns.length, (column) => kept.has(column));
  if (/\.csv(?:\.gz)?$/i.test(path)) return readCsvRows(path, columns, builder);
  if (/\.(?:ndjson|jsonl)(?:\.gz)?$/i.test(path)) return readNdjsonRows(path, columns, kept, builder);
  if (/\.parquet$/i.test(path)) return readParquetRows(path, columns, kept, builder);
  throw new DatasetError('dataset-format', 'a file named .csv, .ndjson or .parquet');
};

/** The rows of a dataset, as its plan looks at them. */
export const readRows = (path: string, dataset: DatasetPlan): AsyncGenerator<RowBlock> =>
  readColumns(path, dataset.columns, keptColumns(dataset));
