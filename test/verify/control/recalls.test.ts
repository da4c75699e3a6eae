import t from 'tap';
import type { Judged } from '../../../src/verify/control/judge.ts';
import type { Saying } from '../../../src/verify/control/payload.ts';
import { createRecalls } from '../../../src/verify/control/recalls.ts';
import type { ViewRule } from '../../../src/verify/rules.ts';

const applied = (saying: Saying | null, atMs: number): Judged => ({
  number: 0,
  atMs,
  outcome: 'applied',
  kind: saying?.kind ?? null,
  signer: 'officer',
  saying,
});
const place = { kind: 'recall', view: 'a', partition: 1, before: 9 } as const;
const byIndex = { ...place, dataset: 'cards', digest: 'd'.repeat(64) };

t.test('recalls of a view, for periods and for indexes, by output', async (t) => {
  const output = { period: 'p', authorised: true };
  const recalls = createRecalls([
    applied({ ...place, period: 'p' }, 1),
    applied({ ...byIndex, output: null }, 2),
    applied({ ...byIndex, output, before: 3 }, 3),
    applied({ ...byIndex, output: null, view: 'b' }, 4),
    applied(null, 5),
    applied({ kind: 'shutdown', from: 0 }, 6),
  ]);
  t.same(recalls({ name: 'a' } as ViewRule), [
    { output: null, partition: 1, before: 9, atMs: 1 },
    { output: null, partition: 1, before: 9, atMs: 2 },
    { output, partition: 1, before: 3, atMs: 3 },
  ]);
});
