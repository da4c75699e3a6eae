import t from 'tap';
import { memoryKeys, memoryRecipients } from '../../src/runtime/keys/memory.ts';
import { createLineageBook } from '../../src/runtime/lineage-book.ts';
import { createWriters } from '../../src/runtime/writers.ts';
import { smartHome } from '../properties/world.ts';

const plan = smartHome();
const sources = [0, 1].map((source) => ({ source, topic: 'telemetry.device', partition: source }));
const DIGEST = new Uint8Array(8).fill(7);
/** What brokers take as one record by default, less its framing. */
const RECORD_BYTES = 1 << 20;

t.test('a window that becomes final at once fits into records that a broker takes', async (t) => {
  const book = createLineageBook();
  const count = 150_000;
  for (let i = 0; i < count; i++) book.release(0, 3_600_000, i % 2, 2 ** 40 + i, 1, DIGEST);
  book.release(1, 0, 0, 5, 1, DIGEST);
  const parts = book.take();
  t.same(
    parts.filter(({ view }) => view === 0).flatMap(({ offset }) => offset),
    Array.from({ length: count }, (_, i) => 2 ** 40 + i),
    'every row once, in order',
  );
  for (const { source, verdict, digest, offset } of parts)
    t.same([source.length, verdict.length, digest.length], Array(3).fill(offset.length));
  const writers = createWriters(plan, memoryKeys('book'), memoryRecipients('book').recipients, 0);
  const lines = parts.map((part, chunk) => writers.lineage(part, sources, chunk));
  t.ok(lines.every(({ length }) => length < RECORD_BYTES), `the longest line has ${Math.max(...lines.map(({ length }) => length))} bytes`); // biome-ignore format: a line
  t.same(book.take(), [], 'and nothing is left');
});
