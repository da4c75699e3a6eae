import type { NamedList } from '../model/derived.ts';
import type { FaultName } from '../model/fault.ts';
import type { Limits } from '../model/plan.ts';
import { type AvroNamed, type AvroSchema, fullName, jsonName, lookUp, namespaceOf } from './avro-schema.ts';
import {
  deeper,
  enumStep,
  fixedStep,
  note,
  primitiveStep,
  readBlocks,
  readText,
  type Step,
  stop,
  unionStep,
  type Walk,
} from './avro-walk.ts';

/** A place whose value goes to a slot: what is left of its path (JSON names), and whether its items are counted instead. */
interface Wanted {
  readonly slot: number;
  readonly isCount: boolean;
  readonly path: readonly string[];
  /** Of a list of named values; then `slot` is none. */
  readonly items?: WantedItems;
}

/** Slots by the name of an item, and the two slots in which name and value of the item that is read stand. */
interface WantedItems {
  readonly nameSlot: number;
  readonly valueSlot: number;
  readonly name: string;
  readonly value: string;
  readonly slots: ReadonlyMap<string, readonly number[]>;
}

/** A named type that was seen, and its step where nothing in it is wanted; null until somebody needs it. */
interface Definition {
  readonly schema: AvroNamed;
  readonly full: string;
  plain: Step | null;
  isCompiling: boolean;
}

type Names = Map<string, Definition>;

const slotsHere = (wanted: readonly Wanted[], isCount: boolean): number[] =>
  wanted.filter((want) => want.path.length === 0 && want.isCount === isCount && want.items === undefined).map(({ slot }) => slot);

const below = (wanted: readonly Wanted[], name: string): Wanted[] =>
  wanted.filter(({ path }) => path[0] === name).map((want) => ({ ...want, path: want.path.slice(1) }));

const recordStep = ({ schema, full }: Definition, names: Names, wanted: readonly Wanted[]): Step => {
  const steps = (schema.fields ?? []).map((field) => compile(field.type, namespaceOf(full), names, below(wanted, jsonName(field))));
  return deeper((walk) => {
    for (let i = 0; i < steps.length && !walk.isLost; i++) steps[i](walk);
  });
};

const namedStep = (definition: Definition, names: Names, wanted: readonly Wanted[]): Step => {
  const { schema } = definition;
  if (schema.type === 'enum') return enumStep(schema.symbols ?? [], slotsHere(wanted, false));
  if (schema.type === 'fixed') return fixedStep(schema.size ?? 0, slotsHere(wanted, false));
  return recordStep(definition, names, wanted);
};

/** The step of a named type that is used again. With nothing wanted it is compiled once, so that recursion ends. */
const reference = (definition: Definition | undefined, names: Names, wanted: readonly Wanted[]): Step => {
  if (definition === undefined) return (walk) => stop(walk, 'bad-avro');
  if (wanted.length > 0) return namedStep(definition, names, wanted);
  if (definition.plain === null && !definition.isCompiling) {
    definition.isCompiling = true;
    definition.plain = namedStep(definition, names, []);
  }
  return (walk) => (definition.plain as Step)(walk);
};

const arrayStep = (item: Step, slots: readonly number[]): Step =>
  deeper((walk) => {
    const count = readBlocks(walk, item);
    for (const slot of slots) walk.slots[slot] = count;
  });

/** A list of named values: each item is read to two slots of its own, and its value goes where its name is wanted. */
const listStep = (items: AvroSchema, enclosing: string, names: Names, list: WantedItems, counts: readonly number[]): Step => {
  const { nameSlot, valueSlot } = list;
  const item = compile(items, enclosing, names, [
    { slot: nameSlot, isCount: false, path: list.name.split('.') },
    { slot: valueSlot, isCount: false, path: list.value.split('.') },
  ]);
  return deeper((walk) => {
    const seen = new Set<string>();
    const count = readBlocks(walk, (inner: Walk) => {
      inner.slots[nameSlot] = undefined;
      inner.slots[valueSlot] = undefined;
      item(inner);
      const name = inner.slots[nameSlot];
      if (typeof name !== 'string') return;
      if (seen.has(name)) note(inner, 'name-doubled');
      seen.add(name);
      for (const slot of list.slots.get(name) ?? []) inner.slots[slot] = inner.slots[valueSlot];
    });
    for (const slot of counts) walk.slots[slot] = count;
  });
};

