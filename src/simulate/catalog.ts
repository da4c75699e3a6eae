/** Which models there are, how popular each is, and what each kind of device is asked to do. */
import { invariant } from '../model/invariant.ts';
import { prefixOf } from './identity.ts';
import { does, KINDS, type Kind, kindOf } from './kinds.ts';
import { cumulate, hashText, mix, mixUnit, pick } from './random.ts';

/** A row of the model ladder, finest first. */
export interface ModelRow {
  readonly model: string;
  readonly series: string;
  readonly brand: string;
  readonly category: string;
}

/** A row of the operation ladder, finest first. */
export interface OperationRow {
  readonly operation: string;
  readonly group: string;
  readonly area: string;
}

/** What all devices of one model share. */
export interface Model extends ModelRow {
  /** Stands for the model where it decides something. */
  readonly hash: number;
  readonly makerHash: number;
  /** The brand in lower case, and as an identifier. */
  readonly maker: string;
  readonly vendor: string;
  readonly macPrefix: string | undefined;
  readonly hardware: Hardware;
}

export interface Hardware {
  /** Memory, MB. */
  readonly ram: number;
  readonly screen: string | undefined;
  readonly sensors: readonly string[];
}

export interface Catalog {
  /** Kinds that have models; the other lists are in this order. */
  readonly kinds: readonly Kind[];
  readonly first: Float64Array;
  readonly further: Float64Array;
  readonly models: readonly Popularity<Model>[];
  readonly operations: readonly Popularity<string>[];
}

/** Things with the cumulative share of each, most popular first. */
export interface Popularity<T> {
  readonly items: readonly T[];
  readonly shares: Float64Array;
}

/**
 * Makers first, then the models of each: a market of many models is a market of few makers, with a long tail of both.
 * Makers follow Zipf's law as Mandelbrot shifted it (1953), so that the first four hold 39, 19, 11 and 7 %.
 */
const MAKER_SHIFT = 2;
const MAKER_EXPONENT = 2.5;
const MODEL_EXPONENT = 1.05;
const OPERATION_EXPONENT = 0.8;

/** How much likelier than an unnamed maker these are to be popular. */
const MAKERS: Readonly<Record<string, number>> = {
  apple: 300,
  samsung: 300,
  xiaomi: 80,
  google: 15,
  huawei: 25,
  honor: 12,
  oppo: 25,
  vivo: 25,
  realme: 8,
  lg: 25,
  sony: 6,
  amazon: 14,
  philips: 80,
  ikea: 80,
  tuya: 80,
  aqara: 60,
  innr: 8,
  sonoff: 10,
  bosch: 8,
  yale: 8,
  hive: 8,
  ledvance: 5,
  osram: 5,
  heiman: 5,
  hisense: 5,
  tcl: 5,
  motorola: 5,
  fossil: 3,
};

const FIELD = { model: 60, operation: 61, maker: 62 } as const;

/** Sorts models and operations into kinds and ranks them by a seeded order that favours common brands. */
export function catalogOf(seed: number, models: readonly ModelRow[], operations: readonly OperationRow[]): Catalog {
  invariant(models.length > 0 && operations.length > 0, 'a simulated fleet needs at least one model and one operation');
  const byKind = groupBy(models, (row) => kindOf(row.category));
  const kinds = KINDS.filter((kind) => byKind.has(kind));
  return {
    kinds,
    first: cumulate(kinds.map((kind) => kind.first)),
    further: cumulate(kinds.map((kind) => kind.further)),
    models: kinds.map((kind) => marketOf(seed, modelsOf(kind, byKind.get(kind) ?? []))),
    operations: kinds.map((kind) => usesOf(seed, kind, operations)),
  };
}

const modelsOf = (kind: Kind, rows: readonly ModelRow[]): readonly Model[] =>
  rows.map((row) => {
    const hash = hashText(row.model);
    // A ladder may name the category in its brands ("Samsung phone"), since each level determines the next.
    const brand = row.brand.toLowerCase();
    const suffix = ` ${row.category.toLowerCase()}`;
    const maker = brand.endsWith(suffix) ? brand.slice(0, -suffix.length) : brand;
    const vendor = maker.replace(/[^a-z0-9]+/g, '') || 'dev';
    return { ...row, hash, makerHash: hashText(maker), maker, vendor, macPrefix: prefixOf(maker), hardware: hardwareOf(kind, hash) };
  });

