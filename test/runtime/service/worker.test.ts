import t from 'tap';
import type { DatasetCode } from '../../../src/model/dataset-error.ts';
import { InvariantError } from '../../../src/model/invariant.ts';
import { TransportError } from '../../../src/model/log.ts';
import { createManualClock } from '../../../src/runtime/clock.ts';
import { startWorker, type Worker } from '../../../src/runtime/service/worker.ts';
import type { PlanRequest } from '../../../src/runtime/task/change.ts';
import type { StepInfo, Task } from '../../../src/runtime/task.ts';
import { smartHome } from '../../properties/world.ts';

const idle: StepInfo = {
  read: 0,
  records: 0,
  closed: [],
  isWritten: false,
  isHeld: false,
  isHandedOver: false,
  late: [],
  openSince: new Map(),
  waits: new Map(),
};

type Told = Error | 'held' | DatasetCode | null;

/** A task whose steps are told one by one; it waits for the event loop between them, as a broker makes it wait. */
const scripted = (next: () => Told) => {
  const done: string[] = [];
  const task: Task = {
    summary: {} as Task['summary'],
    entered: () => 0,
    isDone: () => false,
    request: () => {},
    next: () => null,
    async step() {
      await new Promise((resolve) => setImmediate(resolve));
      const told = next();
      if (told instanceof Error) throw told;
      return { ...idle, isHeld: told === 'held', waits: new Map(told === null || told === 'held' ? [] : [[2, told]]) };
    },
    settle: async () => void done.push('settled'),
  };
  return { task, close: async () => void done.push('closed'), done };
};

interface World {
  readonly worker: Worker;
  readonly opened: () => number;
  readonly confirm: () => void;
  readonly fatal: unknown[];
  readonly halted: unknown[];
  readonly done: string[];
  readonly lines: unknown[];
}

const start = (errors: readonly Told[], clock = createManualClock(0), next = (): Told => null): World => {
  let opened = 0;
  let at = 0;
  let confirm = (): void => {};
  const fatal: unknown[] = [];
  const halted: unknown[] = [];
  const done: string[] = [];
  const lines: unknown[] = [];
  const worker = startWorker({
    number: 3,
    open: async () => {
      opened++;
      const script = scripted(() => errors[at++] ?? next());
      const close = async (): Promise<void> => {
        await script.close();
        done.push(...script.done);
      };
      return { task: script.task, plan: smartHome(), close };
    },
    confirmed: () =>
      new Promise((resolve) => {
        confirm = () => resolve();
      }),
    clock,
    logger: { log: (code, fields) => void lines.push([code, fields]) },
    requestFor: () => ({ plan: '', alignMs: 1, atMs: 0 }),
    onClosed: () => {},
    onHalted: (error) => void halted.push(error),
    onFatal: (error) => void fatal.push(error),
  });
  return { worker, opened: () => opened, confirm: () => confirm(), fatal, halted, done, lines };
};

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
};

t.test('a fenced worker opens again only when its membership was confirmed', async (t) => {
  const world = start([null, new TransportError('fenced', 'x', false)]);
  await until(() => world.worker.state() === 'waiting');
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  t.equal(world.opened(), 1, 'a zombie that opened again would fence its successor');
  world.confirm();
  await until(() => world.worker.state() === 'running');
  t.equal(world.opened(), 2);
  await world.worker.stop(true);
  t.equal(world.worker.state(), 'stopped');
  t.ok(world.done.includes('settled'), 'it holds what it has, for its successor');
});

t.test('what waiting does not mend halts the task, and nothing else', async (t) => {
  for (const code of ['corrupt', 'out-of-range', 'misconfigured', 'denied', 'unreadable', 'unwritable'] as const) {
    const world = start([new TransportError(code, 'x', false)]);
    await until(() => world.worker.state() === 'halted');
    t.strictSame(world.fatal, []);
    t.strictSame(world.done, ['closed'], 'and it lets go of what it had');
    await world.worker.stop(true);
    t.equal(world.worker.state(), 'halted');
  }
});

t.test('an operator hears why a task halts, and may have it tried again', async (t) => {
  const error = new TransportError('misconfigured', 'the policy c0ffee is missing', false);
  const world = start([error]);
  await until(() => world.worker.state() === 'halted');
  t.strictSame(world.halted, [error]);
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  t.equal(world.opened(), 1, 'not by itself');
  world.worker.retry();
  await until(() => world.worker.state() === 'running');
  t.equal(world.opened(), 2);
  world.worker.retry();
  await world.worker.stop(true);
});

