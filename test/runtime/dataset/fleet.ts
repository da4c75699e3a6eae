import type { Card } from './world.ts';

/** A device as the owner of a dataset knows it: what the device itself reports, by household. */
interface Known {
  readonly household: string;
  readonly device: string;
  model: string | null;
  os: string | null;
  version: string | null;
  lat: number | null;
  lon: number | null;
}

/**
 * A card for every device of a fleet whose household is registered: model and system as the device sends them, and the first
 * position of it. Of the values that no event of the log tells, a card has none.
 */
export const cardsOfFleet = (lines: readonly Buffer[], isRegistered: (household: string) => boolean): Card[] => {
  const devices = new Map<string, Known>();
  for (const line of lines) {
    const { topic, value } = JSON.parse(line.toString());
    if (!isRegistered(value.householdId)) continue;
    const found = devices.get(value.deviceId);
    const known = found ?? {
      household: value.householdId,
      device: value.deviceId,
      model: null,
      os: null,
      version: null,
      lat: null,
      lon: null,
    };
    devices.set(value.deviceId, known);
    if (topic.endsWith('.device')) {
      known.model = value.model;
      known.os = value.osName ?? null;
      known.version = value.osVersion ?? null;
    }
    if (topic.endsWith('.location')) {
      known.lat ??= value.gps?.lat ?? null;
      known.lon ??= value.gps?.lon ?? null;
    }
  }
  return [...devices.values()].map(({ household, device, model, os, version, lat, lon }) => ({
    customer: household,
    serial: device,
    model,
    os,
    version,
    lat,
    lon,
    name: null,
  }));
};

/** Whether a household is among a share of all: by its number in hex, at the end of its id. */
export const amongPercent =
  (percent: number) =>
  (household: string): boolean =>
    Number.parseInt(household.slice(-6), 16) % 100 < percent;
