import { createReadStream } from 'node:fs';

/**
 * Lines of a text file, cut at line feeds alone: `node:readline` also cuts at U+2028 and U+2029, which JSON texts may hold.
 * The last line needs no line feed.
 */
export async function* textLines(path: string): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of createReadStream(path, { encoding: 'utf8', highWaterMark: 1 << 20 })) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() as string;
    yield* lines;
  }
  if (rest !== '') yield rest;
}
