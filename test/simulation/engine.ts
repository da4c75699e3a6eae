import { createRequire, syncBuiltinESMExports } from 'node:module';
import timersPromises from 'node:timers/promises';
import { createRandom, type Random } from './random.ts';

const load = createRequire(import.meta.url);
const { KafkaJSConnectionClosedError } = load('kafkajs/src/errors.js') as {
  readonly KafkaJSConnectionClosedError: new (text: string, of: { host: string; port: number }) => Error;
};
const { createErrorFromCode } = load('kafkajs/src/protocol/error.js') as { readonly createErrorFromCode: (code: number) => Error };

/** A broker's refusal within an effect. */
export class Refusal {
  readonly code: number;
  constructor(code: number) {
    this.code = code;
  }
}

/** One operating-system process. A paused one gets no answers and no timers; a dead one never again. */
export interface SimProcess {
  readonly name: string;
  state: 'running' | 'paused' | 'dead';
  /** Its beats do not reach the group. */
  isCut: boolean;
}

export interface CallOptions<T> {
  readonly process: SimProcess;
  readonly kind: string;
  /** Applied at once, at some time; throws `Refusal`. */
  readonly effect: () => T;
  /** When the broker may look at it: now, unless told. */
  readonly isDue?: () => boolean;
  /** When its waiting ends, whatever `isDue` says, ms. */
  readonly dueMs?: number;
  /** When the answer may leave: an append is acknowledged when it is replicated. */
  readonly isReady?: (value: T) => boolean;
}

interface Call {
  readonly process: SimProcess;
  readonly kind: string;
  readonly isDue: () => boolean;
  readonly dueMs: number;
  readonly apply: () => void;
  readonly isReady: () => boolean;
  readonly answer: () => void;
  readonly fail: (error: Error) => void;
  phase: 'request' | 'reply' | 'late';
}

interface Timer {
  readonly process: SimProcess | null;
  readonly atMs: number;
  readonly fire: () => void;
}

/** What may happen to a request. */
export type Mishap = 'none' | 'lost' | 'late' | 'deaf' | 'refused';

/** Seeded schedule: every call, timer and background event is chosen by it. */
export interface Engine {
  readonly random: Random;
  nowMs(): number;
  call<T>(of: CallOptions<T>): Promise<T>;
  /** Runs code as a process: its timers are its own. */
  as<T>(process: SimProcess, work: () => T): T;
  /** Kinds of the calls in flight, for the digest of a state. */
  inFlight(): readonly string[];
  /** Told of every event, for whoever looks into a seed. */
  trace: (line: string) => void;
  /** Takes away the calls and timers of a process that has died; its requests may still arrive. */
  bury(process: SimProcess): void;
  /** Makes the next event of calls, timers or `background`; false when nothing can happen any more. */
  next(background: readonly (() => void)[], alsoAtMs: number, mishap: (kind: string, process: SimProcess) => Mishap): boolean;
}

const connectionLost = (): Error => new KafkaJSConnectionClosedError('Closed connection', { host: 'model', port: 1 });

export const brokerError = (code: number): Error => createErrorFromCode(code);

const refusalOf = (kind: string): number => (kind === 'produce' || kind === 'fetch' || kind === 'offsets' ? 6 : 16);

const createCalls = (random: Random, now: () => number) => {
  let calls: Call[] = [];
  return {
    all: () => calls,
    add<T>({ process, kind, effect, isDue = () => true, dueMs = 0, isReady = () => true }: CallOptions<T>): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        let outcome: { readonly value: T } | Refusal | null = null;
        calls.push({
          process,
          kind,
          isDue,
          dueMs,
          phase: 'request',
          apply() {
            try {
              outcome = { value: effect() };
            } catch (error) {
              if (!(error instanceof Refusal)) throw error;
              outcome = error;
            }
          },
          isReady: () => outcome instanceof Refusal || outcome === null || isReady(outcome.value),
          answer: () => (outcome instanceof Refusal ? reject(brokerError(outcome.code)) : resolve((outcome as { value: T }).value)),
          fail: reject,
        });
      });
    },
    enabled: (): Call[] =>
      calls.filter(({ phase, process, isDue, dueMs, isReady }) =>
        phase === 'reply' ? process.state === 'running' && isReady() : phase === 'late' || isDue() || (dueMs > 0 && now() >= dueMs),
      ),
    remove(call: Call): void {
      calls = calls.filter((one) => one !== call);
    },
    bury(process: SimProcess): void {
      calls = calls.filter((call) => call.process !== process || (call.phase !== 'reply' && random.chance(0.5)));
      for (const call of calls) if (call.process === process) call.phase = 'late';
    },
  };
};

type Calls = ReturnType<typeof createCalls>;

