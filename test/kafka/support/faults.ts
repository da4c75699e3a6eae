import { join } from 'node:path';
import type { Test } from 'tap';
import { TOP } from '../../../tools/generated.ts';
import { type Result, runFault } from '../../../tools/kafka/chaos/run.ts';
import type { Fault } from '../../../tools/kafka/chaos/world.ts';
import { cannotStart } from './broker.ts';

/** A short run of one kind of fault against the whole service, from its sources; null, and said, when no broker is to be had. */
export const shortRun = async (t: Test, name: string, fault: Fault, count: number): Promise<Result | null> => {
  if (await cannotStart(t)) return null;
  const result = await runFault(fault, {
    name,
    count,
    tasks: 2,
    // So many that classes of k are there even in a short window.
    rate: 200,
    events: 0,
    devices: 600,
    window: '10s',
    seed: 3,
    keep: false,
    goesOn: () => true,
    entry: ['--import', 'tsx', join(TOP, 'src/cli/main.ts')],
    say: (text) => void t.comment(text),
  });
  t.comment(JSON.stringify(result));
  t.same(result.broken, [], 'what must hold, holds');
  t.ok(result.ok);
  return result;
};
