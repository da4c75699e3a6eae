import { type CandidateColumns, type Candidates, TOKEN_BYTES } from '../model/candidate.ts';
import type { Controls } from '../model/controls.ts';
import { type Epochs, epochsOf } from '../model/epochs.ts';
import { invariant } from '../model/invariant.ts';
import type { Keys } from '../model/keys.ts';
import type { Plan, ViewPlan } from '../model/plan.ts';
import { windowStart } from '../model/time.ts';
import { REASONS, type Verdicts } from '../model/verdict.ts';
import { type Closed, closedEmpty, closeWindow, verdictsOfWindow } from './close.ts';
import { createLotteries, type Draw, type Lotteries } from './lottery.ts';
import { isBound } from './resolve.ts';
import { createVerdictSink, sinkVerdict, type VerdictSink, verdictsOf } from './sink.ts';
import { survivorsOf, takeFresh } from './survivors.ts';
import { createGateWindow, type GateWindow, offer } from './window.ts';

export type { Closed } from './close.ts';

/** The gate: holds the survivors of open windows and decides each window once (section 5 of the spec). */
export interface Gate {
  /**
   * Takes the candidates of one view. Idempotent and order-free as to what is kept. Returns the verdicts that are final at
   * once (`lottery`, `duplicate`, `folded`), by window.
   */
  offer(candidates: Candidates): Verdicts[];
  /**
   * Decides and forgets one window; windows of a view close in rising order. One without candidates closes empty and needs no
   * keys. Throws `KeyError`, with the window untouched, when the key epoch is destroyed.
   */
  close(view: number, windowStartMs: number, controls: Controls): Closed;
  /**
   * Blocks every survivor of the windows that lie in destroyed key epochs, and forgets them: nothing can be decided of them any
   * more. Needs no key.
   */
  expel(): Verdicts[];
  openWindows(): OpenWindow[];
  /** Survivors held over all windows. */
  survivors(): number;
  /** Survivors of one window, as candidates; none when it has none. */
  survivorsOf(view: number, windowStartMs: number): CandidateColumns | null;
  /** Survivors of open windows that came since the last call: with all that was given before, a restart offers the same windows again. */
  takeFresh(): FreshSurvivors[];
}

export interface FreshSurvivors {
  readonly windowStartMs: number;
  readonly windowEndMs: number;
  readonly columns: CandidateColumns;
}

export interface OpenWindow {
  readonly view: number;
  readonly windowStartMs: number;
  readonly survivors: number;
}

export interface GateDeps {
  readonly keys: Keys;
  /** Gateway tokens, under the counting key of `epoch`, of the publishers that may read `view`. Needed when a view names publishers. */
  readonly publisherTokens?: (view: ViewPlan, epoch: number) => Uint8Array[];
}

/** The window of a view that holds an append time, made when it is the first; never one that was decided. */
const openWindow = (windows: Map<number, GateWindow>, view: ViewPlan, atMs: number, decidedMs: number, hasActors: boolean): GateWindow => {
  const startMs = windowStart(atMs, view.windowMs);
  invariant(Number.isFinite(startMs), 'a candidate has no append time');
  invariant(startMs >= decidedMs, 'a candidate for a window that is decided');
  const open = windows.get(startMs) ?? createGateWindow(view, startMs, hasActors);
  windows.set(startMs, open);
  return open;
};

/** The location lottery, when it is held: of a household that only bindings tell, at the close. */
const drawOf = (plan: Plan, lotteries: Lotteries, window: GateWindow, at: 'offer' | 'close'): Draw | null =>
  window.view.location && isBound(plan, window) === (at === 'close') ? lotteries.of(window.startMs) : null;

/** Decides one window under the keys of its epoch. */
const decide = (plan: Plan, deps: GateDeps, view: ViewPlan, window: GateWindow, controls: Controls, draw: Draw | null): Closed => {
  const epoch = epochsOf(plan, deps.keys).of(window.startMs);
  const viewKey = deps.keys.epoch(epoch).view(view.name);
  const names = view.gateways?.publishers.length ?? 0;
  const publishers = names === 0 ? [] : deps.publisherTokens!(view, epoch);
  invariant(publishers.length === names, 'a publisher has no token');
  return closeWindow(plan, window, controls, publishers, { view: viewKey, period: (id) => deps.keys.period(id) }, draw);
};

type Windows = readonly ReadonlyMap<number, GateWindow>[];

