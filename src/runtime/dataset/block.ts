import type { RowBlock } from '../../model/dataset.ts';

/** Rows of a block: enough to share the cost of a call, few enough to stay small. */
export const BLOCK_ROWS = 4096;

/** Fills the columns of a block row by row. One is used for a whole file; `take` gives a block away and begins the next. */
export interface BlockBuilder {
  /** Begins a row; values that are not set are missing. */
  begin(): void;
  setBytes(column: number, bytes: Uint8Array, start: number, end: number): void;
  setText(column: number, text: string): void;
  /** The row that was begun cannot be read: it counts, and nothing of it is kept. */
  spoil(): void;
  readonly isFull: () => boolean;
  /** The rows since the last call; null when there are none. */
  take(): RowBlock | null;
}

const emptySpans = (columns: number) => ({
  start: Array.from({ length: columns }, () => new Int32Array(BLOCK_ROWS)),
  length: Array.from({ length: columns }, () => new Int32Array(BLOCK_ROWS).fill(-1)),
});

/** `columns`: how many the dataset declares; `isKept`: whether anybody looks at a column. What nobody looks at is never copied. */
export const createBlockBuilder = (columns: number, isKept: (column: number) => boolean): BlockBuilder => {
  const kept = Array.from({ length: columns }, (_, column) => isKept(column));
  let arena = Buffer.allocUnsafe(1 << 16);
  let used = 0;
  let begun = 0;
  let malformed = 0;
  let count = 0;
  let { start, length } = emptySpans(columns);
  const reserve = (bytes: number): void => {
    if (used + bytes <= arena.length) return;
    const wider = Buffer.allocUnsafe(Math.max(2 * arena.length, used + bytes));
    arena.copy(wider, 0, 0, used);
    arena = wider;
  };
  return {
    begin() {
      begun = used;
      count++;
    },
    setBytes(column, bytes, from, to) {
      if (!kept[column] || to <= from) return;
      reserve(to - from);
      for (let i = from; i < to; i++) arena[used + i - from] = bytes[i];
      start[column][count - 1] = used;
      length[column][count - 1] = to - from;
      used += to - from;
    },
    setText(column, text) {
      if (!kept[column] || text === '') return;
      reserve(text.length * 3);
      const written = arena.write(text, used, 'utf8');
      start[column][count - 1] = used;
      length[column][count - 1] = written;
      used += written;
    },
    spoil() {
      count--;
      for (const lengths of length) lengths[count] = -1;
      used = begun;
      malformed++;
    },
    isFull: () => count + malformed >= BLOCK_ROWS,
    take() {
      if (count + malformed === 0) return null;
      const block = {
        count,
        malformed,
        columns: kept.map((_, column) => ({ kind: 'text' as const, bytes: arena, start: start[column], length: length[column] })),
      };
      arena = Buffer.allocUnsafe(arena.length);
      ({ start, length } = emptySpans(columns));
      used = 0;
      count = 0;
      malformed = 0;
      return block;
    },
  };
};