/** One step of one call: request, effect, reply, and what goes wrong between them. */
const advance = (calls: Calls, call: Call, mishap: Mishap): void => {
  const isFirst = call.phase === 'request';
  if (isFirst && mishap === 'none') {
    call.apply();
    call.phase = 'reply';
    return;
  }
  if (isFirst && mishap === 'late') call.phase = 'late';
  else calls.remove(call);
  if (!isFirst) {
    if (call.phase === 'late') call.apply();
    else call.answer();
  } else if (mishap === 'refused') call.fail(brokerError(refusalOf(call.kind)));
  else {
    if (mishap === 'deaf') call.apply();
    call.fail(connectionLost());
  }
};

const TIME_SHARE = 0.05;

export interface RunningEngine extends Engine {
  /** Gives time and timers back to whoever had them. */
  stop(): void;
}

/** Puts our timers, clock and dice in the place of the process's; one engine at a time. */
const patchGlobals = (
  setTimer: (work: () => void, ms: number) => Timer,
  clear: (timer: Timer) => void,
  random: Random,
  now: () => number,
) => {
  const real = { setTimeout, clearTimeout, now: Date.now, random: Math.random, sleep: timersPromises.setTimeout };
  const promises = timersPromises as { setTimeout: unknown };
  globalThis.setTimeout = ((work: () => void, ms = 0) => setTimer(work, ms)) as unknown as typeof setTimeout;
  globalThis.clearTimeout = ((timer: Timer | undefined) => timer && clear(timer)) as unknown as typeof clearTimeout;
  promises.setTimeout = (ms: number) => new Promise<void>((resolve) => setTimer(resolve, ms));
  syncBuiltinESMExports();
  Date.now = now;
  Math.random = random.next;
  return (): void => {
    globalThis.setTimeout = real.setTimeout;
    globalThis.clearTimeout = real.clearTimeout;
    promises.setTimeout = real.sleep;
    syncBuiltinESMExports();
    Date.now = real.now;
    Math.random = real.random;
  };
};

export const createEngine = (seed: number, startMs: number): RunningEngine => {
  const random = createRandom(seed);
  let nowMs = startMs;
  let current: SimProcess | null = null;
  let timers: Timer[] = [];
  const now = (): number => nowMs;
  const calls = createCalls(random, now);
  const setTimer = (fire: () => void, ms: number): Timer => {
    const timer = { process: current, atMs: nowMs + Math.max(0, ms), fire };
    timers.push(timer);
    return timer;
  };
  const clear = (timer: Timer): void => {
    timers = timers.filter((one) => one !== timer);
  };
  const stop = patchGlobals(setTimer, clear, createRandom(seed ^ 0x5bd1e995), now);
  const runnable = (): Timer[] => timers.filter(({ process }) => process === null || process.state === 'running');
  /** Time goes to the next thing that waits for it. */
  const advanceTime = (alsoAtMs: number): boolean => {
    const due = runnable().sort((a, b) => a.atMs - b.atMs)[0];
    const waits = calls.all().filter(({ phase, dueMs }) => phase === 'request' && dueMs > nowMs).map(({ dueMs }) => dueMs); // biome-ignore format: a line
    const nextMs = Math.min(alsoAtMs, due?.atMs ?? Number.POSITIVE_INFINITY, ...waits);
    if (!Number.isFinite(nextMs)) return false;
    nowMs = Math.max(nowMs, nextMs);
    if (due !== undefined && due.atMs <= nowMs) {
      clear(due);
      current = due.process;
      due.fire();
    }
    return true;
  };
  const engine: RunningEngine = {
    random,
    trace: () => {},
    nowMs: now,
    call: (of) => calls.add(of),
    as(process, work) {
      current = process;
      return work();
    },
    inFlight: () => calls.all().map(({ kind, phase, process }) => `${process.name}/${kind}/${phase}`),
    bury(process) {
      calls.bury(process);
      timers = timers.filter((timer) => timer.process !== process);
    },
    next(background, alsoAtMs, mishap) {
      const enabled = calls.enabled();
      const possible = enabled.length + background.length;
      // Answers are quicker than anything that waits for time, as a rule.
      const choice = possible === 0 || random.chance(TIME_SHARE) ? possible : random.below(possible);
      if (choice < enabled.length) {
        const call = enabled[choice];
        current = call.process;
        const what = call.phase === 'request' ? mishap(call.kind, call.process) : 'none';
        engine.trace(`${nowMs - startMs} ${call.process.name} ${call.kind} ${call.phase} ${what}`);
        advance(calls, call, what);
        return true;
      }
      current = null;
      if (choice < possible) {
        engine.trace(`${nowMs - startMs} background`);
        background[choice - enabled.length]();
        return true;
      }
      return advanceTime(alsoAtMs) || possible > 0;
    },
    stop,
  };
  return engine;
};

/** Lets everything that was woken run until it waits again. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
