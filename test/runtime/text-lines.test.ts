import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { textLines } from '../../src/runtime/text-lines.ts';

const linesOf = async (path: string): Promise<string[]> => {
  const lines: string[] = [];
  for await (const line of textLines(path)) lines.push(line);
  return lines;
};

t.test('lines end at line feeds and nowhere else', async (t) => {
  const path = join(t.testdir(), 'text');
  const line = fc.string({ unit: fc.constantFrom('a', '\u2028', '\u2029', '\r', '\u0085', '日', '😀', '"') });
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 6 }), fc.boolean(), async (lines, isEnded) => {
      writeFileSync(path, lines.join('\n') + (isEnded && lines.length > 0 ? '\n' : ''));
      const expected = isEnded || lines.at(-1) !== '' ? lines : lines.slice(0, -1);
      t.strictSame(await linesOf(path), expected);
    }),
    { numRuns: 60 },
  );
  const long = ['é'.repeat(800_000), 'x'.repeat(1_500_000), ''];
  writeFileSync(path, `${long.join('\n')}\nend`);
  t.ok((await linesOf(path)).join('\n') === [...long, 'end'].join('\n'), 'over the cuts of reading');
});
