import type avro from 'avsc';
import type { Columns } from '../model/columns.ts';
import type { FaultName } from '../model/fault.ts';
import type { EventPlan, Limits, TimeField } from '../model/plan.ts';
import { avroType } from './avro-schema.ts';
import { compileWalk, type Walked } from './avro-limits.ts';
import { compileShape, type Shape } from './json-shape.ts';
import { instantOf } from './times.ts';
import { type Arena, compileGetter, createFiller, type Getter } from './walker.ts';

/** How one schema version of an event is read. `index` counts over the schemas of all events. */
export interface SchemaReader {
  readonly index: number;
  readonly shape: Shape;
  readonly walk: (bytes: Uint8Array, start: number, end: number, limits: Limits) => Walked;
  readonly type: avro.Type;
  readonly json: Getters;
  readonly avro: Getters;
}

/** The ways to everything that decode looks at in an object. */
interface Getters {
  readonly fields: readonly Getter[];
  readonly appendTime: Getter | null;
  readonly eventTime: Getter | null;
}

export interface EventReader {
  readonly plan: EventPlan;
  readonly schemas: readonly SchemaReader[];
}

const toleratedOf = (event: EventPlan): string[] => [event.when?.path, event.appendTime?.path].filter((path) => path !== undefined);

const gettersOf = (event: EventPlan, json: unknown, form: 'json' | 'avro'): Getters => {
  const time = (field: TimeField | null) => (field === null ? null : compileGetter(field.path, json, form));
  return {
    fields: event.fields.map((field) => compileGetter(field.path, json, form)),
    appendTime: time(event.appendTime),
    eventTime: time(event.eventTime),
  };
};

/** Compiles the readers of an event type; `first` is the index of its first schema over all events. */
export const compileEvent = (event: EventPlan, first: number): EventReader => ({
  plan: event,
  schemas: event.schemas.map(({ json }, i) => ({
    index: first + i,
    shape: compileShape(json, toleratedOf(event)),
    walk: compileWalk(json),
    type: avroType(json),
    json: gettersOf(event, json, 'json'),
    avro: gettersOf(event, json, 'avro'),
  })),
});

/** Rows of one event type of one batch while they are gathered. */
export interface RowBuilder {
  /** Adds a decoded object; a fault when its times or constants are wrong, and then no row. */
  add(record: number, value: unknown, schema: SchemaReader, form: 'json' | 'avro', appendMs: number, clockMs: number): FaultName | number;
  done(): Columns;
}

const differs = (expected: string, value: unknown): boolean =>
  !((typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') && String(value) === expected);

export const createRows = (event: EventPlan, rows: number, arena: Arena): RowBuilder => {
  const fillers = event.fields.map((field) => createFiller(field, rows, arena));
  const record = new Int32Array(rows);
  const append = new Float64Array(rows);
  const eventMs = new Float64Array(rows);
  let count = 0;
  return {
    add(at, value, schema, form, appendMs, clockMs) {
      const getters = form === 'json' ? schema.json : schema.avro;
      let appended = appendMs;
      if (Number.isNaN(appended)) {
        const given = getters.appendTime?.(value);
        if (given === undefined || given === null) return 'no-append-time';
        appended = instantOf(given, event.appendTime?.unit ?? 'ms');
        if (Number.isNaN(appended)) return 'bad-append-time';
      }
      const told = getters.eventTime?.(value);
      const happened = told === undefined || told === null ? Number.NaN : instantOf(told, event.eventTime?.unit ?? 'ms');
      if (Number.isNaN(happened) && told !== undefined && told !== null) return 'bad-event-time';
      for (let f = 0; f < fillers.length; f++) {
        const given = getters.fields[f](value);
        const { constant } = event.fields[f];
        if (constant !== null && differs(constant, given)) return 'not-constant';
        fillers[f].set(count, given);
      }
      record[count] = at;
      // A record behind its partition's clock belongs to the later window: the clock never goes back.
      append[count] = Math.max(appended, clockMs);
      eventMs[count] = happened;
      return append[count++];
    },
    done: () => ({
      event: event.index,
      count,
      record: record.slice(0, count),
      appendMs: append.slice(0, count),
      eventMs: eventMs.slice(0, count),
      fields: fillers.map((filler) => filler.done(count)),
    }),
  };
};
