import { createHash } from 'node:crypto';

type Fields = Record<string, unknown>;

/** Changes the lines of an audit chain as who keeps the chain could: numbers and hashes fit again afterwards. */
export const rechained = (lines: readonly string[], change: (fields: Fields, line: number) => readonly Fields[]): string[] => {
  let prev = '0'.repeat(64);
  return lines
    .flatMap((line, i) => change(JSON.parse(line) as Fields, i))
    .map((fields, seq) => {
      const { hash: _, ...clear }: Fields = { ...fields, seq, prev };
      const text = JSON.stringify(clear);
      prev = createHash('sha256').update(text).digest('hex');
      return `${text.slice(0, -1)},"hash":"${prev}"}`;
    });
};