const mapStep = (schema: AvroNamed, enclosing: string, names: Names, wanted: readonly Wanted[]): Step => {
  const values = schema.values as AvroSchema;
  const plain = compile(values, enclosing, names, []);
  const counts = slotsHere(wanted, true);
  const keyed = new Map(
    [...new Set(wanted.flatMap(({ path }) => path.slice(0, 1)))].map((key) => [key, compile(values, enclosing, names, below(wanted, key))]),
  );
  return deeper((walk) => {
    const seen = new Set<string>();
    const count = readBlocks(walk, (inner: Walk) => {
      const key = readText(inner, true);
      if (inner.isLost) return;
      if (seen.has(key)) note(inner, 'duplicate-key');
      seen.add(key);
      (keyed.get(key) ?? plain)(inner);
    });
    for (const slot of counts) walk.slots[slot] = count;
  });
};

const compile = (schema: AvroSchema, enclosing: string, names: Names, wanted: readonly Wanted[]): Step => {
  if (typeof schema === 'string') {
    return primitiveStep(schema, slotsHere(wanted, false)) ?? reference(lookUp(names, schema, enclosing), names, wanted);
  }
  if (Array.isArray(schema)) return unionStep(schema.map((branch) => compile(branch, enclosing, names, wanted)));
  const complex = schema as AvroNamed;
  switch (complex.type) {
    case 'array': {
      const list = wanted.find(({ path, items }) => path.length === 0 && items !== undefined)?.items;
      if (list !== undefined) return listStep(complex.items as AvroSchema, enclosing, names, list, slotsHere(wanted, true));
      // An array has no single value: only its items can be counted.
      return arrayStep(compile(complex.items as AvroSchema, enclosing, names, []), slotsHere(wanted, true));
    }
    case 'map':
      return mapStep(complex, enclosing, names, wanted);
    case 'record':
    case 'error':
    case 'enum':
    case 'fixed': {
      const full = fullName(complex, enclosing);
      const definition: Definition = { schema: complex, full, plain: null, isCompiling: false };
      names.set(full, definition);
      return wanted.length > 0 ? namedStep(definition, names, wanted) : reference(definition, names, wanted);
    }
    default:
      return compile(complex.type, enclosing, names, wanted);
  }
};

/** A place of a record that the plan looks at. */
export interface Place {
  readonly path: string;
  readonly isCount: boolean;
  /** The value of the item of this name, when `path` is a list of named values. */
  readonly item?: string;
}

/** How a walk over one datum ended: where, with what fault, and whether the end is known. */
export type Walked = Pick<Walk, 'at' | 'fault' | 'isLost'>;

/** Walks the datum that begins at `start` and may end before `end`; `slots` get the values of the places, in order. */
export type WalkDatum = (bytes: Buffer, start: number, end: number, limits: Limits, slots: unknown[]) => Walked;

/** What is wanted of each list: behind the slots of the places, two for the item that is read. */
const wantedItems = (places: readonly Place[], lists: readonly NamedList[]): Wanted[] =>
  lists.map(({ list, name, value }, i) => {
    const slots = new Map<string, number[]>();
    for (const [slot, { path, item }] of places.entries())
      if (path === list && item !== undefined) slots.set(item, [...(slots.get(item) ?? []), slot]);
    const nameSlot = places.length + 2 * i;
    return { slot: -1, isCount: false, path: list.split('.'), items: { nameSlot, valueSlot: nameSlot + 1, name, value, slots } };
  });

/** Compiles the walk of a source schema. Texts, numbers and booleans are as in JSON, `bytes` and `fixed` are hex. */
export const compileWalk = (json: unknown, places: readonly Place[], lists: readonly NamedList[] = []): WalkDatum => {
  const plain = places.flatMap(({ path, isCount, item }, slot) => (item === undefined ? [{ slot, isCount, path: path.split('.') }] : []));
  const step = compile(json as AvroSchema, '', new Map(), [...plain, ...wantedItems(places, lists)]);
  return (bytes, start, end, limits, slots) => {
    const walk: Walk = { bytes, end, limits, slots, at: start, items: 0, depth: 0, fault: null as FaultName | null, isLost: false };
    step(walk);
    return walk;
  };
};
