import { hash } from 'node:crypto';
import { AUTHORISED } from '../model/verdict.ts';
import type { PeriodRule } from './control/index.ts';
import type { LineageRow } from './lineage.ts';
import type { OutputTable } from './outputs.ts';
import type { Projection } from './projection.ts';
import type { ViewRule } from './rules.ts';
import { createInterner } from './sources.ts';

/**
 * All decisions of one view: a row per lineage entry, filled in from the raw data when its record is read. Columns are
 * plain arrays of small integers; texts are interned. About 150 B a row.
 */
export interface Decisions {
  readonly view: ViewRule;
  readonly outputs: OutputTable;
  count: number;
  readonly source: number[];
  readonly offset: number[];
  readonly windowStart: number[];
  readonly verdict: number[];
  /** Entry of `outputs`; -1 when blocked, when there is no such output, or when it left as authorised. */
  readonly output: number[];
  /** Entry of `outputs.authorised` of a row whose verdict is AUTHORISED; else -1. */
  readonly authorised: number[];
  /** Position of the record in the input, -1 until it was met there. */
  readonly read: number[];
  readonly subject: number[];
  /** Whom repetitions are folded as: the subject, and with a control log whom its records could be about, too. */
  readonly unit: number[];
  readonly gateway: number[];
  /** Event number; -1 when the event has no id. */
  readonly event: number[];
  readonly start: number[];
  /** `view.path.length` numbers of `outputs.tuples` a row; -1 below the start level. */
  readonly tuples: number[];
  readonly sensitive: number[];
  readonly hour: number[];
  /** What combined-use periods make of a window's rules. */
  periodOf(windowStart: number): PeriodRule;
  /** The view's k, or that of the strictest period. */
  kOf(windowStart: number): number;
  /** The raw id of a subject by its number: what rows of several tasks can be compared by. */
  subjectText(number: number): string;
  /** Number of a gateway by its canonical id; -1 when no record came through it. */
  gatewayNumber(id: string): number;
  /** Row of a record, or -1. */
  find(source: number, offset: number): number;
  /** Adds a lineage row; false when the record has one already. */
  add(windowStart: number, row: LineageRow): boolean;
  /** Writes what the raw data say. */
  fill(row: number, read: number, projection: Projection, hasControls: boolean): void;
}

const OFFSET_RANGE = 2 ** 40;
const digestKey = (text: string): string => hash('sha256', text, 'binary').slice(0, 12);

const NO_PERIOD: PeriodRule = {
  ids: [],
  k: 0,
  isCoarsestOnly: false,
  isSuspended: false,
  output: null,
  lineage: null,
  mayBeAuthorised: false,
};

/** Where there is no control log. */
const noPeriods = (): PeriodRule => NO_PERIOD;

const unitOf = ({ offered, named }: Projection, hasControls: boolean): string =>
  hasControls ? JSON.stringify([offered, named.device, named.account, named.household]) : String(offered);

const column = (): number[] => [];

const emptyColumns = () => ({
  source: column(),
  offset: column(),
  windowStart: column(),
  verdict: column(),
  output: column(),
  authorised: column(),
  read: column(),
  subject: column(),
  unit: column(),
  gateway: column(),
  event: column(),
  start: column(),
  tuples: column(),
  sensitive: column(),
  hour: column(),
});

export const createDecisions = (
  view: ViewRule,
  outputs: OutputTable,
  periodOf: (windowStart: number) => PeriodRule = noPeriods,
): Decisions => {
  const rows = new Map<number, number>();
  const subjects = createInterner();
  const units = createInterner();
  const gateways = createInterner();
  const events = createInterner();
  const levels = view.path.length;
  const keyOf = (source: number, offset: number): number => source * OFFSET_RANGE + offset;
  return {
    view,
    outputs,
    count: 0,
    ...emptyColumns(),
    periodOf,
    kOf: (windowStart) => Math.max(view.k, periodOf(windowStart).k),
    subjectText: (number) => subjects.text(number),
    gatewayNumber: (id) => gateways.find(id),
    find: (source, offset) => rows.get(keyOf(source, offset)) ?? -1,
    add(windowStart, { source, offset, verdict, digest }) {
      const key = keyOf(source, offset);
      if (rows.has(key)) return false;
      rows.set(key, this.count++);
      this.source.push(source);
      this.offset.push(offset);
      this.windowStart.push(windowStart);
      this.verdict.push(verdict);
      const isAuthorised = verdict === AUTHORISED;
      this.output.push(digest === '' || isAuthorised ? -1 : outputs.find(digest));
      this.authorised.push(isAuthorised ? (outputs.authorised?.find(digest) ?? -1) : -1);
      this.read.push(-1);
      this.subject.push(-1);
      this.unit.push(-1);
      this.gateway.push(-1);
      this.event.push(-1);
      this.start.push(-1);
      for (let level = 0; level < levels; level++) this.tuples.push(-1);
      this.sensitive.push(-1);
      this.hour.push(-1);
      return true;
    },
    fill(row, read, projection, hasControls) {
      this.read[row] = read;
      this.subject[row] = projection.subject === null ? -1 : subjects.of(projection.subject);
      this.unit[row] = projection.offered === null ? -1 : units.of(unitOf(projection, hasControls));
      this.gateway[row] = projection.gateway === null ? -1 : gateways.of(projection.gateway);
      this.event[row] = projection.event === null ? -1 : events.of(digestKey(projection.event));
      this.start[row] = projection.start;
      projection.tuples.forEach((tuple, level) => {
        this.tuples[row * levels + level] = tuple === null ? -1 : outputs.tuples.of(tuple);
      });
      this.sensitive[row] = projection.sensitive === null ? -1 : outputs.sensitives.of(projection.sensitive);
      this.hour[row] = projection.hour;
    },
  };
};

/** `view, window, level` of a class: how reports name it, without its values. */
export const placeOf = (view: ViewRule, windowStart: number, level: number): string => `${view.name} window ${windowStart} level ${level}`;

/** Groups items, most often rows, by a key; groups in the order of first sight. */
export const groupBy = <T>(rows: readonly T[], keyOf: (row: T) => string | number): T[][] => {
  const groups = new Map<string | number, T[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups.values()];
};
