import { ACTOR_BYTES, brandCandidates, type Candidates, TOKEN_BYTES } from '../model/candidate.ts';
import type { Columns } from '../model/columns.ts';
import { type Epochs, epochsOf } from '../model/epochs.ts';
import { invariant } from '../model/invariant.ts';
import type { Keys } from '../model/keys.ts';
import { REFUSED } from '../model/ladder.ts';
import type { EventPlan, Plan, ViewPlan } from '../model/plan.ts';
import type { SourceBatch } from '../model/record.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../model/time.ts';
import type { Reason, Verdicts } from '../model/verdict.ts';
import { createSettled } from './settled.ts';
import { resolveTokens, type SubjectTokens, type Tokens } from './subject.ts';
import { type EpochRun, epochRuns } from './tokens.ts';

/** What one batch of one event type becomes: candidates for each of its views, and verdicts that are final already. */
export interface Transformed {
  readonly candidates: Candidates[];
  readonly settled: Verdicts[];
}

export interface Transform {
  /** Generalises and tokenises; afterwards nothing that crosses to the gate names anybody. */
  transform(columns: Columns, batch: SourceBatch): Transformed;
}

/** An attribute climbed for all rows of a batch: `codes` has `levels` ints a row. */
interface Climbed {
  readonly levels: number;
  readonly codes: Int32Array;
  readonly first: Uint8Array;
}

const FUTURE_MS = 5 * MINUTE_MS;

const climb = (event: EventPlan, columns: Columns, wanted: readonly boolean[]): (Climbed | null)[] =>
  event.attributes.map(({ ladder, inputs }, index) => {
    if (!wanted[index]) return null;
    const levels = ladder.levels.length;
    const codes = new Int32Array(columns.count * levels);
    const first = new Uint8Array(columns.count);
    ladder.apply(
      inputs.map((slot) => columns.fields[slot]),
      columns,
      codes,
      first,
    );
    return { levels, codes, first };
  });

/** First path level at which every attribute has a value; -1: none; -2: an attribute refuses the record. */
const startLevel = (path: readonly (readonly number[])[], climbed: readonly Climbed[], row: number): number => {
  for (const attribute of climbed) if (attribute.first[row] === REFUSED) return -2;
  for (let level = 0; level < path.length; level++) {
    let all = true;
    for (let a = 0; a < climbed.length && all; a++) all = climbed[a].first[row] <= path[level][a];
    if (all) return level;
  }
  return -1;
};

/** A position must say when it was taken, must not be older than a day, and must not be from the future. */
const placeRefusal = (appendMs: number, eventMs: number): Reason | null => {
  if (Number.isNaN(eventMs)) return 'no-level';
  if (eventMs - appendMs > FUTURE_MS) return 'future';
  return appendMs - eventMs > DAY_MS ? 'stale' : null;
};

const refusal = (view: ViewPlan, subject: SubjectTokens | null, columns: Columns, row: number, start: number): Reason | null => {
  if (subject === null || !subject.has(row)) return 'no-subject';
  if (start === -2) return 'future';
  const place = view.location ? placeRefusal(columns.appendMs[row], columns.eventMs[row]) : null;
  if (place !== null) return place;
  return start === -1 ? 'no-level' : null;
};

/** 1 for rows of a key epoch that was destroyed: nobody can say any more whose they are. Null when there are none. */
const goneRows = (runs: readonly EpochRun[], { isDestroyed }: Epochs, count: number): Uint8Array | null => {
  const gone = runs.filter(({ epoch }) => isDestroyed(epoch));
  if (gone.length === 0) return null;
  const rows = new Uint8Array(count);
  for (const { from, to } of gone) rows.fill(1, from, to);
  return rows;
};

const copyTokens = (from: Uint8Array, rows: Int32Array, count: number, bytes = TOKEN_BYTES): Uint8Array => {
  const to = new Uint8Array(count * bytes);
  for (let i = 0; i < count; i++) to.set(from.subarray(rows[i] * bytes, (rows[i] + 1) * bytes), i * bytes);
  return to;
};

const fillCodes = (view: ViewPlan, climbed: readonly Climbed[], rows: Int32Array, starts: Uint8Array, count: number): Int32Array => {
  const width = view.path.length * climbed.length;
  const codes = new Int32Array(count * width);
  for (let i = 0; i < count; i++) {
    for (let level = starts[i]; level < view.path.length; level++) {
      for (let a = 0; a < climbed.length; a++) {
        const ladderLevel = view.path[level][a];
        const { levels, codes: from } = climbed[a];
        // `*` has code 0 for everybody: at one path level nobody else can have a value there.
        codes[i * width + level * climbed.length + a] = ladderLevel < levels ? from[rows[i] * levels + ladderLevel] : 0;
      }
    }
  }
  return codes;
};

