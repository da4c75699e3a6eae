import type { Gate } from '../../src/gate/gate.ts';
import type { Candidates } from '../../src/model/candidate.ts';
import type { Plan, ViewPlan } from '../../src/model/plan.ts';
import { brandReleased } from '../../src/model/released.ts';
import { REASONS, type Verdicts } from '../../src/model/verdict.ts';
import { STAGES, type Stages } from '../../src/pipeline.ts';

interface Row {
  readonly source: number;
  readonly offset: number;
  readonly subject: string;
  readonly start: number;
  readonly codes: readonly (readonly number[])[];
  verdict: number;
}

const rowsOf = (view: ViewPlan, candidates: Candidates): (Row & { readonly atMs: number })[] => {
  const width = view.attributes.length;
  const length = view.path.length * width;
  return Array.from({ length: candidates.count }, (_, row) => ({
    source: candidates.source[row],
    offset: candidates.offset[row],
    atMs: candidates.appendMs[row],
    subject: Buffer.from(candidates.subject.subarray(row * 16, row * 16 + 16)).toString('hex'),
    start: candidates.start[row],
    codes: view.path.map((_, level) => [...candidates.codes.subarray(row * length + level * width, row * length + (level + 1) * width)]),
    verdict: REASONS.k.code,
  }));
};

/** Which rows of a class vouch for it, and how they are counted. */
export interface Counting {
  /** Rows that count, of all of the window with the class's tuple; `decided` tells which left finer. */
  readonly counted: (rows: readonly Row[], decided: (row: Row) => boolean) => readonly Row[];
  readonly count: (rows: readonly Row[]) => number;
}

export const subjects: Counting['count'] = (rows) => new Set(rows.map(({ subject }) => subject)).size;

/** A gate that somebody might write in an afternoon: level by level, classes of at least k of whatever it counts. */
const createNaiveGate = (plan: Plan, { counted, count }: Counting): Gate => {
  const windows = new Map<string, Row[]>();
  const decide = (view: ViewPlan, rows: Row[]): void => {
    const isDecided = (row: Row): boolean => row.verdict !== REASONS.k.code;
    for (let level = 0; level < view.path.length; level++) {
      const classes = new Map<string, Row[]>();
      for (const row of rows) {
        const key = row.codes[level].join();
        if (row.start <= level) classes.set(key, [...(classes.get(key) ?? []), row]);
      }
      const passing = [...classes.values()].filter((members) => count(counted(members, isDecided)) >= view.k);
      for (const row of passing.flat()) if (!isDecided(row)) row.verdict = level;
    }
  };
  return {
    offer(candidates) {
      const view = plan.views[candidates.view];
      for (const row of rowsOf(view, candidates)) {
        const key = `${view.index}:${Math.floor(row.atMs / view.windowMs) * view.windowMs}`;
        windows.set(key, [...(windows.get(key) ?? []), row]);
      }
      return [];
    },
    close(index, windowStartMs) {
      const view = plan.views[index];
      const rows = windows.get(`${index}:${windowStartMs}`) ?? [];
      decide(view, rows);
      const leaving = rows.filter(({ verdict }) => verdict !== REASONS.k.code);
      const arrays = (of: readonly Row[]) => ({
        count: of.length,
        source: Int32Array.from(of, ({ source }) => source),
        offset: Float64Array.from(of, ({ offset }) => offset),
      });
      const released = brandReleased({
        period: null,
        isAuthorised: false,
        ...arrays(leaving),
        view: index,
        windowStartMs,
        windowEndMs: windowStartMs + view.windowMs,
        level: Uint8Array.from(leaving, ({ verdict }) => verdict),
        codes: Int32Array.from(leaving.flatMap(({ codes, verdict }) => codes[verdict])),
        sensitive: view.sensitive === null ? new Int32Array(0) : new Int32Array(leaving.length).fill(-2),
        pseudonym: new Uint8Array(0),
      });
      const verdicts: Verdicts = { ...arrays(rows), view: index, windowStartMs, verdict: Uint8Array.from(rows, ({ verdict }) => verdict) };
      return { released, authorised: null, verdicts, smallestClass: leaving.length === 0 ? 0 : view.k };
    },
    expel: () => [],
    openWindows: () => [],
    survivors: () => 0,
    survivorsOf: () => null,
    takeFresh: () => [],
  };
};

/** The pipeline with such a gate in it. */
export const naiveStages = (counting: Counting): Stages => ({ ...STAGES, gate: (plan) => createNaiveGate(plan, counting) });
