import { type Member, scanJson } from '../../decode/json-scan.ts';
import type { RowBlock } from '../../model/dataset.ts';
import { DatasetError } from '../../model/dataset-error.ts';
import { TransportError } from '../../model/log.ts';
import type { Limits } from '../../model/plan.ts';
import { readLines } from '../log/file/lines.ts';
import type { BlockBuilder } from './block.ts';
import { requireColumns } from './columns.ts';

const LIMITS: Limits = { recordBytes: 1 << 20, depth: 32, items: 10_000, stringBytes: 1 << 20 };
const QUOTE = 34;
const BACKSLASH = 92;
const OPEN_OBJECT = 123;
const OPEN_ARRAY = 91;
const NULL = 110;
const TRUE = 116;
const FALSE = 102;

const keyOf = (bytes: Buffer, { keyStart, keyEnd, isEscaped }: Member): string =>
  isEscaped ? (JSON.parse(`"${bytes.toString('utf8', keyStart, keyEnd)}"`) as string) : bytes.toString('utf8', keyStart, keyEnd);

/** The byte that is no blank (RFC 8259, section 2). */
const firstByte = (bytes: Buffer, start: number): number => {
  let at = start;
  while (bytes[at] === 32 || bytes[at] === 9 || bytes[at] === 13) at++;
  return bytes[at];
};

/** Sets one value as events have it: numbers as JavaScript writes them. False when a column holds a list or a map. */
const setValue = (builder: BlockBuilder, column: number, bytes: Buffer, { start, end }: Member): boolean => {
  switch (bytes[start]) {
    case NULL:
      return true;
    case OPEN_OBJECT:
    case OPEN_ARRAY:
      return false;
    case TRUE:
    case FALSE:
      builder.setBytes(column, bytes, start, end);
      return true;
    case QUOTE:
      if (bytes.subarray(start, end).includes(BACKSLASH)) builder.setText(column, JSON.parse(bytes.toString('utf8', start, end)) as string);
      else builder.setBytes(column, bytes, start + 1, end - 1);
      return true;
    default:
      builder.setText(column, String(Number(bytes.toString('latin1', start, end))));
      return true;
  }
};

/** Reads rows into a block; `met`: columns that any row had. */
const createFill = (declared: readonly string[], kept: ReadonlySet<number>, builder: BlockBuilder) => {
  const columnOf = new Map(declared.map((name, column) => [name, column]));
  const met = new Uint8Array(declared.length);
  const inRow = new Int32Array(declared.length).fill(-1);
  const members: Member[] = [];
  /** False when a key stands twice, or a column holds what is no value. */
  const setMembers = (bytes: Buffer, row: number): boolean => {
    for (const member of members) {
      const column = columnOf.get(keyOf(bytes, member));
      if (column === undefined) throw new DatasetError('dataset-column-undeclared', `declared columns only; row ${row + 1} has another`);
      if (inRow[column] === row) return false;
      inRow[column] = row;
      met[column] = 1;
      if (kept.has(column) && !setValue(builder, column, bytes, member)) return false;
    }
    return true;
  };
  const fill = (bytes: Buffer, start: number, length: number, row: number): void => {
    builder.begin();
    members.length = 0;
    const { fault } = scanJson(bytes, start, start + length, LIMITS, members);
    if (fault !== null || firstByte(bytes, start) !== OPEN_OBJECT || !setMembers(bytes, row)) builder.spoil();
  };
  return { fill, met };
};

/** Rows of an NDJSON file: an object a line, its members columns. A row may lack columns; a file may not. */
export async function* readNdjsonRows(
  path: string,
  declared: readonly string[],
  kept: ReadonlySet<number>,
  builder: BlockBuilder,
): AsyncGenerator<RowBlock> {
  const { fill, met } = createFill(declared, kept, builder);
  let row = 0;
  for await (const lines of linesOf(path)) {
    const bytes = Buffer.from(lines.bytes.buffer, lines.bytes.byteOffset, lines.bytes.length);
    for (let i = 0; i < lines.count; i++, row++) {
      fill(bytes, lines.start[i], lines.length[i], row);
      if (!builder.isFull()) continue;
      const block = builder.take();
      if (block !== null) yield block;
    }
  }
  if (row === 0) throw new DatasetError('dataset-empty', 'at least one row');
  requireColumns(declared, (column) => met[column] === 1);
  const block = builder.take();
  if (block !== null) yield block;
}

async function* linesOf(path: string): ReturnType<typeof readLines> {
  try {
    yield* readLines(path, LIMITS.recordBytes);
  } catch (error) {
    if (error instanceof TransportError) throw new DatasetError('dataset-unreadable', 'a file that can be read to its end');
    throw error;
  }
}
