import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import avro from 'avsc';
import { assetPath, sourceSchemas } from '../../src/cli/assets.ts';
import { createContainer } from '../../src/encode/container.ts';
import { EVENT_NAMES, type EventName } from '../../src/simulate/options.ts';
import { fleetLines } from '../properties/world.ts';

export const POLICY = assetPath('policies/smart-home.yaml');

/** One record of the simulator's log. */
export interface Envelope {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly value: Readonly<Record<string, unknown>>;
}

const joined = (lines: readonly (string | Buffer)[]): Buffer =>
  Buffer.concat(lines.flatMap((line) => [Buffer.from(line as string), Buffer.from('\n')]));

/** A small fleet, large enough that some classes have 20 households. */
export const SMALL = { devices: 500, count: 1500, seed: 4, spanMs: 2 * 3_600_000 } as const;

/** Writes a fleet as a file of envelopes. */
export const writeEnvelopes = (path: string, options: Parameters<typeof fleetLines>[0] = { ...SMALL, malformedShare: 0.01 }): void =>
  writeFileSync(path, joined(fleetLines(options)));

const eventOf = (topic: string): EventName => EVENT_NAMES.find((name) => topic.endsWith(`.${name}`)) as EventName;

/** Sound envelopes of a fleet, parsed. */
export const envelopes = (options: Parameters<typeof fleetLines>[0] = SMALL): Envelope[] =>
  fleetLines({ ...options, malformedShare: 0 }).map((line) => JSON.parse(line.toString()) as Envelope);

/** Writes a fleet as bare events, gzipped. */
export const writeBare = (path: string, log: readonly Envelope[]): void => {
  const bare = log.map(({ topic, timestamp, value }) => JSON.stringify({ ...value, type: eventOf(topic), receivedAt: timestamp }));
  writeFileSync(path, gzipSync(joined(bare)));
};

/** Writes the device events of a fleet as an Avro container file; returns how many there are. */
export const writeContainer = (path: string, log: readonly Envelope[]): number => {
  const schema = sourceSchemas().device;
  const type = avro.Type.forSchema(schema as avro.Schema);
  const container = createContainer('fleet', JSON.stringify(schema));
  const records = log
    .filter(({ topic }) => eventOf(topic) === 'device')
    .map(({ timestamp, value }) => type.toBuffer({ ...value, receivedAt: timestamp }));
  writeFileSync(path, Buffer.concat([container.header, container.block(records)]));
  return records.length;
};

/** All files below a folder, relative, sorted. */
export const filesBelow = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
    .sort();
