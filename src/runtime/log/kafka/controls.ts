import type { ControlLine } from '../../../control/fold.ts';
import { TransportError } from '../../../model/log.ts';
import type { Plan } from '../../../model/plan.ts';
import type { Clock } from '../../../model/ports.ts';
import { systemClock } from '../../clock.ts';
import type { ControlLog } from '../../control/log.ts';
import { type ControlSource, foldedControls, guardedControls, type ReadControls } from '../../control/source.ts';
import { fixedGuarding, type Guarding } from '../../dataset/guarding.ts';
import { openPublisher } from './publisher.ts';
import { type Connection, openReader, type Reader } from './reader.ts';
import type { KafkaSettings } from './settings.ts';
import type { RecordRun } from './wire/records.ts';

const WAIT_MS = 100;
const MAX_BYTES = 8 << 20;
/** A task waits so long for an answer, ms; then it goes on with what is known, so that intake does not stop with the control log. */
const PATIENCE_MS = 1000;

const openControls = (connection: Connection, topic: string): Promise<Reader> =>
  openReader({
    connection,
    partitions: [{ topic, partition: 0 }],
    isolation: 1,
    maxWaitMs: WAIT_MS,
    maxBytes: MAX_BYTES,
    // Times of whoever writes would let a record count for a window that is over.
    needsAppendTime: true,
  });

/** A record without a value is no envelope, and is judged as one that says nothing. */
const linesOf = (run: RecordRun, clockMs: number): ControlLine[] => {
  const lines: ControlLine[] = [];
  for (let i = 0; i < run.count; i++) {
    const start = run.valueStart[i];
    const value = Buffer.from(run.bytes.subarray(start, start + Math.max(0, run.valueLength[i])));
    lines.push({ offset: run.offset[i], appendMs: Math.max(clockMs, run.timestampMs[i], lines.at(-1)?.appendMs ?? clockMs), value });
  }
  return lines;
};

/** The control topic as the tasks of a process read it: one connection for all, and one judgement for all tasks of a plan. */
export interface SharedControls {
  /** Without `guarding` nothing guards, and a plan with datasets opens no task. */
  of(plan: Plan, guarding?: Guarding): ControlSource;
  close(): Promise<void>;
}

/** Resolves when the work is done, or after so many ms without it. */
const orLater = (work: Promise<void>, ms: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });

/** The control topic, read by one. */
interface ControlTopic {
  /** A reader of all records from the first one on. */
  reader(): ReadControls;
  close(): Promise<void>;
}

/**
 * Reads the control topic to its end whenever a task needs to know more. What was appended before our clock's time less `skewMs` is
 * then known: brokers whose clocks are further behind ours are not supported. Nobody who answers is no error here: nothing more is
 * known, so that windows wait.
 */
const openTopic = (connection: Connection, topic: string, clock: Clock, skewMs: number, patienceMs: number | null): ControlTopic => {
  const lines: ControlLine[] = [];
  let untilMs = Number.NEGATIVE_INFINITY;
  let reader: Reader | null = null;
  let reading: Promise<void> | null = null;
  const readOn = async (): Promise<void> => {
    const askedMs = clock.nowMs();
    reader ??= await openControls(connection, topic);
    const end = await reader.latest(0);
    while (reader.position(0) < end)
      for (const { runs } of await reader.poll())
        for (const run of runs) lines.push(...linesOf(run, lines.at(-1)?.appendMs ?? Number.NEGATIVE_INFINITY));
    untilMs = askedMs - skewMs;
  };
  const refresh = async (): Promise<void> => {
    try {
      await readOn();
    } catch (error) {
      await reader?.close().catch(() => {});
      reader = null;
      // Begun again from the first record. Until then nothing is known: a plan that comes now has taken no record.
      lines.length = 0;
      untilMs = Number.NEGATIVE_INFINITY;
      if (error instanceof TransportError && error.canRetry) return;
      throw error;
    }
  };
  return {
    reader() {
      let taken = 0;
      return async () => {
        reading ??= refresh().finally(() => {
          reading = null;
        });
        await (patienceMs === null ? reading : orLater(reading, patienceMs));
        const fresh = lines.slice(taken);
        taken += fresh.length;
        return { lines: fresh, untilMs };
      };
    },
    async close() {
      await reader?.close().catch(() => {});
    },
  };
};

/** `connection` is for nothing else: a topic without a leader makes every look for metadata fail, that of other topics too. */
export const sharedControls = (
  connection: Connection,
  topic: string,
  clock: Clock,
  skewMs: number,
  patienceMs = PATIENCE_MS,
): SharedControls => {
  const { reader, close } = openTopic(connection, topic, clock, skewMs, patienceMs);
  const byPlan = new Map<string, ControlSource>();
  return {
    of(plan, guarding = fixedGuarding()) {
      const known =
        byPlan.get(plan.digest) ?? (plan.signers.length === 0 ? guardedControls(guarding) : foldedControls(plan, reader(), guarding));
      byPlan.set(plan.digest, known);
      return known;
    },
    close,
  };
};

/** The control topic as whoever writes control records has it. */
export const kafkaControlLog = (settings: KafkaSettings, topic: string): ControlLog => {
  const lines = async (): Promise<readonly ControlLine[]> => {
    const shared = openTopic(settings, topic, systemClock, 0, null);
    try {
      const { lines: all, untilMs } = await shared.reader()();
      if (untilMs === Number.NEGATIVE_INFINITY) throw new TransportError('unreachable', 'the control topic cannot be read', true);
      return all;
    } finally {
      await shared.close();
    }
  };
  return {
    lines,
    async append(envelope) {
      const publisher = await openPublisher(settings, 'none');
      try {
        await publisher.publish([{ topic, key: null, value: Buffer.from(envelope), headers: {} }]);
      } finally {
        await publisher.close();
      }
      const found = (await lines()).findLast(({ value }) => Buffer.from(value).toString() === envelope);
      if (found === undefined) throw new TransportError('unreadable', 'the control record that was just written is not there', true);
      return { offset: found.offset, appendMs: found.appendMs };
    },
    close: async () => {},
  };
};
