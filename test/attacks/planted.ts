import { asset } from '../../src/cli/assets.ts';
import { modelRows } from '../../src/simulate/catalog.ts';
import { fleetLines } from '../properties/world.ts';
import type { Card } from '../runtime/dataset/world.ts';

/** A device of a fleet made by hand: one report in one window. */
export interface Planted {
  readonly household: string;
  readonly model: string;
  readonly os: string;
  readonly version: string;
}

const START_MS = Date.UTC(2026, 10, 23);

/** Models of the ladder, each of a series of its own, so that classes of two models do not meet one level up. */
export const modelsOfSeries = (count: number): string[] => {
  const bySeries = new Map(modelRows(asset('ladders/model.csv')).map(({ series, model }) => [series, model]));
  return [...bySeries.values()].slice(0, count);
};

/** The log of such a fleet: one device report each, within one hour. */
export const plantedLines = (devices: readonly Planted[]): Buffer[] => {
  const [line] = fleetLines({ devices: 50, count: 200, spanMs: 3_600_000, seed: 1, malformedShare: 0 }).filter((one) =>
    one.includes('"telemetry.device"'),
  );
  const template = JSON.parse(line.toString());
  return devices.map(({ household, model, os, version }, i) => {
    const time = START_MS + Math.floor((i * 3_000_000) / devices.length);
    const value = { ...template.value, eventId: `event-${i}`, deviceId: `device-${i}`, householdId: household, eventTime: time, model, osName: os, osVersion: version }; // biome-ignore format: a list
    return Buffer.from(JSON.stringify({ ...template, partition: 0, offset: i, timestamp: time, value }));
  });
};

export const cardOf = ({ household, model, os, version }: { readonly [K in keyof Planted]: string | null }): Card => ({
  customer: household,
  model,
  os,
  version,
  lat: null,
  lon: null,
});
