import type { DecidedWindow } from '../../record/ledger.ts';
import { isAtBoundary } from './change.ts';
import { type Durable, type PartitionState, type State, windowName } from './state.ts';

/** After the last record of a finite log. */
const END = Number.POSITIVE_INFINITY;

/** Looks whether a partition has anything left to read; only two such looks in a row make it idle, for a watermark may be old. */
const lookAt = async (state: State, source: number, nowMs: number): Promise<void> => {
  const { log } = state;
  const partition = state.partitions[source];
  const position = log.position(source);
  const isAtEnd = position >= (await log.highWatermark(source)) && position >= (await log.lastStableOffset(source));
  partition.idleMs = isAtEnd ? [partition.idleMs?.[1] ?? END, nowMs] : null;
};

/** Up to where an idle partition may be taken to have passed: what is appended now gets a later time, clocks differing by `idleMs` at most. */
const barrierOf = ({ idleMs }: PartitionState, allowanceMs: number): number =>
  idleMs === null || idleMs[0] === END ? Number.NEGATIVE_INFINITY : idleMs[0] - allowanceMs;

/** Windows of all views that every partition has passed, were the partitions' clocks these. */
const dueAt = (state: State, clocksMs: readonly number[]): DecidedWindow[] => {
  const untilMs = Math.min(END, ...clocksMs);
  return state.plan.views.flatMap((view) =>
    state.windows.due(view.index, untilMs).map(({ windowStartMs }) => ({ view: view.name, windowStart: windowStartMs })),
  );
};

/** The clocks, idle partitions set forward. */
const pushedClocks = ({ partitions }: State, { idleMs }: Durable): number[] =>
  partitions.map((partition) => Math.max(partition.clockMs, barrierOf(partition, idleMs)));

/** Whether the plan in force has nothing left to decide; then the clocks of idle partitions stand behind the boundary. */
export const reachBoundary = (state: State): boolean => {
  if (state.durable === null) return false;
  const pushed = pushedClocks(state, state.durable);
  if (!isAtBoundary(state, pushed)) return false;
  for (const [source, clockMs] of pushed.entries()) state.partitions[source].clockMs = clockMs;
  return true;
};

export interface Decision {
  readonly decided: readonly DecidedWindow[];
  /** Whether the clock of an idle partition was set forward for it. */
  readonly hasBarrier: boolean;
}

/**
 * Decides which windows are over. In a finite log a partition that was read to its end has passed everything, and all have
 * when nothing is left (`isOver`), whatever a line said of itself when the ends were looked for; in an endless one, an idle partition is set forward when a window waits for it alone. That depends on our clock, so it is written to
 * the ledger before anything is closed: windows decided now are closed by the step after. Who did not ask (`isBlind`) knows no
 * watermark, so that nothing is idle for it.
 */
export const decide = async (state: State, asked: { isOver: boolean; isBlind: boolean }): Promise<Decision> => {
  const decision = await overWindows(state, asked);
  const known: DecidedWindow[] = [];
  state.waits.clear();
  for (const window of decision.decided) if (await isControlled(state, window)) known.push(window);
  return { ...decision, decided: known };
};

/**
 * Whether everything that holds for a window is known: the control records before its end, and the indexes that they name. Until
 * it is, the window waits; from then on what holds is pinned, so that it is completed by nothing else.
 */
export const isControlled = async (state: State, { view, windowStart }: DecidedWindow): Promise<boolean> => {
  const { plan, controls, pinned, waits } = state;
  const name = windowName(view, windowStart);
  if (pinned.has(name)) return true;
  const of = plan.views.find((one) => one.name === view);
  if (of === undefined || !(await controls.isKnown(windowStart + of.windowMs))) return false;
  const missing = controls.waitsFor(of, windowStart);
  if (missing === null) pinned.set(name, controls.at(of, windowStart));
  else waits.set(of.index, missing.code);
  return missing === null;
};

const overWindows = async (state: State, { isOver, isBlind }: { isOver: boolean; isBlind: boolean }): Promise<Decision> => {
  const { log, durable, partitions, sources } = state;
  if (isBlind) {
    for (const partition of partitions) partition.idleMs = null;
    return { decided: dueAt(state, partitions.map(({ clockMs }) => clockMs)), hasBarrier: false }; // biome-ignore format: one thing
  }
  if (isOver) return { decided: dueAt(state, []), hasBarrier: false };
  if (log.isFinite || durable === null) {
    const clocks: number[] = [];
    for (const { source } of sources)
      clocks.push(log.position(source) >= (await log.highWatermark(source)) ? END : partitions[source].clockMs);
    return { decided: dueAt(state, clocks), hasBarrier: false };
  }
  const nowMs = durable.clock.nowMs();
  for (const { source } of sources) await lookAt(state, source, nowMs);
  const clocks = partitions.map(({ clockMs }) => clockMs);
  const own = dueAt(state, clocks);
  const pushed = pushedClocks(state, durable);
  const decided = dueAt(state, pushed);
  if (decided.length === own.length) return { decided: own, hasBarrier: false };
  for (const [source, clockMs] of pushed.entries()) partitions[source].clockMs = clockMs;
  return { decided, hasBarrier: true };
};