const hardwareOf = (kind: Kind, hash: number): Hardware => ({
  ram: kind.ram[hash % kind.ram.length],
  screen: kind.screens.length === 0 ? undefined : kind.screens[(hash >>> 4) % kind.screens.length],
  sensors: kind.sensors.slice(0, 1 + ((hash >>> 8) % 8)),
});

/** Items by key, each list in order (Map.groupBy of later Nodes). */
function groupBy<K, T>(items: readonly T[], keyOf: (item: T) => K): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

/** Makers ranked by a seeded order, and the models of each likewise; a model's share is its maker's times its own. */
function marketOf(seed: number, models: readonly Model[]): Popularity<Model> {
  const byMaker = groupBy(models, (model) => model.maker);
  const weighed: { readonly model: Model; readonly weight: number }[] = [];
  for (const [rank, maker] of ranked(seed, FIELD.maker, [...byMaker.keys()], (name) => MAKERS[name] ?? 1).entries()) {
    const own = ranked(seed, FIELD.model, byMaker.get(maker) ?? [], () => 1);
    const shares = own.map((_, i) => (i + 1) ** -MODEL_EXPONENT);
    const sum = shares.reduce((a, b) => a + b, 0);
    for (const [i, model] of own.entries())
      weighed.push({ model, weight: ((rank + 1 + MAKER_SHIFT) ** -MAKER_EXPONENT * shares[i]) / sum });
  }
  weighed.sort((a, b) => b.weight - a.weight);
  return { items: weighed.map((entry) => entry.model), shares: cumulate(weighed.map((entry) => entry.weight)) };
}

/** Operations of a kind: what only such things do, before what everything does, and upheavals last. */
function usesOf(seed: number, kind: Kind, rows: readonly OperationRow[]): Popularity<string> {
  const fitting = rows.filter((row) => does(kind, row) || !KINDS.some((other) => does(other, row)));
  const uses = ranked(seed, FIELD.operation, fitting.length > 0 ? fitting : rows, (row) => {
    if (UPHEAVAL.test(row.operation)) return 0.05;
    return does(kind, row) ? 20 : 1;
  });
  return { items: uses.map((row) => row.operation), shares: cumulate(uses.map((_, rank) => (rank + 1) ** -OPERATION_EXPONENT)) };
}

const UPHEAVAL = /reset|remove|rename|restart|pair/;

/**
 * A weighted random order without replacement (Efraimidis and Spirakis, 2006): heavy items tend to the front, yet every
 * seed makes an order of its own.
 */
const ranked = <T>(seed: number, field: number, items: readonly T[], weight: (item: T) => number): readonly T[] =>
  items
    .map((item, index) => ({ item, index, key: -Math.log(1 - mixUnit(seed, index, field)) / weight(item) }))
    .sort((a, b) => a.key - b.key || a.index - b.index)
    .map((entry) => entry.item);

export const choose = <T>(from: Popularity<T>, u: number): T => from.items[pick(from.shares, u)];

/** A model that no ladder lists: a prototype or a firmware that reports a serial number as its model. Three in a thousand. */
export function unlisted(seed: number, device: number, field: number): string | null {
  const bits = mix(seed, device, field);
  if (bits % 1000 >= 3) return null;
  return `XP-${(bits >>> 12).toString(36).toUpperCase()}`;
}

/**
 * Rows of a ladder table (CSV with a header line; quoted cells allowed), one array of cells a row.
 */
export function parseTable(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  for (const line of text.split(/\r?\n/)) {
    if (line === '' || line.startsWith('#')) continue;
    const cells: string[] = [];
    for (const match of `,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g)) {
      cells.push(match[1] === undefined ? match[2] : match[1].replaceAll('""', '"'));
    }
    rows.push(cells);
  }
  return rows.slice(1);
}

/** Rows that name something: the row `*` says what values that are not listed become. */
const named = (csv: string): readonly (readonly string[])[] => parseTable(csv).filter(([finest]) => finest !== '*');

export const modelRows = (csv: string): readonly ModelRow[] =>
  named(csv).map(([model, series, brand, category]) => ({ model, series, brand, category }));

export const operationRows = (csv: string): readonly OperationRow[] =>
  named(csv).map(([operation, group, area]) => ({ operation, group, area }));
