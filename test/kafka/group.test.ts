import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { type Group, joinGroup } from '../../src/runtime/log/kafka/group.ts';
import { unique, withBroker } from './support/broker.ts';
import { makeTopic } from './support/topics.ts';

const TASKS = 7;
/** As short as a broker takes it by default. */
const SESSION_MS = 6000;
const MEMBER = fileURLToPath(new URL('./support/member.ts', import.meta.url));

/** A member as the test sees it: what it owns now, and everything that it ever owned. */
interface Seen {
  tasks: readonly number[];
  readonly history: (readonly number[])[];
}

/** Tells whoever waits whenever a member was assigned something. */
const createWatch = () => {
  let wake = (): void => {};
  return {
    changed: () => wake(),
    async until(condition: () => boolean): Promise<void> {
      while (!condition())
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    },
  };
};

const note = (seen: Seen, tasks: readonly number[]): void => {
  seen.tasks = tasks;
  seen.history.push(tasks);
};

t.test('tasks of a group of three', { timeout: 120_000 }, async (t) => {
  await withBroker(t, {}, async ({ admin, settings }) => {
    const ledgerTopic = await makeTopic(admin, 'ledger', TASKS);
    const group = unique('group');
    const watch = createWatch();
    const lost: unknown[] = [];
    const join = async (): Promise<{ seen: Seen; group: Group }> => {
      const seen: Seen = { tasks: [], history: [] };
      const joined = await joinGroup({
        settings,
        group,
        tasks: TASKS,
        ledgerTopic,
        sessionTimeoutMs: SESSION_MS,
        onAssigned(tasks) {
          note(seen, tasks);
          watch.changed();
        },
        onLost: (error) => void lost.push(error),
      });
      return { seen, group: joined };
    };
    const fork = (): { seen: Seen; child: ChildProcess } => {
      const seen: Seen = { tasks: [], history: [] };
      const args = [MEMBER, settings.brokers[0], group, ledgerTopic, String(TASKS), String(SESSION_MS)];
      const child = spawn(process.execPath, ['--import', 'tsx', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
      createInterface({ input: child.stdout }).on('line', (line) => {
        note(seen, JSON.parse(line));
        watch.changed();
      });
      t.teardown(() => child.kill('SIGKILL'));
      return { seen, child };
    };
    /** Every task owned by exactly one of them, loads within one of each other. */
    const isShared = (...members: readonly Seen[]): boolean => {
      const all = members.flatMap(({ tasks }) => tasks).sort((a, b) => a - b);
      const sizes = members.map(({ tasks }) => tasks.length);
      return all.join() === Array.from({ length: TASKS }, (_, task) => task).join() && Math.max(...sizes) - Math.min(...sizes) <= 1;
    };
    const kept = (before: readonly number[], now: readonly number[]): number => before.filter((task) => now.includes(task)).length;

    const a = await join();
    await watch.until(() => isShared(a.seen));
    t.strictSame(a.seen.tasks, [0, 1, 2, 3, 4, 5, 6], 'the first has them all');
    await a.group.confirmed();
    t.pass('the broker confirms it');

    const b = await join();
    await watch.until(() => isShared(a.seen, b.seen));
    t.equal(kept([0, 1, 2, 3, 4, 5, 6], a.seen.tasks), a.seen.tasks.length, 'the first keeps its share');

    const beforeThird = [a.seen.tasks, b.seen.tasks];
    const c = fork();
    await watch.until(() => isShared(a.seen, b.seen, c.seen));
    t.equal(kept(beforeThird[0], a.seen.tasks), a.seen.tasks.length, 'sticky');
    t.equal(kept(beforeThird[1], b.seen.tasks), b.seen.tasks.length, 'sticky');

    const beforeKill = [a.seen.tasks, b.seen.tasks];
    c.child.kill('SIGKILL');
    await watch.until(() => isShared(a.seen, b.seen));
    t.equal(kept(beforeKill[0], a.seen.tasks), beforeKill[0].length, 'who stays keeps everything');
    t.equal(kept(beforeKill[1], b.seen.tasks), beforeKill[1].length, 'who stays keeps everything');

    const zombie = fork();
    await watch.until(() => isShared(a.seen, b.seen, zombie.seen));
    zombie.child.kill('SIGSTOP');
    await watch.until(() => isShared(a.seen, b.seen));
    const asleep = [a.seen.tasks, b.seen.tasks];
    const heard = zombie.seen.history.length;
    // Until both were confirmed in the generation without it: then they are the rightful owners.
    await Promise.all([a.group.confirmed(), b.group.confirmed()]);
    zombie.child.kill('SIGCONT');
    await watch.until(() => zombie.seen.history.length > heard && isShared(a.seen, b.seen, zombie.seen));
    t.equal(kept(asleep[0], a.seen.tasks), a.seen.tasks.length, 'a zombie takes back nothing that is owned rightfully');
    t.equal(kept(asleep[1], b.seen.tasks), b.seen.tasks.length);

    await b.group.leave();
    await watch.until(() => isShared(a.seen, zombie.seen));
    t.pass('what one leaves goes to the others');
    zombie.child.kill('SIGKILL');
    await a.group.leave();
    t.strictSame(lost, [], 'nobody lost its membership');
    const { members } = (await admin.describeGroups([group])).groups[0];
    t.ok(members.length <= 1, 'nobody stays behind but the one that was killed');
  });
});
