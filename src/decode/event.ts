import type { Columns } from '../model/columns.ts';
import { TIMESTAMP } from '../model/derived.ts';
import type { FaultName } from '../model/fault.ts';
import type { EventPlan, TimeField } from '../model/plan.ts';
import { compileWalk, type Place, type WalkDatum } from './avro-compile.ts';
import { compileDeriver, compileDoubled, type Deriver, getterOf, placeOf } from './derive.ts';
import { compileUnpack, type Unpack } from './embedded.ts';
import { type Arena, createFiller } from './fill.ts';
import { compileGetter, type Getter } from './json-get.ts';
import { compileShape, type Shape } from './json-shape.ts';
import type { Surroundings } from './surroundings.ts';
import { instantOf } from './times.ts';

/** How one schema version of an event is read. `index` counts over the schemas of all events. */
export interface SchemaReader {
  readonly index: number;
  readonly shape: Shape;
  readonly walk: WalkDatum;
}

/**
 * How an event type is read. Whatever form a record has, what the plan looks at goes to slots: one for each touched field, then
 * the append time, the event time and the value that tells bare events apart. The rest of the record dies here.
 */
export interface EventReader {
  readonly plan: EventPlan;
  readonly schemas: readonly SchemaReader[];
  readonly getters: readonly Getter[];
  /** Reads fields that hold JSON as text; null when the event has none. */
  readonly unpack: Unpack | null;
  /** Fills slots from around the value; null for events that look at the value alone. */
  readonly derive: Deriver | null;
  /** Values of the record that is being read, by slot. */
  readonly slots: unknown[];
}

/** Where the slots behind those of the fields lie. */
const APPEND_TIME = 0;
const EVENT_TIME = 1;
const WHEN = 2;

/** Paths of the slots; undefined where the event has none. */
const pathsOf = ({ fields, appendTime, eventTime, when }: EventPlan): (string | undefined)[] => [
  ...fields.map(({ path }) => path),
  appendTime?.path,
  eventTime?.path,
  when?.path,
];

const placesOf = ({ fields, derived }: EventPlan, paths: readonly (string | undefined)[]): Place[] =>
  paths.map((path, slot) => placeOf(path ?? '', fields[slot]?.kind === 'count', derived.get(path ?? '')));

/** A text that is no time is told by the field it stands in: the append time of a bare event has a fault of its own. */
const namingAppendTime = (shape: Shape, appendTime: TimeField | null): Shape => {
  if (appendTime === null) return shape;
  const get = compileGetter(appendTime.path);
  return (value) => {
    const fault = shape(value);
    if (fault !== 'bad-event-time') return fault;
    const told = get(value);
    return typeof told === 'string' && Number.isNaN(instantOf(told, appendTime.unit)) ? 'bad-append-time' : fault;
  };
};

/** Compiles the reader of an event type; `first` is the index of its first schema over all events. */
export const compileEvent = (plan: EventPlan, first: number): EventReader => {
  const paths = pathsOf(plan);
  const places = placesOf(plan, paths);
  const { fields, derived, lists } = plan;
  const isDoubled = compileDoubled(lists);
  const named = (shape: Shape): Shape =>
    lists.length === 0 ? shape : (value) => shape(value) ?? (isDoubled(value) ? 'name-doubled' : null);
  const tolerated = [plan.when?.path, plan.appendTime?.path].filter((path) => path !== undefined);
  return {
    plan,
    schemas: plan.schemas.map(({ json }, i) => ({
      index: first + i,
      shape: named(namingAppendTime(compileShape(json, tolerated), plan.appendTime)),
      walk: compileWalk(json, places, lists),
    })),
    getters: paths.map((path, slot) =>
      path === undefined ? () => undefined : getterOf(path, fields[slot]?.kind === 'count', derived.get(path)),
    ),
    unpack: compileUnpack(plan.embedded),
    derive: compileDeriver(paths, derived, fields.length + WHEN, fields.length + EVENT_TIME),
    slots: places.map(() => undefined),
  };
};

/** Puts what the plan looks at in an object of JSON into the slots. */
export const fillSlots = ({ getters, slots }: EventReader, value: unknown): void => {
  for (let i = 0; i < getters.length; i++) slots[i] = getters[i](value);
};

/** The value in the slots, or around them, that tells events apart. */
export const whenOf = ({ plan, slots, derive }: EventReader, around: Surroundings): unknown =>
  derive?.when == null ? slots[plan.fields.length + WHEN] : derive.when(slots, around);

/** Rows of one event type of one batch while they are gathered. */
export interface RowBuilder {
  /** Adds what lies in the slots and returns the clock; a fault when its times or constants are wrong, and then no row. */
  add(record: number, appendMs: number, clockMs: number): FaultName | number;
  done(): Columns;
}

const isMissing = (value: unknown): boolean => value === undefined || value === null;

const scalarText = (value: unknown): string | null =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;

export const createRows = ({ plan, slots }: EventReader, rows: number, arena: Arena): RowBuilder => {
  const { fields, appendTime, eventTime } = plan;
  const isAppended = eventTime?.path === TIMESTAMP;
  const fillers = fields.map((field) => createFiller(field, rows, arena));
  const constants = fields.flatMap(({ constant }, slot) => (constant === null ? [] : [{ slot, constant }]));
  const record = new Int32Array(rows);
  const append = new Float64Array(rows);
  const eventMs = new Float64Array(rows);
  let count = 0;
  return {
    add(at, appendMs, clockMs) {
      let appended = appendMs;
      if (Number.isNaN(appended)) {
        const given = slots[fields.length + APPEND_TIME];
        if (isMissing(given)) return 'no-append-time';
        appended = instantOf(given, appendTime?.unit ?? 'ms');
        if (Number.isNaN(appended)) return 'bad-append-time';
      }
      const told = isAppended ? appended : slots[fields.length + EVENT_TIME];
      const happened = isMissing(told) ? Number.NaN : instantOf(told, eventTime?.unit ?? 'ms');
      if (Number.isNaN(happened) && !isMissing(told)) return 'bad-event-time';
      for (const { slot, constant } of constants)
        if (!isMissing(slots[slot]) && scalarText(slots[slot]) !== constant) return 'not-constant';
      for (let f = 0; f < fillers.length; f++) fillers[f].set(count, slots[f]);
      record[count] = at;
      // A record behind its partition's clock belongs to the later window: the clock never goes back.
      append[count] = Math.max(appended, clockMs);
      eventMs[count] = happened;
      return append[count++];
    },
    done: () => ({
      event: plan.index,
      count,
      record: record.slice(0, count),
      appendMs: append.slice(0, count),
      eventMs: eventMs.slice(0, count),
      fields: fillers.map((filler) => filler.done(count)),
    }),
  };
};
