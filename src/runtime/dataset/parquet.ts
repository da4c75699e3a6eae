import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { asyncBufferFromFile, type FileMetaData, parquetMetadataAsync, parquetRead, parquetSchema } from 'hyparquet';
import type { RowBlock } from '../../model/dataset.ts';
import { DatasetError } from '../../model/dataset-error.ts';
import { BLOCK_ROWS, type BlockBuilder } from './block.ts';
import { matchColumns } from './columns.ts';

/** Rows that are taken at once: hyparquet gives them as arrays, and decodes the row group anew for each stretch. */
const STRETCH_ROWS = 32 * BLOCK_ROWS;

/** hyparquet knows SNAPPY itself. */
const compressors = { GZIP: (bytes: Uint8Array) => gunzipSync(bytes), BROTLI: (bytes: Uint8Array) => brotliDecompressSync(bytes) };

/** Calls hyparquet, whose errors may quote values. */
const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch {
    throw new DatasetError('dataset-unreadable', 'a Parquet file of plain columns: uncompressed, or by Snappy, gzip or Brotli');
  }
};

/** A value as events have it; null when there is none, undefined when it is a list or a map. */
const textOf = (value: unknown): string | null | undefined => {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : null;
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  return value instanceof Date ? (Number.isNaN(value.getTime()) ? null : value.toISOString()) : undefined;
};

const fill = (builder: BlockBuilder, values: readonly unknown[], columns: readonly number[]): void => {
  builder.begin();
  for (const [field, value] of values.entries()) {
    const text = textOf(value);
    if (text === undefined) {
      builder.spoil();
      return;
    }
    if (text !== null) builder.setText(columns[field], text);
  }
};

/** Rows of a Parquet file, a stretch at a time. */
export async function* readParquetRows(
  path: string,
  declared: readonly string[],
  kept: ReadonlySet<number>,
  builder: BlockBuilder,
): AsyncGenerator<RowBlock> {
  const file = await guarded(() => asyncBufferFromFile(path));
  const metadata: FileMetaData = await guarded(() => parquetMetadataAsync(file));
  const names = parquetSchema(metadata).children.map(({ element }) => element.name);
  const all = matchColumns(names, declared);
  const wanted = names.filter((_, at) => kept.has(all[at]));
  const columns = wanted.map((name) => declared.indexOf(name));
  const rows = Number(metadata.num_rows);
  if (rows === 0) throw new DatasetError('dataset-empty', 'at least one row');
  let groupStart = 0;
  for (const group of metadata.row_groups) {
    const groupEnd = groupStart + Number(group.num_rows);
    for (let from = groupStart; from < groupEnd; from += STRETCH_ROWS) {
      const stretch = await readStretch(file, metadata, wanted, from, Math.min(groupEnd, from + STRETCH_ROWS));
      for (const values of stretch) {
        fill(builder, values, columns);
        if (!builder.isFull()) continue;
        const block = builder.take();
        if (block !== null) yield block;
      }
    }
    groupStart = groupEnd;
  }
  const block = builder.take();
  if (block !== null) yield block;
}

const readStretch = async (
  file: Awaited<ReturnType<typeof asyncBufferFromFile>>,
  metadata: FileMetaData,
  columns: string[],
  rowStart: number,
  rowEnd: number,
): Promise<unknown[][]> => {
  let rows: unknown[][] = [];
  const onComplete = (found: unknown[][]): void => {
    rows = found;
  };
  await guarded(() => parquetRead({ file, metadata, columns, rowStart, rowEnd, compressors, onComplete }));
  if (rows.length !== rowEnd - rowStart) throw new DatasetError('dataset-unreadable', 'a Parquet file with all of its rows');
  return rows;
};