const project = (
  view: ViewPlan,
  columns: Columns,
  batch: SourceBatch,
  all: readonly (Climbed | null)[],
  tokens: Tokens,
  gone: Uint8Array | null,
): Transformed => {
  const climbed = view.attributes.map((index) => all[index] as Climbed);
  const subject = view.subject === 'household' ? tokens.household : tokens.device;
  const gateway = view.gateways === null ? null : tokens.gateway;
  const settled = createSettled(view.index, view.windowMs);
  const rows = new Int32Array(columns.count);
  const starts = new Uint8Array(columns.count);
  let count = 0;
  for (let row = 0; row < columns.count; row++) {
    const start = startLevel(view.path, climbed, row);
    let reason = gone?.[row] === 1 ? 'destroyed' : refusal(view, subject, columns, row, start);
    if (reason === null && view.gateways !== null && (gateway === null || !gateway.has(row))) reason = 'gateways';
    if (reason !== null) {
      settled.add(batch.source, batch.offset[columns.record[row]], columns.appendMs[row], reason);
      continue;
    }
    rows[count] = row;
    starts[count++] = start;
  }
  if (count === 0) return { candidates: [], settled: settled.verdicts() };
  const sensitive = view.sensitive === null ? null : (all[view.sensitive.attribute] as Climbed);
  const pick = <T extends Int32Array | Float64Array>(to: T, value: (row: number) => number): T => {
    for (let i = 0; i < count; i++) to[i] = value(rows[i]);
    return to;
  };
  const candidates = brandCandidates({
    view: view.index,
    count,
    source: new Int32Array(count).fill(batch.source),
    offset: pick(new Float64Array(count), (row) => batch.offset[columns.record[row]]),
    appendMs: pick(new Float64Array(count), (row) => columns.appendMs[row]),
    eventHour: pick(new Int32Array(count), (row) => (Number.isNaN(columns.eventMs[row]) ? -1 : Math.floor(columns.eventMs[row] / HOUR_MS))),
    subject: copyTokens((subject as SubjectTokens).tokens, rows, count),
    event: copyTokens(tokens.event, rows, count),
    gateway: gateway === null ? new Uint8Array(0) : copyTokens(gateway.tokens, rows, count),
    actor: tokens.actor.length === 0 ? tokens.actor : copyTokens(tokens.actor, rows, count, ACTOR_BYTES),
    start: starts.slice(0, count),
    codes: fillCodes(view, climbed, rows, starts, count),
    sensitive:
      sensitive === null
        ? new Int32Array(0)
        : pick(new Int32Array(count), (row) => (sensitive.first[row] === 0 ? sensitive.codes[row * sensitive.levels] : -1)),
  });
  return { candidates: [candidates], settled: settled.verdicts() };
};

/** Compiles the transform of a plan. Stateless: the same columns and keys give the same candidates. */
export const createTransform = (plan: Plan, keys: Keys): Transform => {
  const epochs = epochsOf(plan, keys);
  const controlOf = (epoch: number) => keys.control(epochs.controlKey(epoch));
  const viewsOf = plan.events.map((event) => event.views.map((index) => plan.views[index]));
  const needsOf = viewsOf.map((views) => ({
    household: views.some((view) => view.subject === 'household'),
    device: views.some((view) => view.subject === 'device'),
    gateway: views.some((view) => view.gateways !== null),
    actor: plan.signers.length > 0,
  }));
  const wantedOf = plan.events.map((event, index) =>
    event.attributes.map((_, a) => viewsOf[index].some((view) => view.attributes.includes(a) || view.sensitive?.attribute === a)),
  );
  return {
    transform(columns, batch) {
      const event = plan.events[columns.event];
      const runs = epochRuns(columns.appendMs, columns.count, epochs);
      invariant(runs.length === 0 || runs[runs.length - 1].to === columns.count, 'every row lies in a key epoch');
      const coordinate = (row: number) => `${batch.topic}:${batch.partition}:${batch.offset[columns.record[row]]}`;
      const gone = goneRows(runs, epochs, columns.count);
      const live = gone === null ? runs : runs.filter(({ epoch }) => !epochs.isDestroyed(epoch));
      const tokens = resolveTokens(event, columns, needsOf[columns.event], coordinate, live, keys, controlOf);
      const climbed = climb(event, columns, wantedOf[columns.event]);
      const out: Transformed = { candidates: [], settled: [] };
      for (const view of viewsOf[columns.event]) {
        const { candidates, settled } = project(view, columns, batch, climbed, tokens, gone);
        out.candidates.push(...candidates);
        out.settled.push(...settled);
      }
      return out;
    },
  };
};
