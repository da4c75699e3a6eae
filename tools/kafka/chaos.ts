/**
 * `npm run chaos -- --fault NAME`: the service on a real broker while something is done to it (docs/kafka-dev.md). Starts a
 * broker and gate processes, publishes a simulated fleet, lets one kind of fault happen again and again, waits until everything
 * that was published is decided, and asks the checker. Ends with one JSON line, and with 1 when anything does not hold.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runFault } from './chaos/run.ts';
import { CLI } from './chaos/setup.ts';
import { FAULTS } from './faults/index.ts';

const USAGE = `npm run chaos -- --fault NAME [--count N] [--tasks N] [--rate N] [--events N] [--devices N] [--window 20s] [--seed N] [--minutes N] [--out FILE] [--keep]

${Object.entries(FAULTS).map(([name, { says, count }]) => `  ${name.padEnd(14)}${says} (${count} times)`).join('\n')}

  --count    how often it happens
  --tasks    units of parallelism (4)
  --rate     records a second that the fleet publishes (100)
  --events   how many it publishes at least (0: as many as there is time for)
  --devices  devices of the fleet (4000: fewer give no class of k)
  --window   length of the views' windows (20s)
  --seed     of the fleet and of the moments (1)
  --minutes  after which it happens no more (60); SIGINT ends it at once, and what was done is examined
  --out      writes the result there, too
  --keep     keeps the folder with logs and topics; it is kept anyway when something does not hold
`; // biome-ignore format: a page

const { values } = parseArgs({
  options: {
    fault: { type: 'string', default: 'kill' },
    count: { type: 'string' },
    tasks: { type: 'string', default: '4' },
    rate: { type: 'string', default: '100' },
    events: { type: 'string', default: '0' },
    devices: { type: 'string', default: '4000' },
    window: { type: 'string', default: '20s' },
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '60' },
    out: { type: 'string' },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const fault = Object.hasOwn(FAULTS, values.fault) ? FAULTS[values.fault] : undefined;
if (values.help || fault === undefined) {
  process.stderr.write(USAGE);
  process.exit(values.help ? 0 : 78);
}

const untilMs = Date.now() + Number(values.minutes) * 60_000;
let isAsked = false;
process.once('SIGINT', () => {
  isAsked = true;
});
const result = await runFault(fault, {
  name: values.fault,
  count: Number(values.count ?? fault.count),
  tasks: Number(values.tasks),
  rate: Number(values.rate),
  events: Number(values.events),
  devices: Number(values.devices),
  window: values.window,
  seed: Number(values.seed),
  keep: values.keep,
  entry: [CLI],
  goesOn: () => !isAsked && Date.now() < untilMs,
  say: (text) => void process.stderr.write(`${text}\n`),
});
process.stdout.write(`${JSON.stringify(result)}\n`);
if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(result, null, 2)}\n`);
process.exit(result.ok ? 0 : 1);
