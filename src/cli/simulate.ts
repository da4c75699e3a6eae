import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { Command, InvalidArgumentError, Option } from 'commander';
import { systemClock } from '../runtime/clock.ts';
import { type Description, describe, simulateFleet } from '../simulate/fleet.ts';
import { DEFAULT_DEVICES, type SimulateOptions } from '../simulate/options.ts';
import { fleetCatalog, sourceSchemas } from './assets.ts';
import { requireConfig } from './config.ts';
import { CliError, EXIT } from './exit.ts';
import { gatewaySchemas } from './gateway-schemas.ts';
import { grouped, outputOf } from './output.ts';
import { progressOf } from './progress.ts';

const EXAMPLES = `
Examples:
  $ unjoin simulate --to fleet.ndjson.gz
  $ unjoin simulate --devices 5000 --seed 7 --count 20000 --to small.ndjson
  $ unjoin simulate --devices 10000000 --rate 2000 --span 2h --format avro --to big.ndjson.gz
  $ unjoin simulate --count 3 --to - | head -1
  $ unjoin simulate --to kafka -c unjoin.yaml --rate 500 --count 100000

With --to kafka records go to the source topics of the configuration, at --rate as their time comes, else as fast as they are taken.
The same options give the same bytes. Each line is an envelope: topic, partition, offset, timestamp, key, headers, value.
`;

interface Flags {
  readonly devices: number;
  readonly seed: number;
  readonly count?: number;
  readonly rate?: number;
  readonly span?: number;
  readonly start?: number;
  readonly activity?: number;
  readonly late?: number;
  readonly duplicates?: number;
  readonly malformed?: number;
  readonly partitions?: number;
  readonly format: 'json' | 'avro';
  readonly to: string;
  readonly config?: string;
  readonly json?: boolean;
}

