import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { isReleased } from '../../../src/model/verdict.ts';
import { readLedgers } from '../chaos/end.ts';
import { type Fault, until, type World } from '../chaos/world.ts';

const CAP_MIB = 320;
const TIMES = 10;
const SECONDS = 60;
const PATIENCE_MS = 600_000;
const execute = promisify(execFile);

/** Most memory that a process ever had resident, MiB (proc(5), `VmHWM`). */
const peakMiB = (pid: number): number =>
  Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN) / 1024;

/** A minute's worth of ten fleets, as fast as the broker takes it; returns how many records that were. */
const publish = async ({ rate, operator }: World): Promise<number> => {
  const count = String(rate * TIMES * SECONDS);
  const { stdout } = await execute(
    process.execPath,
    operator('simulate', '--to', 'kafka', '--devices', '20000', '--count', count, '--json'),
  );
  return (JSON.parse(stdout) as { readonly sent: number }).sent;
};

export const burst: Fault = {
  says: 'ten times the records for a minute, at once: memory stays below its cap, and nothing is dropped',
  count: 1,
  processes: 1,
  limits: { rssMiB: CAP_MIB },
  async harm(world) {
    const { gates, fleet, settings, tasks, count, say } = world;
    let sent = 0;
    let peak = 0;
    for (let i = 0; i < count && world.goesOn(); i++) {
      const strike = world.strike(`burst ${i + 1}`);
      sent += await publish(world);
      const due = sent + fleet.count();
      say(`  ${due} records are published`);
      const isRead = await until(async () => (await readLedgers(settings, tasks, isReleased)).read >= due, PATIENCE_MS);
      if (isRead) strike.backMs = Date.now() - strike.atMs;
      peak = Math.max(peak, peakMiB(gates.pid(0)));
    }
    const pauses = gates.logged().filter(({ code }) => code === 'intake-paused').length;
    return {
      figures: { burst: sent, peakMiB: Math.round(peak), capMiB: CAP_MIB, pauses },
      broken: peak < CAP_MIB ? [] : [`the process had ${Math.round(peak)} MiB resident, above its cap`],
    };
  },
};