t.test('a task that handed over to another plan is opened anew, and holds nothing twice', async (t) => {
  const opened: string[] = [];
  const asked: string[] = [];
  let steps = 0;
  const [old, next] = [smartHome(), { ...smartHome(), digest: 'ab'.repeat(32) }];
  const worker = startWorker({
    number: 0,
    open: async () => {
      const plan = opened.length === 0 ? old : next;
      opened.push(plan.digest);
      const script = scripted(() => null);
      const step = async (): Promise<StepInfo> => ({ ...(await script.task.step()), isHandedOver: ++steps === 3 });
      const task = { ...script.task, step, request: ({ plan: digest }: PlanRequest) => void asked.push(digest) };
      return { task, plan, close: async () => void opened.push(...script.done, 'closed') };
    },
    confirmed: () => Promise.resolve(),
    clock: createManualClock(0),
    logger: { log: () => {} },
    requestFor: () => ({ plan: next.digest, alignMs: 1, atMs: 0 }),
    onClosed: () => {},
    onHalted: () => {},
    onFatal: () => {},
  });
  await until(() => steps > 4);
  t.strictSame(opened, [old.digest, 'closed', next.digest], 'nothing is settled by the plan that handed over');
  t.strictSame([...new Set(asked)], [next.digest], 'and each was told what is wanted');
  await worker.stop(true);
});

t.test('a plan that cannot be come to halts the task before anything is read', async (t) => {
  let steps = 0;
  const script = scripted(() => {
    steps++;
    return null;
  });
  const halted: TransportError[] = [];
  const worker = startWorker({
    number: 0,
    open: async () => ({ task: script.task, plan: smartHome(), close: script.close }),
    confirmed: () => Promise.resolve(),
    clock: createManualClock(0),
    logger: { log: () => {} },
    requestFor: () => {
      throw new TransportError('misconfigured', 'another epoch', false);
    },
    onClosed: () => {},
    onHalted: (error) => void halted.push(error),
    onFatal: () => {},
  });
  await until(() => worker.state() === 'halted');
  t.equal(steps, 0);
  t.match(halted, [{ code: 'misconfigured' }]);
  await worker.stop(true);
});

t.test('while memory is short a worker steps without fetching, and waits where there is nothing to finish', async (t) => {
  const asked: boolean[] = [];
  let waits = 0;
  let isShort = true;
  const wait = async (): Promise<void> => {
    waits++;
    if (waits === 3) isShort = false;
  };
  const script = scripted(() => null);
  const step = async (mayFetch = true): Promise<StepInfo> => {
    asked.push(mayFetch);
    return script.task.step();
  };
  const worker = startWorker({
    number: 0,
    open: async () => ({ task: { ...script.task, step }, plan: smartHome(), close: script.close }),
    confirmed: () => Promise.resolve(),
    clock: createManualClock(0),
    logger: { log: () => {} },
    intake: { mayFetch: () => !isShort, wait },
    requestFor: ({ digest }) => ({ plan: digest, alignMs: 1, atMs: 0 }),
    onClosed: () => {},
    onHalted: () => {},
    onFatal: () => {},
  });
  await until(() => asked.includes(true));
  t.strictSame(asked.slice(0, 4), [false, false, false, true]);
  t.equal(waits, 3, 'one wait for each step that found nothing');
  t.equal(worker.state(), 'running');
  await worker.stop(true);
});

t.test('a broken invariant ends the process', async (t) => {
  const error = new InvariantError('x');
  const world = start([error]);
  await until(() => world.fatal.length > 0);
  t.strictSame(world.fatal, [error]);
});

t.test('a worker that waits can be stopped; one whose task went to another does not write any more', async (t) => {
  const waiting = start([new TransportError('unreachable', 'x', true)]);
  await until(() => waiting.worker.state() === 'waiting');
  await waiting.worker.stop(true);
  t.equal(waiting.worker.state(), 'stopped');
  const moved = start([]);
  await until(() => moved.worker.state() === 'running');
  await moved.worker.stop(false);
  t.strictSame(moved.done, ['closed']);
});

t.test('while the log waits for a registry the worker holds, says so once, and goes on by itself', async (t) => {
  const clock = createManualClock(1000);
  let isGone = true;
  const world = start([null], clock, () => (isGone ? 'held' : null));
  await until(() => world.worker.state() === 'holding');
  clock.advance(7000);
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  t.equal(world.worker.state(), 'holding');
  isGone = false;
  await until(() => world.worker.state() === 'running');
  t.equal(world.opened(), 1, 'the task was not opened again');
  t.strictSame(
    world.lines.filter((line) => /held|resumed/.test(String(line))),
    [
      ['held', { task: 3, error: 'unreachable' }],
      ['resumed', { task: 3, heldMs: 7000 }],
    ],
  );
  isGone = true;
  await until(() => world.worker.state() === 'holding');
  await world.worker.stop(true);
  t.ok(world.done.includes('settled'), 'what holds can be stopped');
});

t.test('while windows wait for an index the worker is not ready, says once what is wrong, and goes on by itself', async (t) => {
  let told: DatasetCode | null = 'dataset-missing';
  const world = start([null], createManualClock(0), () => told);
  await until(() => world.worker.state() === 'holding');
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  told = 'dataset-index-broken';
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  t.equal(world.worker.state(), 'holding');
  told = null;
  await until(() => world.worker.state() === 'running');
  t.equal(world.opened(), 1, 'the task was not opened again');
  t.strictSame(
    world.lines.filter((line) => /dataset|held/.test(String(line))),
    [
      ['dataset-held', { task: 3, view: 2, dataset: 'dataset-missing' }],
      ['dataset-held', { task: 3, view: 2, dataset: 'dataset-index-broken' }],
      ['dataset-resumed', { task: 3, view: 2 }],
    ],
  );
  await world.worker.stop(true);
});
