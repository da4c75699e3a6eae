import type { Controls } from '../../model/controls.ts';
import type { DatasetCode } from '../../model/dataset-error.ts';
import type { GoneKeys, Keys } from '../../model/keys.ts';
import type { Log, SourcePartition } from '../../model/log.ts';
import type { Plan } from '../../model/plan.ts';
import type { Clock } from '../../model/ports.ts';
import type { Pipeline } from '../../pipeline.ts';
import { type DecidedWindow, LEDGER_START, type LedgerChange } from '../../record/ledger.ts';
import { type ControlSource, fixedControls } from '../control/source.ts';
import { requireGuards } from '../dataset/guards.ts';
import { createLineageBook, type LineageBook } from '../lineage-book.ts';
import { createSummary, type Summary } from '../summary.ts';
import { createWindowBook, type WindowBook } from '../window-book.ts';
import type { Writers } from '../writers.ts';

/** Before the first record of a partition. */
export const NO_CLOCK = Number.NEGATIVE_INFINITY;

/** How far the task has come in one source partition. Times are ms. */
export interface PartitionState {
  /** Running maximum of append times and barriers. */
  clockMs: number;
  /** Where a restart begins to read again, and the clock there. */
  restoreFrom: number;
  restoreClockMs: number;
  /** Our clock at the last two looks at which nothing was left to read; null when the last look found something. */
  idleMs: readonly [previous: number, last: number] | null;
}

/** What a durable log needs of the task beyond the files' way. */
export interface Durable {
  readonly task: number;
  readonly keys: Keys;
  readonly clock: Clock;
  /** How old what only the source log holds may get before survivors are written to `held`, ms. */
  readonly heldEveryMs: number;
  /** How far our clock has to be ahead of a barrier for an idle partition, ms. */
  readonly idleMs: number;
  /** How long after its end a window may be open before it is told as late, ms; left out where nobody listens. */
  readonly delayObjectiveMs?: number;
  /** Fresh random bytes, for nonces alone. */
  readonly random: (bytes: number) => Uint8Array;
}

/** Everything one task owns while it runs. */
export interface State {
  readonly plan: Plan;
  readonly pipeline: Pipeline;
  readonly log: Log;
  readonly writers: Writers;
  readonly controls: ControlSource;
  /** Control records that the audit has told of. */
  toldControls: number;
  /** Our clock when the control log was last looked at without need, ms. */
  controlsAtMs: number;
  /** How many destroyed epochs and control keys there were when windows were blocked for them last. */
  readonly forgotten: Record<GoneKeys['of'], number>;
  /** Destroys keys, wherever they still are. */
  readonly forget: (gone: GoneKeys) => void;
  readonly durable: Durable | null;
  readonly sources: readonly SourcePartition[];
  /** By source. A file's broken lines have a source that nobody knew of: it is added when the first of them comes. */
  readonly partitions: PartitionState[];
  readonly windows: WindowBook;
  readonly lineage: LineageBook;
  readonly summary: Summary;
  /** Per view, the end of its last closed window. */
  readonly closedUntilMs: (number | null)[];
  /** Windows that the last transaction decided: the next one completes them. */
  decided: readonly DecidedWindow[];
  /** What holds for decided windows, by their names: an index that goes away between two steps changes nothing any more. */
  readonly pinned: Map<string, Controls>;
  /** Why windows of a view are over and wait, by view: an index that guards them is not to be had. As of the last step. */
  readonly waits: Map<number, DatasetCode>;
  /** Lineage chunks written so far, by open window. */
  readonly chunks: Map<string, number>;
  /** Per open window, an offset in `held` that nothing of it lies before. */
  readonly heldFirst: Map<string, number>;
  heldNext: number;
  /** Our clock when `held` was last written, ms. */
  heldAtMs: number;
  seq: number;
  prev: string;
  /** How the plan came into force, and which one comes next; null as long as there never was another. */
  change: LedgerChange | null;
}

export interface StateOptions {
  readonly plan: Plan;
  readonly pipeline: Pipeline;
  readonly log: Log;
  readonly writers: Writers;
  /** Absent: the policy has no control log. */
  readonly controls?: ControlSource;
  readonly durable?: Durable;
  /** Destroys keys; called once the step that says so is written. */
  readonly forget?: (gone: GoneKeys) => void;
}

export const freshPartition = (): PartitionState => ({ clockMs: NO_CLOCK, restoreFrom: 0, restoreClockMs: NO_CLOCK, idleMs: null });

export const windowName = (view: string, windowStartMs: number): string => `${view}:${windowStartMs}`;

export const createState = async (options: StateOptions): Promise<State> => {
  const { plan, log, durable = null, controls = fixedControls() } = options;
  if (controls.guards !== null) requireGuards(plan, controls.guards);
  const sources = await log.sources();
  return {
    plan,
    pipeline: options.pipeline,
    log,
    writers: options.writers,
    controls,
    toldControls: 0,
    controlsAtMs: Number.NEGATIVE_INFINITY,
    forgotten: { epoch: 0, control: 0 },
    forget: options.forget ?? (() => {}),
    durable,
    sources,
    partitions: sources.map(freshPartition),
    windows: createWindowBook(plan),
    lineage: createLineageBook(),
    summary: createSummary(plan),
    closedUntilMs: plan.views.map(() => null),
    decided: [],
    pinned: new Map(),
    waits: new Map(),
    chunks: new Map(),
    heldFirst: new Map(),
    heldNext: 0,
    heldAtMs: durable?.clock.nowMs() ?? 0,
    seq: 0,
    prev: LEDGER_START,
    change: null,
  };
};
