import type { Column } from '../../../src/model/columns.ts';
import type { Issue } from '../../../src/model/issue.ts';
import { type Ladder, REFUSED, STAR } from '../../../src/model/ladder.ts';
import type { PolicyLadder } from '../../../src/policy/shape.ts';
import { compileLadder, type LadderContext } from '../../../src/transform/techniques.ts';

/** A value of one row and input; undefined: the record does not have it. */
export type Raw = string | number | undefined;

const encoder = new TextEncoder();

/** Texts as a column over one buffer, with a byte of other rows between them. */
export const textColumn = (values: readonly Raw[]): Column => {
  const encoded = values.map((value) => (typeof value === 'string' ? encoder.encode(value) : null));
  const bytes = new Uint8Array(encoded.reduce((sum, value) => sum + (value?.length ?? 0) + 1, 0)).fill(0x41);
  const start = new Int32Array(values.length);
  const length = new Int32Array(values.length).fill(-1);
  let at = 0;
  encoded.forEach((value, row) => {
    start[row] = at;
    if (value === null) return;
    bytes.set(value, at);
    length[row] = value.length;
    at += value.length + 1;
  });
  return { kind: 'text', bytes, start, length };
};

export const numberColumn = (values: readonly Raw[]): Column => ({
  kind: 'number',
  values: Float64Array.from(values, (value) => (typeof value === 'number' ? value : Number.NaN)),
});

/** What `apply` says of each row: the first level and all codes. */
export interface Applied {
  readonly first: number;
  readonly codes: readonly number[];
}

export const applyTo = (
  ladder: Ladder,
  columns: readonly (Column | undefined)[],
  appendMs: readonly number[],
  eventMs: readonly number[],
): Applied[] => {
  const count = appendMs.length;
  const width = ladder.levels.length;
  const codes = new Int32Array(count * width).fill(77);
  const first = new Uint8Array(count).fill(77);
  const rows = { count, appendMs: Float64Array.from(appendMs), eventMs: Float64Array.from(eventMs) };
  ladder.apply(columns as readonly Column[], rows, codes, first);
  return Array.from(first, (level, row) => ({ first: level, codes: [...codes.subarray(row * width, (row + 1) * width)] }));
};

/** Texts that one row may leave with, level by level: `-` where it has no value, `refused` when it may not leave at all. */
export const climb = (ladder: Ladder, ...inputs: readonly Raw[]): string => climbAt(ladder, 0, 0, ...inputs);

export const climbAt = (ladder: Ladder, appendMs: number, eventMs: number, ...inputs: readonly Raw[]): string => {
  const columns = inputs.map((value) => (typeof value === 'number' ? numberColumn([value]) : textColumn([value])));
  const [{ first, codes }] = applyTo(ladder, columns, [appendMs], [eventMs]);
  if (first === REFUSED) return 'refused';
  return [...ladder.levels.map((_, level) => (level < first ? '-' : ladder.text(level, codes[level]))), STAR].join(' > ');
};

export const contextOf = (files: Readonly<Record<string, string>> = {}, ip = { v4: '', v6: '' }): LadderContext => ({
  read: (path) => {
    if (files[path] === undefined) throw new Error('ENOENT: the text of a third party');
    return files[path];
  },
  ipTable: () => ip,
  file: 'policies/home.yaml',
  position: { line: 7, column: 3 },
});

/** A ladder that must compile. */
export const ladderOf = (spec: PolicyLadder, context = contextOf()): Ladder => {
  const compiled = compileLadder('sample', spec, context);
  if (Array.isArray(compiled)) throw new Error(compiled.map(({ code, message }) => `${code}: ${message}`).join('\n'));
  return compiled;
};

/** `code file:line:column` of each issue of a ladder that must not compile. */
export const issuesOf = (spec: PolicyLadder, context = contextOf()): string[] => {
  const compiled = compileLadder('sample', spec, context);
  if (!Array.isArray(compiled)) throw new Error('it compiles');
  return compiled.map(({ code, file, line, column }: Issue) => `${code} ${file}:${line}:${column}`);
};
