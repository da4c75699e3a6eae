import { readingForm } from '../../decode/avro-canonical.ts';
import type { AvroSchema } from '../../decode/avro-schema.ts';
import type { Plan } from '../../model/plan.ts';
import type { SchemaAnswer, SchemaName, SchemaResolver } from '../log/kafka/schemas.ts';
import type { Registry } from './client.ts';

export interface ResolverOptions {
  readonly registry: Pick<Registry, 'schema'>;
  readonly plan: Plan;
  /** Our clock, ms. */
  readonly nowMs: () => number;
  /** Waits; tests do not. */
  readonly pause: (ms: number) => Promise<unknown>;
}

/** How long what is not registered is taken to stay so: a schema that is registered later is found then. */
export const MISSING_MS = 5000;

/** After a failure nobody asks for so long: those who wait must not keep a registry from getting up. */
export const RETRY_MS = 500;

/** Names that are remembered; who sends more of them is asked for again. */
const MAX_REMEMBERED = 4096;

/** A map that forgets what it was told first. */
const createMemory = <V>() => {
  const known = new Map<SchemaName, V>();
  return {
    get: (name: SchemaName): V | undefined => known.get(name),
    set(name: SchemaName, value: V): void {
      known.delete(name);
      known.set(name, value);
      if (known.size > MAX_REMEMBERED) known.delete(known.keys().next().value as SchemaName);
    },
  };
};

/** Looks a schema up among the plan's by what is read of it; a text that is no schema is none of them. */
const createMatcher = (plan: Plan): ((text: string) => number | 'unknown') => {
  const forms = plan.events.flatMap(({ schemas }) => schemas.map(({ json }) => readingForm(json as AvroSchema)));
  return (text) => {
    try {
      const index = forms.indexOf(readingForm(JSON.parse(text)));
      return index < 0 ? 'unknown' : index;
    } catch {
      // Whatever was thrown may quote the schema.
      return 'unknown';
    }
  };
};

/**
 * Asks a registry what names stand for. A schema of the plan and one of somebody else stay what they are, for a registry never
 * gives an id twice; one that is missing is asked for again after `MISSING_MS`. Whoever asks of several at once asks the
 * registry once for each name.
 */
export const openResolver = ({ registry, plan, nowMs, pause }: ResolverOptions): SchemaResolver => {
  const match = createMatcher(plan);
  const settled = createMemory<number | 'unknown'>();
  const missedAtMs = createMemory<number>();
  const asking = new Map<SchemaName, Promise<SchemaAnswer>>();
  let failedAtMs = Number.NEGATIVE_INFINITY;

  const understand = (name: SchemaName, told: Awaited<ReturnType<Registry['schema']>>): SchemaAnswer => {
    if (told.failure !== null) {
      failedAtMs = nowMs();
      return 'unavailable';
    }
    failedAtMs = Number.NEGATIVE_INFINITY;
    if (told.value.kind === 'missing') {
      missedAtMs.set(name, nowMs());
      return 'unknown';
    }
    const answer = told.value.kind === 'avro' ? match(told.value.text) : 'unknown';
    settled.set(name, answer);
    return answer;
  };
  /** A clock that was set back must not keep a name missing, nor us waiting. */
  const isMissing = (name: SchemaName): boolean => {
    const passedMs = nowMs() - (missedAtMs.get(name) ?? Number.NEGATIVE_INFINITY);
    return passedMs >= 0 && passedMs < MISSING_MS;
  };
  const ask = async (name: SchemaName): Promise<SchemaAnswer> => {
    const waitMs = failedAtMs + RETRY_MS - nowMs();
    if (waitMs > 0) await pause(Math.min(waitMs, RETRY_MS));
    return understand(name, await registry.schema(name));
  };
  return {
    resolve(name) {
      const known = settled.get(name) ?? (isMissing(name) ? 'unknown' : undefined);
      if (known !== undefined) return Promise.resolve(known);
      const answer = asking.get(name) ?? ask(name).finally(() => asking.delete(name));
      asking.set(name, answer);
      return answer;
    },
  };
};
