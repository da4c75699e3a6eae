/** Which models there are, how popular each is, and what each kind of device is asked to do. */
import { invariant } from '../model/invariant.ts';
import { prefixOf } from './identity.ts';
import { KINDS, type Kind, kindOf } from './kinds.ts';
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

/** Exponents of the Zipf laws. At 1.05 the most popular of 100 models holds about a fifth, and half of them under 1 % each. */
const MODEL_EXPONENT = 1.05;
const OPERATION_EXPONENT = 0.8;

/** How much likelier than an unnamed brand these are to be popular; names are lower case. */
const BRANDS: Readonly<Record<string, number>> = {
  apple: 30,
  samsung: 30,
  xiaomi: 18,
  google: 12,
  huawei: 10,
  honor: 6,
  oppo: 8,
  vivo: 8,
  lg: 10,
  sony: 6,
  amazon: 14,
  philips: 14,
  signify: 12,
  ikea: 12,
  tuya: 12,
  aqara: 10,
  sonos: 8,
  'tp-link': 10,
  ring: 8,
  nest: 8,
  tado: 6,
  shelly: 6,
  roborock: 8,
  irobot: 6,
  bosch: 6,
  siemens: 4,
  garmin: 5,
  fitbit: 5,
  hisense: 5,
  tcl: 5,
  motorola: 5,
  oneplus: 4,
  realme: 6,
  tesla: 5,
};

const FIELD = { model: 60, operation: 61 } as const;

/** Sorts models and operations into kinds and ranks them by a seeded order that favours common brands. */
export function catalogOf(seed: number, models: readonly ModelRow[], operations: readonly OperationRow[]): Catalog {
  invariant(models.length > 0 && operations.length > 0, 'a simulated fleet needs at least one model and one operation');
  const byKind = new Map<Kind, ModelRow[]>();
  for (const row of models) {
    const kind = kindOf(row.category);
    const rows = byKind.get(kind);
    if (rows === undefined) byKind.set(kind, [row]);
    else rows.push(row);
  }
  const kinds = KINDS.filter((kind) => byKind.has(kind));
  return {
    kinds,
    first: cumulate(kinds.map((kind) => kind.first)),
    further: cumulate(kinds.map((kind) => kind.further)),
    models: kinds.map((kind) =>
      popular(seed, FIELD.model, MODEL_EXPONENT, modelsOf(kind, byKind.get(kind) ?? []), ({ maker }) => BRANDS[maker] ?? 1),
    ),
    operations: kinds.map((kind) => popular(seed, FIELD.operation, OPERATION_EXPONENT, operationsOf(kind, operations), () => 1)),
  };
}

const modelsOf = (kind: Kind, rows: readonly ModelRow[]): readonly Model[] =>
  rows.map((row) => {
    const hash = hashText(row.model);
    const maker = row.brand.toLowerCase();
    const vendor = maker.replace(/[^a-z0-9]+/g, '') || 'dev';
    return { ...row, hash, maker, vendor, macPrefix: prefixOf(maker), hardware: hardwareOf(kind, hash) };
  });

const hardwareOf = (kind: Kind, hash: number): Hardware => ({
  ram: kind.ram[hash % kind.ram.length],
  screen: kind.screens.length === 0 ? undefined : kind.screens[(hash >>> 4) % kind.screens.length],
  sensors: kind.sensors.slice(0, 1 + ((hash >>> 8) % 8)),
});

/** Operations that a kind plausibly has: its own, and those that belong to no kind; all of them when that leaves none. */
function operationsOf(kind: Kind, operations: readonly OperationRow[]): readonly string[] {
  const fitting = operations.filter((row) => {
    const owner = ownerOf(row);
    return owner === kind || owner === undefined;
  });
  return (fitting.length > 0 ? fitting : operations).map((row) => row.operation);
}

/** The kind whose words an operation's area, group or own name holds; undefined for what every device can do. */
function ownerOf(row: OperationRow): Kind | undefined {
  for (const name of [row.area, row.group, row.operation]) {
    const kind = kindOf(name);
    if (kind !== KINDS[KINDS.length - 1]) return kind;
  }
  return undefined;
}

/**
 * Ranks `items` and gives the r-th a share in proportion to 1/r^exponent. The ranking is a weighted random order without
 * replacement (Efraimidis and Spirakis, 2006): heavy items tend to the front, yet any seed makes a market of its own.
 */
function popular<T>(seed: number, field: number, exponent: number, items: readonly T[], weight: (item: T) => number): Popularity<T> {
  const ranked = items
    .map((item, index) => ({ item, key: -Math.log(1 - mixUnit(seed, index, field)) / weight(item), index }))
    .sort((a, b) => a.key - b.key || a.index - b.index)
    .map((entry) => entry.item);
  return { items: ranked, shares: cumulate(ranked.map((_, rank) => (rank + 1) ** -exponent)) };
}

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

export const modelRows = (csv: string): readonly ModelRow[] =>
  parseTable(csv).map(([model, series, brand, category]) => ({ model, series, brand, category }));

export const operationRows = (csv: string): readonly OperationRow[] =>
  parseTable(csv).map(([operation, group, area]) => ({ operation, group, area }));
