import { isReleased } from '../model/verdict.ts';
import { type Classes, distinct } from './classes.ts';
import { type Decisions, groupBy } from './decisions.ts';
import type { Sources } from './sources.ts';

/** What somebody got hold of who should not have. What is left out does not narrow it. Times are ms. */
export type Leak =
  /** Released records of views, by their windows. */
  | { readonly kind: 'views'; readonly views: readonly string[]; readonly fromMs: number; readonly toMs: number }
  /** Source records by their offsets, both inclusive. */
  | { readonly kind: 'records'; readonly ranges: readonly Range[] }
  /** Keys of a key epoch: with them tokens and pseudonyms of its windows say who it was, to whoever has the ids. */
  | { readonly kind: 'epoch'; readonly epoch: number };

export interface Range {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** What the leak touched in one window of a view. Exact: for the operator and the officer, not for export. */
export interface TouchedWindow {
  readonly windowStart: number;
  readonly windowEnd: number;
  /** Records whose decision it touches, and those of them that were released. */
  readonly records: number;
  readonly released: number;
  /** Distinct subjects behind these records, by the raw data. */
  readonly subjects: number;
  /** Released classes among them, and the distinct subjects of the smallest one; 0 when none. */
  readonly classes: number;
  readonly smallestClass: number;
}

export interface TouchedView {
  readonly view: string;
  readonly unit: 'household' | 'device';
  readonly purpose: string;
  readonly windows: readonly TouchedWindow[];
  /** Distinct subjects over all windows: how many there are to inform. */
  readonly subjects: number;
}

/** Computes what a leak touched, from what the checker has read of source, lineage and outputs. */
export interface Incident {
  /** Looks at what was decided in one view; asked once a view and task. */
  see(decisions: Decisions, classes: Classes, sources: Sources, epochOf: (windowStartMs: number) => number): void;
  touched(): readonly TouchedView[];
}

const inRange = (ranges: readonly Range[], topic: string, partition: number, offset: number): boolean =>
  ranges.some((range) => range.topic === topic && range.partition === partition && offset >= range.from && offset <= range.to);

/** Whether the leak is about a row of the view. */
const touches = (
  leak: Leak,
  { view, windowStart, verdict, source, offset }: Decisions,
  sources: Sources,
  epochOf: (startMs: number) => number,
) => {
  switch (leak.kind) {
    case 'views':
      return (row: number): boolean =>
        leak.views.includes(view.name) &&
        isReleased(verdict[row]) &&
        windowStart[row] < leak.toMs &&
        windowStart[row] + view.windowMs > leak.fromMs;
    case 'records':
      return (row: number): boolean => {
        const of = source[row];
        return inRange(leak.ranges, sources.topic(of), sources.partition(of), offset[row]);
      };
    case 'epoch':
      return (row: number): boolean => epochOf(windowStart[row]) === leak.epoch;
    default:
      return leak satisfies never;
  }
};

const windowOf = ({ view, verdict, subject, windowStart }: Decisions, { all }: Classes, rows: readonly number[]): TouchedWindow => {
  const [first] = rows;
  const own = new Set(rows);
  const classes = all.filter((one) => one.windowStart === windowStart[first] && one.released.some((row) => own.has(row)));
  const sizes = classes.map(({ released }) => distinct(released.map((row) => subject[row])));
  return {
    windowStart: windowStart[first],
    windowEnd: windowStart[first] + view.windowMs,
    records: rows.length,
    released: rows.filter((row) => isReleased(verdict[row])).length,
    subjects: distinct(rows.map((row) => subject[row]).filter((number) => number >= 0)),
    classes: classes.length,
    smallestClass: sizes.length === 0 ? 0 : Math.min(...sizes),
  };
};

export const createIncident = (leak: Leak): Incident => {
  const views: TouchedView[] = [];
  return {
    see(decisions, classes, sources, epochOf) {
      const { view, windowStart, subject, read } = decisions;
      const isTouched = touches(leak, decisions, sources, epochOf);
      const rows: number[] = [];
      for (let row = 0; row < decisions.count; row++) if (read[row] >= 0 && isTouched(row)) rows.push(row);
      if (rows.length === 0) return;
      views.push({
        view: view.name,
        unit: view.subject,
        purpose: view.purpose,
        windows: groupBy(rows, (row) => windowStart[row])
          .map((own) => windowOf(decisions, classes, own))
          .sort((a, b) => a.windowStart - b.windowStart),
        subjects: distinct(rows.map((row) => subject[row]).filter((number) => number >= 0)),
      });
    },
    touched: () => views,
  };
};