const listWindows = (windows: Windows): OpenWindow[] =>
  windows.flatMap((open, view) =>
    [...open.values()]
      .map(({ startMs, count }) => ({ view, windowStartMs: startMs, survivors: count }))
      .sort((left, right) => left.windowStartMs - right.windowStartMs),
  );

const survivorsIn = (window: GateWindow | undefined): CandidateColumns | null => (window === undefined ? null : survivorsOf(window));

const freshOf = (windows: Windows): FreshSurvivors[] =>
  windows.flatMap((open) =>
    [...open.values()].flatMap((window) => {
      const columns = takeFresh(window);
      return columns === null ? [] : [{ windowStartMs: window.startMs, windowEndMs: window.endMs, columns }];
    }),
  );

/** Takes away the windows of destroyed key epochs, and what was drawn in them. */
const expelDestroyed = (windows: readonly Map<number, GateWindow>[], { of, isDestroyed }: Epochs, lotteries: Lotteries): Verdicts[] => {
  const gone = windows.flatMap((open) => [...open.values()]).filter(({ startMs }) => isDestroyed(of(startMs)));
  for (const { view, startMs } of gone) windows[view.index]!.delete(startMs);
  lotteries.retain(windows.flatMap((open) => [...open.keys()]));
  return gone.map((window) => verdictsOfWindow(window, new Uint8Array(window.count).fill(REASONS.destroyed.code)));
};

const namesPublishers = ({ views }: Plan): boolean => views.some(({ gateways }) => (gateways?.publishers.length ?? 0) > 0);

export const createGate = (plan: Plan, deps: GateDeps): Gate => {
  const windows: Map<number, GateWindow>[] = plan.views.map(() => new Map());
  /** Per view, the end of the last closed window: nothing before it may open again. */
  const decidedMs: number[] = plan.views.map(() => -Infinity);
  const lotteries = createLotteries(deps.keys, epochsOf(plan, deps.keys));
  invariant(deps.publisherTokens !== undefined || !namesPublishers(plan), 'a view names publishers and nobody makes their tokens');

  const offerRows = (candidates: Candidates): Verdicts[] => {
    const view = plan.views[candidates.view];
    invariant(view !== undefined, 'candidates of a view that the plan does not have');
    const sinks = new Map<GateWindow, VerdictSink>();
    let window: GateWindow | null = null;
    let sink = createVerdictSink();
    let lottery: Draw | null = null;
    for (let row = 0; row < candidates.count; row++) {
      const atMs = candidates.appendMs[row]!;
      if (window === null || !(atMs >= window.startMs && atMs < window.endMs)) {
        window = openWindow(windows[view.index]!, view, atMs, decidedMs[view.index]!, plan.signers.length > 0);
        lottery = drawOf(plan, lotteries, window, 'offer');
        sink = sinks.get(window) ?? createVerdictSink();
        sinks.set(window, sink);
      }
      if (lottery !== null && !lottery(candidates.subject, row * TOKEN_BYTES, candidates.eventHour[row]!)) {
        sinkVerdict(sink, candidates.source[row]!, candidates.offset[row]!, REASONS.lottery.code);
      } else {
        offer(window, candidates, row, sink);
      }
    }
    return [...sinks].filter(([, { count }]) => count > 0).map(([{ startMs }, final]) => verdictsOf(final, view.index, startMs));
  };

  const close = (viewIndex: number, windowStartMs: number, controls: Controls): Closed => {
    const view = plan.views[viewIndex];
    invariant(view !== undefined, 'a view that the plan does not have');
    invariant(windowStart(windowStartMs, view.windowMs) === windowStartMs, 'a window that is not aligned');
    invariant(windowStartMs >= decidedMs[viewIndex]!, 'a window is decided twice');
    const window = windows[viewIndex]!.get(windowStartMs);
    const closed =
      window === undefined
        ? closedEmpty(view, windowStartMs)
        : decide(plan, deps, view, window, controls, drawOf(plan, lotteries, window, 'close'));
    windows[viewIndex]!.delete(windowStartMs);
    decidedMs[viewIndex] = windowStartMs + view.windowMs;
    lotteries.retain(windows.flatMap((open) => [...open.keys()]));
    return closed;
  };

  return {
    offer: offerRows,
    close,
    expel: () => expelDestroyed(windows, epochsOf(plan, deps.keys), lotteries),
    openWindows: () => listWindows(windows),
    survivors: () => listWindows(windows).reduce((sum, { survivors }) => sum + survivors, 0),
    survivorsOf: (view, windowStartMs) => survivorsIn(windows[view]!.get(windowStartMs)),
    takeFresh: () => freshOf(windows),
  };
};
