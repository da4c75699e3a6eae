import type { NamedSchema, NamedSchemas } from '../../../model/log.ts';
import type { Plan } from '../../../model/plan.ts';
import type { Polled } from './reader.ts';
import { planSchemas, type SchemaAnswers, type SchemaName, type SchemaResolver, schemaNameOf } from './schemas.ts';

/** How the log of a task learns which schemas its records name. */
export interface SchemaNames {
  /** What the ledger has to tell of it; null when everything follows from the plan. */
  readonly asked: NamedSchemas | null;
  /**
   * Learns the names in what was polled; `before` are the positions of all sources ahead of that. Returns what names stand for
   * in a source, or null when one of them cannot be told just now: then nothing of it may pass.
   */
  learn(polled: readonly Polled[], before: readonly number[]): Promise<((source: number) => SchemaAnswers) | null>;
}

/** Names by the plan's own files: they stand for the same for as long as the plan does, so nothing is learnt. */
export const fixedNames = (plan: Plan): SchemaNames => {
  const answers: SchemaAnswers = planSchemas(plan);
  return { asked: null, learn: async () => () => answers };
};

/**
 * Names asked for in one fetch, those of most records first. Whoever writes a new name into each record must not make
 * everybody else wait: names beyond are unknown, as if they were not registered.
 */
export const MAX_ASKED = 16;

/** Names that one task learns. The ledger tells them all, so there has to be an end of it: names beyond are unknown. */
export const MAX_NAMES = 256;

/** A name that stands for a schema of the plan, from an offset of each source on. */
interface Known {
  readonly index: number;
  readonly fingerprint: string;
  readonly from: ReadonlyMap<number, number>;
}

/** Names in records, by how many have them, most first. */
const countNames = (polled: readonly Polled[]): SchemaName[] => {
  const counts = new Map<SchemaName, number>();
  for (const run of polled.flatMap(({ runs }) => runs)) {
    for (let row = 0; row < run.count; row++) {
      const name = schemaNameOf(run, row);
      if (name !== null) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  return [...counts].sort(([, a], [, b]) => b - a).map(([name]) => name);
};

/**
 * Names by a registry. What it answers can change, for a schema may be registered a moment later; what was decided may not. So
 * a name counts from the fetch on in which it was found, and that is told in the ledger, in the transaction that it first
 * decides anything in. A restart asks nobody about what was read before: a name that the ledger does not tell was unknown
 * there, and still is.
 */
export const askedNames = (plan: Plan, resolver: SchemaResolver): SchemaNames => {
  const schemas = plan.events.flatMap((event) => event.schemas);
  const ownIds = planSchemas(plan);
  const known = new Map<SchemaName, Known>();
  /** Before these offsets the ids were those of the plan's files. */
  let since: ReadonlyMap<number, number> = new Map();
  let ends: ReadonlyMap<number, number> = new Map();
  const answersOf =
    (source: number): SchemaAnswers =>
    (name, offset) => {
      if (offset < (since.get(source) ?? 0)) return ownIds(name);
      const found = known.get(name);
      return found === undefined || offset < (found.from.get(source) ?? 0) ? null : found.index;
    };
  return {
    async learn(polled, before) {
      const isReplay = before.some((offset, source) => offset < (ends.get(source) ?? 0));
      // What lies behind the end of a replay is read again, and asked for then.
      if (isReplay) return answersOf;
      const names = countNames(polled).filter((name) => !known.has(name));
      const asked = names.slice(0, Math.min(MAX_ASKED, MAX_NAMES - known.size));
      const told = await Promise.all(asked.map((name) => resolver.resolve(name)));
      if (told.includes('unavailable')) return null;
      const from = new Map([...before.entries()].filter(([, offset]) => offset > 0));
      for (const [i, index] of told.entries())
        if (typeof index === 'number') known.set(asked[i], { index, fingerprint: schemas[index].fingerprint, from });
      return answersOf;
    },
    asked: {
      learnt: () => ({
        since: [...since],
        names: [...known].map(([name, { fingerprint, from }]): NamedSchema => ({ name, fingerprint, from: [...from] })),
      }),
      resume(learnt, decidedEnds) {
        ends = decidedEnds;
        since = learnt === null ? decidedEnds : new Map(learnt.since);
        for (const { name, fingerprint, from } of learnt?.names ?? []) {
          const index = schemas.findIndex((schema) => schema.fingerprint === fingerprint);
          if (index >= 0) known.set(name, { index, fingerprint, from: new Map(from) });
        }
      },
    },
  };
};
