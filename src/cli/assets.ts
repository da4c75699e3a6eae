import { createWriteStream, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { modelRows, operationRows } from '../simulate/catalog.ts';
import { type Description, describe, simulateFleet } from '../simulate/fleet.ts';
import { EVENT_NAMES, type EventName, type SimulateOptions } from '../simulate/options.ts';

/** Path of a file that ships with the package; schemas, ladders and policies lie beside both src and dist. */
export const assetPath = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

export const asset = (path: string): string => readFileSync(assetPath(path), 'utf8');

/** The source schemas that a fleet is written in, parsed. */
export const sourceSchemas = (): Record<EventName, unknown> =>
  Object.fromEntries(EVENT_NAMES.map((name) => [name, JSON.parse(asset(`schemas/source/${name}.avsc`))])) as Record<EventName, unknown>;

/** What a fleet is made of: the models and operations of the ladders. */
export const fleetCatalog = (): Pick<SimulateOptions, 'models' | 'operations'> => ({
  models: modelRows(asset('ladders/model.csv')),
  operations: operationRows(asset('ladders/operation.csv')),
});

/** Writes a fleet's log to a file, for the demo. */
export const writeFleet = async (path: string, options: Partial<SimulateOptions>): Promise<Description> => {
  const all = { ...fleetCatalog(), ...options };
  await pipeline(Readable.from(simulateFleet(all)), createWriteStream(path, { mode: 0o600 }));
  return describe(all);
};
