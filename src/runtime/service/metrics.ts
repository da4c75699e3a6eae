import { Counter, Gauge, Registry } from 'prom-client';
import type { Plan } from '../../model/plan.ts';
import { AUTHORISED, isReleased, REASONS, reasonOf } from '../../model/verdict.ts';
import { exported } from '../../record/audit.ts';
import type { ClosedWindow } from '../task.ts';

/**
 * What is exported: it changes once per window and counts in multiples of k, so that no difference of two readings isolates
 * anybody. Labels are names of the policy and of closed lists: nothing that an event says becomes one.
 */
export interface Metrics {
  /** Adds what became of the records of windows that were closed. */
  closed(windows: readonly ClosedWindow[], nowMs: number): void;
  /** Adds windows that were found to be past their objective. */
  late(windows: readonly { readonly view: string }[]): void;
  /** `dueMs`: windows that ended before it should be out. By view the end of the oldest one that waits, ms. */
  overdue(openSince: ReadonlyMap<string, number>, dueMs: number): void;
  memory(of: { readonly rssBytes: number; readonly capBytes: number; readonly isPaused: boolean }): void;
  tasks(byState: Readonly<Record<string, number>>): void;
  /** Tasks that wait for the boundary from which another policy decides. */
  changing(tasks: number): void;
  /** Makes the counters of a plan's views, so that they are there before anything is counted. */
  views(plan: Plan): void;
  readonly contentType: string;
  text(): Promise<string>;
}

type Registers = Registry[];

const labelsOf = (verdict: number): { readonly verdict: string; readonly reason: string } => {
  if (!isReleased(verdict)) return { verdict: 'blocked', reason: reasonOf(verdict) ?? Object.keys(REASONS)[0] };
  return { verdict: verdict === AUTHORISED ? 'authorised' : `level-${verdict}`, reason: '' };
};

/** What became of windows and of the records in them. */
const windowMetrics = (registers: Registers): Pick<Metrics, 'closed' | 'late' | 'overdue' | 'views'> => {
  const records = new Counter({
    name: 'unjoin_records_total',
    help: 'Records by view and verdict, per window floored to multiples of k',
    labelNames: ['view', 'verdict', 'reason'],
    registers,
  });
  const windows = new Counter({
    name: 'unjoin_windows_closed_total',
    help: 'Windows decided and completed',
    labelNames: ['view'],
    registers,
  });
  const delay = new Gauge({
    name: 'unjoin_window_delay_seconds',
    help: 'From the end of the last closed window to its release',
    labelNames: ['view'],
    registers,
  });
  const late = new Counter({
    name: 'unjoin_windows_late_total',
    help: 'Windows that were not out at their end and the objective (delayObjectiveMs)',
    labelNames: ['view'],
    registers,
  });
  const overdue = new Gauge({
    name: 'unjoin_window_overdue_seconds',
    help: 'How far the oldest window that waits is past its objective; 0 within it',
    labelNames: ['view'],
    registers,
  });
  const count = ({ view, k, verdicts }: ClosedWindow): void => {
    for (const [verdict, exact] of verdicts.entries()) {
      const shown = exported(exact, k);
      if (shown > 0) records.inc({ view, ...labelsOf(verdict) }, shown);
    }
  };
  return {
    views(of) {
      for (const { name } of of.views) for (const counter of [windows, late]) counter.inc({ view: name }, 0);
    },
    closed(closed, nowMs) {
      for (const window of closed) {
        count(window);
        windows.inc({ view: window.view });
        delay.set({ view: window.view }, Math.max(0, nowMs - window.windowEndMs) / 1000);
      }
    },
    late(found) {
      for (const { view } of found) late.inc({ view });
    },
    overdue(openSince, dueMs) {
      overdue.reset();
      for (const [view, endMs] of openSince) overdue.set({ view }, Math.max(0, dueMs - endMs) / 1000);
    },
  };
};

/** What the process is about. */
const processMetrics = (registers: Registers): Pick<Metrics, 'tasks' | 'changing' | 'memory'> => {
  const resident = new Gauge({ name: 'unjoin_resident_bytes', help: 'Resident memory of the process', registers });
  const cap = new Gauge({ name: 'unjoin_resident_limit_bytes', help: 'Memory that the process may take (limits.rssMiB)', registers });
  const paused = new Gauge({ name: 'unjoin_intake_paused', help: '1 while nothing is fetched, as memory is short', registers });
  const tasks = new Gauge({ name: 'unjoin_tasks', help: 'Tasks of this process by state', labelNames: ['state'], registers });
  const changing = new Gauge({
    name: 'unjoin_tasks_changing',
    help: 'Tasks of this process for which another policy is named to decide from a boundary on',
    registers,
  });
  return {
    tasks(byState) {
      for (const [state, number] of Object.entries(byState)) tasks.set({ state }, number);
    },
    changing: (number) => changing.set(number),
    memory({ rssBytes, capBytes, isPaused }) {
      resident.set(rssBytes);
      cap.set(capBytes);
      paused.set(isPaused ? 1 : 0);
    },
  };
};

export const createMetrics = (plan: Plan): Metrics => {
  const registry = new Registry();
  const windows = windowMetrics([registry]);
  windows.views(plan);
  return { ...windows, ...processMetrics([registry]), contentType: registry.contentType, text: () => registry.metrics() };
};
