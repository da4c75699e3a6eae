import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { assetPath } from '../../src/cli/assets.ts';
import { type Controls, NO_CONTROLS } from '../../src/model/controls.ts';
import type { Plan } from '../../src/model/plan.ts';
import { isReleased } from '../../src/model/verdict.ts';
import type { Stages } from '../../src/pipeline.ts';
import { compilePlan } from '../../src/plan.ts';
import { openLineage } from '../../src/record/lineage.ts';
import { fixedControls } from '../../src/runtime/control/source.ts';
import { memoryRecipients } from '../../src/runtime/keys/memory.ts';
import { policyFiles } from '../../src/runtime/policy-files.ts';
import { type Projection, project } from '../../src/verify/projection.ts';
import { type Rules, readRules } from '../../src/verify/rules.ts';
import { framed, type MemoryRun, runInMemory } from '../properties/world.ts';

export const FILE = assetPath('policies/smart-home.yaml');
/** k as low as policies may have it: the more classes leave, the more there is to attack. */
export const TEXT = readFileSync(FILE, 'utf8').replaceAll(/k: (20|50)/g, 'k: 12');
export const K = 12;

export const PLAN = compilePlan(TEXT, FILE, policyFiles(FILE)).plan as Plan;
export const RULES: Rules = readRules(TEXT, FILE, policyFiles(FILE));

/** One record as the adversary of the game knows it: the raw data, read and generalised by the checker's code alone. */
export interface Known {
  readonly windowStartMs: number;
  readonly subject: string;
  readonly tuples: Projection['tuples'];
  /** The device's own clock, ms, and whom the record names; null where it does not say. */
  readonly eventMs: number | null;
  readonly device: string | null;
  readonly account: string | null;
  readonly household: string | null;
}

/** A record that left, by lineage, with what the raw data say of it. */
export interface Leaked extends Known {
  readonly view: string;
  readonly level: number;
  /** Its tuple at that level. */
  readonly tuple: string;
}

/** What the raw log says of every record and view, by `view topic:partition:offset`. */
export const knowledge = (lines: readonly Buffer[], rules: Rules = RULES): Map<string, Known> => {
  const known = new Map<string, Known>();
  const clocks = new Map<string, number>();
  for (const line of lines) {
    const { topic, partition, offset, timestamp, value } = JSON.parse(line.toString());
    const clock = Math.max(timestamp, clocks.get(`${topic}:${partition}`) ?? 0);
    clocks.set(`${topic}:${partition}`, clock);
    const event = rules.events.find(({ name }) => topic.endsWith(`.${name}`));
    for (const view of event?.views ?? []) {
      const { subject, tuples } = project(event as Rules['events'][number], view, value, clock);
      if (subject === null) continue;
      const windowStartMs = Math.floor(clock / view.windowMs) * view.windowMs;
      known.set(`${view.name} ${topic}:${partition}:${offset}`, {
        ...{ windowStartMs, subject, tuples },
        ...{
          eventMs: value.eventTime ?? null,
          device: value.deviceId ?? null,
          account: value.accountId ?? null,
          household: value.householdId ?? null,
        },
      });
    }
  }
  return known;
};

export interface Played {
  readonly run: MemoryRun;
  readonly leaked: readonly Leaked[];
  readonly known: ReadonlyMap<string, Known>;
}

/** A plan with registered datasets, and their indexes. */
export interface Guarded {
  readonly plan: Plan;
  readonly controls: Controls;
}

/** Every record that left, by the sealed lineage, joined with the raw data. */
export const leakedOf = (run: MemoryRun, known: ReadonlyMap<string, Known>, lineageKey: KeyObject): Leaked[] => {
  const leaked: Leaked[] = [];
  for (const line of run.transactions.flatMap(({ lineage }) => lineage)) {
    const chunk = openLineage(line, lineageKey);
    if (!chunk.ok) throw new Error('lineage does not open');
    const { view, sources, rows } = chunk.value;
    for (const { source, offset, verdict } of rows) {
      if (!isReleased(verdict)) continue;
      const { topic, partition } = sources[source];
      const record = known.get(`${view} ${topic}:${partition}:${offset}`);
      const tuple = record?.tuples[verdict];
      if (record === undefined || tuple === undefined || tuple === null) throw new Error('a record left that has no such tuple');
      leaked.push({ ...record, view, level: verdict, tuple });
    }
  }
  return leaked;
};

/** Puts a log through the pipeline, and joins what left with the raw data by the sealed lineage. */
export const play = async (
  lines: readonly Buffer[],
  seed: string,
  stages?: Partial<Stages>,
  all?: Stages,
  { plan, controls }: Guarded = { plan: PLAN, controls: NO_CONTROLS },
): Promise<Played> => {
  const run = await runInMemory(
    plan,
    framed(plan, lines, [500]),
    seed,
    all === undefined ? undefined : { ...all, ...stages },
    fixedControls(controls),
  );
  const known = knowledge(lines);
  return { run, leaked: leakedOf(run, known, memoryRecipients(seed).lineageKey), known };
};

/** Groups by a key. */
export const groupBy = <T>(items: Iterable<T>, key: (item: T) => string): Map<string, T[]> => {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const known = groups.get(key(item));
    if (known === undefined) groups.set(key(item), [item]);
    else known.push(item);
  }
  return groups;
};

export const subjectsOf = (records: readonly { readonly subject: string }[]): number => new Set(records.map(({ subject }) => subject)).size;
