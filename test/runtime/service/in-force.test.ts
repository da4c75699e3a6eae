import { readFileSync } from 'node:fs';
import t from 'tap';
import { decodeLedger } from '../../../src/record/ledger.ts';
import { plansInForce } from '../../../src/runtime/service/in-force.ts';

const entry = readFileSync(new URL('../../golden/ledger.1.json', import.meta.url));

t.test('the plans by which tasks decide, each once; a task that never began has none', async (t) => {
  const [line] = entry.toString().split('\n');
  const read = decodeLedger(Buffer.from(line));
  if (!read.ok) throw new Error(read.error);
  const { plan } = read.value;
  const other = 'ab'.repeat(32);
  const bytes = [line, null, line.replaceAll(plan, other), line, '{"half"'].map((text) => (text === null ? null : Buffer.from(text)));
  t.strictSame(await plansInForce(5, async (task) => bytes[task]), [plan, other].sort());
  t.strictSame(await plansInForce(2, async () => null), []);
  const asked: number[] = [];
  await plansInForce(40, async (task) => {
    asked.push(task);
    return null;
  });
  t.strictSame(
    asked,
    Array.from({ length: 40 }, (_, task) => task),
    'every task is asked',
  );
});

t.test('fails closed: a ledger that cannot be reached tells nothing, and nobody goes on', async (t) => {
  await t.rejects(
    plansInForce(2, async (task) => {
      if (task === 1) throw new Error('gone');
      return null;
    }),
  );
});
