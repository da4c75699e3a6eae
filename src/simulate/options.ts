/** What is simulated. Everything has a default but the models and operations, which lie in the ladder files. */
import { HOUR_MS } from '../model/time.ts';
import type { ModelRow, OperationRow } from './catalog.ts';

export const EVENT_NAMES = ['device', 'operation', 'location'] as const;
export type EventName = (typeof EVENT_NAMES)[number];

export interface SimulateOptions {
  /** Rows of the model ladder: what devices there are. */
  readonly models: readonly ModelRow[];
  /** Rows of the operation ladder: what they can be told to do. */
  readonly operations: readonly OperationRow[];
  /** Devices of the fleet; three a household on average. */
  readonly devices?: number;
  /** 32-bit seed: one seed, one log, byte for byte. */
  readonly seed?: number;
  /** Events to write, duplicates and malformed ones included. */
  readonly count?: number;
  /** First append time, ms since 1970. */
  readonly startMs?: number;
  /** Append times lie in [startMs, startMs + spanMs). */
  readonly spanMs?: number;
  /** Events a second of simulated time; gives `count` when that is missing, else `spanMs`. */
  readonly rate?: number;
  /** Share of each event type, relative. */
  readonly mix?: Readonly<Record<EventName, number>>;
  /** Share of the devices that are active in an hour. */
  readonly activity?: number;
  readonly malformedShare?: number;
  readonly lateShare?: number;
  readonly duplicateShare?: number;
  /** Share of events from the future (a clock that is ahead). */
  readonly futureShare?: number;
  /** Partitions of each topic. */
  readonly partitions?: number;
  /** `json`: values are objects. `avro`: base64 of Avro with the Confluent 5-byte prefix; needs `schemas`. */
  readonly format?: 'json' | 'avro';
  /** Avro schemas, parsed JSON, each with its `schemaId`. */
  readonly schemas?: Readonly<Record<EventName, unknown>> | undefined;
}

export type Settings = Required<Omit<SimulateOptions, 'schemas' | 'rate'>> & Pick<SimulateOptions, 'schemas'>;

/** 2026-01-05T00:00:00Z, a Monday. */
export const DEFAULT_START_MS = 1_767_571_200_000;
export const DEFAULT_DEVICES = 60_000;
const DEFAULT_COUNT = 200_000;
const DEFAULT_SPAN_MS = 6 * HOUR_MS;

/** Fills in defaults. Throws RangeError for numbers that make no fleet; the message names the option. */
export function settle(options: SimulateOptions): Settings {
  const { rate } = options;
  if (rate !== undefined) demand('rate', rate > 0 && Number.isFinite(rate));
  const bySpan = rate === undefined ? DEFAULT_COUNT : Math.max(1, Math.round(((options.spanMs ?? DEFAULT_SPAN_MS) / 1000) * rate));
  const count = options.count ?? bySpan;
  const byRate = rate === undefined ? DEFAULT_SPAN_MS : Math.ceil((count / rate) * 1000);
  const settings: Settings = {
    models: options.models,
    operations: options.operations,
    devices: options.devices ?? DEFAULT_DEVICES,
    seed: (options.seed ?? 1) >>> 0,
    count,
    startMs: options.startMs ?? DEFAULT_START_MS,
    spanMs: options.spanMs ?? byRate,
    mix: options.mix ?? { device: 0.5, operation: 0.35, location: 0.15 },
    activity: options.activity ?? 0.45,
    malformedShare: options.malformedShare ?? 0.001,
    lateShare: options.lateShare ?? 0.03,
    duplicateShare: options.duplicateShare ?? 0.02,
    futureShare: options.futureShare ?? 0.001,
    partitions: options.partitions ?? 4,
    format: options.format ?? 'json',
    schemas: options.schemas,
  };
  check(settings);
  return settings;
}

/** Largest fleet: the product of two such numbers is still exact. */
const MAX_DEVICES = 90_000_000;

function check(settings: Settings): void {
  demand('devices', wholeWithin(settings.devices, 1, MAX_DEVICES));
  demand('count', wholeWithin(settings.count, 0, Number.MAX_SAFE_INTEGER));
  demand('startMs', wholeWithin(settings.startMs, 0, Number.MAX_SAFE_INTEGER));
  demand('spanMs', wholeWithin(settings.spanMs, 1, Number.MAX_SAFE_INTEGER));
  demand('partitions', wholeWithin(settings.partitions, 1, 10_000));
  for (const name of ['activity', 'malformedShare', 'lateShare', 'duplicateShare', 'futureShare'] as const) {
    demand(name, settings[name] >= 0 && settings[name] <= 1);
  }
  const shares = EVENT_NAMES.map((name) => settings.mix[name]);
  demand('mix', shares.every((share) => share >= 0) && shares.some((share) => share > 0));
  demand('format', settings.format !== 'avro' || settings.schemas !== undefined);
}

const wholeWithin = (value: number, low: number, high: number): boolean => Number.isInteger(value) && value >= low && value <= high;

function demand(option: string, holds: boolean): void {
  if (!holds) throw new RangeError(`simulate: ${option} is out of range`);
}