export function simulateCommand(): Command {
  return new Command('simulate')
    .description('write the log of a made-up smart-home fleet: seeded, with late, repeated and malformed events')
    .requiredOption('--to <file>', 'where to: FILE.ndjson, FILE.ndjson.gz, - for stdout, or kafka')
    .option('-c, --config <file>', 'with --to kafka: the configuration that names brokers and topics')
    .option('--devices <n>', 'devices of the fleet, about three a household', whole, DEFAULT_DEVICES)
    .option('--seed <n>', 'one seed, one log', whole, 1)
    .option('--count <n>', 'events (default: 200000, or what --rate gives)', whole)
    .option('--rate <n>', 'events a second of simulated time', number)
    .option('--span <duration>', 'simulated time: 90m, 6h, 2d (default: 6h)', duration)
    .option('--start <ms>', 'first append time, ms since 1970 (default: 2026-01-05T00:00:00Z)', whole)
    .option('--activity <share>', 'share of devices active in an hour (default: 0.45)', number)
    .option('--late <share>', 'share of late events (default: 0.03)', number)
    .option('--duplicates <share>', 'share of repeated events (default: 0.02)', number)
    .option('--malformed <share>', 'share of malformed events (default: 0.001)', number)
    .option('--partitions <n>', 'partitions of each topic (default: 4)', whole)
    .addOption(new Option('--format <format>', 'how values are written').choices(['json', 'avro']).default('json'))
    .option('--json', 'print what was written as one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(simulate);
}

async function simulate(flags: Flags): Promise<void> {
  if (flags.to === 'kafka') return simulateToKafka(flags);
  const options = optionsOf(flags);
  const description = described(options);
  const toStdout = flags.to === '-';
  if (toStdout && flags.json === true) {
    throw new CliError('usage', EXIT.config, 'one use of stdout: --to - or --json', 'write to a file when you want --json');
  }
  const output = outputOf({ json: flags.json, dataOnStdout: toStdout });
  const progress = progressOf('simulate', description.events, 'events');
  const source = Readable.from(counted(simulateFleet(options), progress.at));
  try {
    await (toStdout ? pipeline(source, process.stdout, { end: false }) : writeAside(source, flags.to));
  } finally {
    progress.end();
  }
  output.document({ ...description, to: flags.to });
  output.say(sentence(description, flags.to));
}

/** A fleet whose time is ours: it begins now when it is paced, and else ends now, so that no event lies in the future. */
async function simulateToKafka(flags: Flags): Promise<void> {
  if (flags.config === undefined)
    throw new CliError('usage', EXIT.config, 'a configuration for --to kafka', 'name it with -c; unjoin simulate --help');
  const { linesOf, publishFleet } = await import('./publish.ts');
  const { service } = requireConfig(flags.config);
  const output = outputOf({ json: flags.json });
  const isPaced = flags.rate !== undefined;
  const first = optionsOf(flags);
  const planned = described(first);
  const startMs = flags.start ?? systemClock.nowMs() - (isPaced ? 0 : planned.endMs - planned.startMs);
  const schemas = first.schemas === undefined ? undefined : await gatewaySchemas(service, first.schemas);
  const options = { ...first, startMs, schemas };
  const description = described(options);
  const progress = progressOf('simulate', description.events, 'events');
  let isStopping = false;
  const stop = (): void => {
    isStopping = true;
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const sent = await publishFleet(linesOf(simulateFleet(options)), {
      settings: service.settings,
      sources: service.config.topics.sources,
      isPaced,
      compression: 'none',
      maxBytes: MAX_PUBLISHED_BYTES,
      nowMs: systemClock.nowMs,
      onSent: progress.at,
      isStopping: () => isStopping,
    });
    output.document({ ...description, to: 'kafka', sent });
    output.say(sentence({ ...description, events: sent }, 'kafka'));
  } finally {
    progress.end();
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

/** What a broker takes by default, with room for its framing. */
const MAX_PUBLISHED_BYTES = 900_000;

/** Counts lines as chunks go by: a newline ends each. */
function* counted(chunks: Iterable<Buffer>, at: (done: number) => void): Generator<Buffer> {
  let lines = 0;
  for (const chunk of chunks) {
    for (let i = chunk.indexOf(10); i !== -1; i = chunk.indexOf(10, i + 1)) lines++;
    at(lines);
    yield chunk;
  }
}

/** Nobody ever sees half a file: it is written under another name beside its own, and renamed when it is whole. */
async function writeAside(source: Readable, file: string): Promise<void> {
  const zipped = file.endsWith('.ndjson.gz');
  if (!zipped && !file.endsWith('.ndjson')) {
    throw new CliError('simulate-target', EXIT.config, 'a target that ends in .ndjson or .ndjson.gz, or -', 'name such a file after --to');
  }
  const aside = join(dirname(file), `.${randomUUID()}.partial`);
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const sink = createWriteStream(aside, { flags: 'wx', flush: true });
    const { signal } = stopping;
    await (zipped ? pipeline(source, createGzip(), sink, { signal }) : pipeline(source, sink, { signal }));
    await rename(aside, file);
  } catch (error) {
    await rm(aside, { force: true });
    if (stopping.signal.aborted) throw new CliError('interrupted', EXIT.retry, 'to write the whole log', 'run it again');
    throw error;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

function optionsOf(flags: Flags): SimulateOptions {
  return {
    ...fleetCatalog(),
    devices: flags.devices,
    seed: flags.seed,
    format: flags.format,
    schemas: flags.format === 'avro' ? sourceSchemas() : undefined,
    ...given('count', flags.count),
    ...given('rate', flags.rate),
    ...given('spanMs', flags.span),
    ...given('startMs', flags.start),
    ...given('activity', flags.activity),
    ...given('lateShare', flags.late),
    ...given('duplicateShare', flags.duplicates),
    ...given('malformedShare', flags.malformed),
    ...given('partitions', flags.partitions),
  };
}

/** An option, or nothing at all when the user did not give it. */
const given = (name: keyof SimulateOptions, value: number | undefined): Partial<SimulateOptions> =>
  value === undefined ? {} : { [name]: value };

/** What a fleet with these options is; refuses options that make none. */
export function described(options: SimulateOptions): Description {
  try {
    return describe(options);
  } catch (error) {
    // Only `settle` throws RangeError here, with a text of ours that names the option.
    if (error instanceof RangeError)
      throw new CliError('simulate-option', EXIT.config, `options in range (${error.message})`, 'see --help');
    throw error;
  }
}

const sentence = (of: Description, to: string): string =>
  `${grouped(of.events)} events of ${grouped(of.devices)} devices in ${grouped(of.households)} households, ` +
  `${grouped(Math.round((of.endMs - of.startMs) / 60_000))} minutes of simulated time, seed ${of.seed}${to === '-' ? '' : `: ${to}`}`;

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) throw new InvalidArgumentError('Expected a number, 0 or more.');
  return value;
}

/** A whole number of the command line. */
export function whole(text: string): number {
  if (!/^[0-9]{1,15}$/.test(text)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(text);
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

function duration(text: string): number {
  const match = /^([1-9][0-9]{0,8})(s|m|h|d|w)$/.exec(text);
  if (match === null) throw new InvalidArgumentError('Expected a duration such as 90m, 6h or 2d.');
  return Number(match[1]) * UNIT_MS[match[2]];
}
