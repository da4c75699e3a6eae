import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { assetPath, sourceSchemas } from '../../src/cli/assets.ts';
import { createDecoder } from '../../src/decode/decoder.ts';
import { createFramer } from '../../src/decode/envelope.ts';
import { faultOf } from '../../src/decode/faults.ts';
import { policyFiles } from '../../src/runtime/policy-files.ts';
import { frameOf } from '../../src/verify/frames.ts';
import { readRules } from '../../src/verify/rules.ts';
import { fleetLines, smartHome } from '../properties/world.ts';

/** The run and the checker read by different code. What one takes for an event and the other for a fault would be a false alarm, or a miss. */
const path = assetPath('policies/smart-home.yaml');
const plan = smartHome();
const rules = readRules(readFileSync(path, 'utf8'), path, policyFiles(path));
const decoder = createDecoder(plan);

/** What became of a line: event type or fault, and where the record stood. */
interface Told {
  readonly what: string;
  readonly where: string;
}

/** Event type or fault of one line, by the run. */
const byRun = (line: Buffer): Told => {
  const framer = createFramer({ fileIndex: 0, limits: plan.limits, sourceIndex: () => 0 });
  const [batch] = framer.frame({
    bytes: line,
    count: 1,
    start: Int32Array.of(0),
    length: Int32Array.of(line.length),
    number: Float64Array.of(0),
  });
  const { columns, faults } = decoder.decode(batch, Number.NEGATIVE_INFINITY);
  const where = `${batch.topic}:${batch.partition}:${batch.offset[0]}`;
  if (faults.count > 0) return { what: `fault ${faultOf(faults.code[0]).name}`, where };
  return { what: `${plan.events[columns[0].event].name} at ${columns[0].appendMs[0]}`, where };
};

const byChecker = (line: Buffer): Told => {
  const { event, appendMs, topic, partition, offset } = frameOf({ kind: 'line', file: 0, number: 0, bytes: line }, rules);
  return { what: event === null ? 'fault' : `${event.name} at ${appendMs}`, where: `${topic}:${partition}:${offset}` };
};

const agree = (line: Buffer): void => {
  const run = byRun(line);
  const checker = byChecker(line);
  if ((run.what.startsWith('fault ') ? 'fault' : run.what) !== checker.what || run.where !== checker.where)
    throw new Error(`run: ${Object.values(run)}, checker: ${Object.values(checker)}, line: ${line.toString('latin1').slice(0, 3000)}`);
};

const json = fleetLines({ devices: 60, count: 150, seed: 8, malformedShare: 0.2 });
const avro = fleetLines({ devices: 60, count: 150, seed: 9, malformedShare: 0.2, format: 'avro', schemas: sourceSchemas() });
const bare = json.flatMap((line) => {
  try {
    const { topic, timestamp, value } = JSON.parse(line.toString());
    return [Buffer.from(JSON.stringify({ ...value, type: topic.split('.').pop(), receivedAt: timestamp }))];
  } catch {
    return [];
  }
});
const lines = [...json, ...avro, ...bare].filter((line) => line.length < 4000);

t.test('lines of a fleet, malformed ones among them', async (t) => {
  for (const line of lines) agree(line);
  t.ok(lines.length > 300);
});

t.test('data on the topics of other events, and on topics that say nothing', async (t) => {
  const faults = new Map<string, number>();
  const topic = /"topic":"[^"]*"/;
  for (const line of avro.filter((one) => one.length < 4000)) {
    const text = line.toString('latin1');
    for (const name of [...plan.events.map((event) => `telemetry.${event.name}`), 'device', 'elsewhere', 'x.file']) {
      const moved = Buffer.from(text.replace(topic, `"topic":"${name}"`), 'latin1');
      agree(moved);
      const { what } = byRun(moved);
      faults.set(what, (faults.get(what) ?? 0) + 1);
    }
  }
  t.ok((faults.get('fault schema-of-another-topic') ?? 0) > 200);
});

t.test('lines with a byte changed, cut or put in', async () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...lines),
      fc.nat(),
      fc.nat(2),
      fc.constantFrom(...'"\\{}[],:0-9eE.+ \u00a0\u2028atfn', '\0', '\r', 'ÿ'),
      (line, at, remove, insert) => {
        const place = at % line.length;
        agree(Buffer.concat([line.subarray(0, place), Buffer.from(insert), line.subarray(Math.min(line.length, place + remove))]));
      },
    ),
    { numRuns: 3000 },
  );
});

/** Values that readers differ about. */
const ODD = [
  '1', '-0', '1.0', '1e3', '1e400', '9007199254740993', '2147483648', 'null', 'true', '[]', '{}', '""', '"x"', '"\\u0000"', '"\\ud800"', '"\\ud83d\\ude00"',
  '"2026-01-05T00:00:00Z"', '"2026-01-05T00:00:00.123456789+05:30"', '"2026-02-30T00:00:00Z"', '"2026-01-05T24:00:00Z"', '"2026-01-05 00:00:00z"',
  '"2026-01-05T23:59:60Z"', '"1969-12-31T23:59:59Z"', '"2026-01-05"', '-1', '8640000000000001', '1.5', '"5"', '{"string":"x"}', '["a"]', '{"a":1}', '{"a":"b"}',
]; // biome-ignore format: a list

t.test('every member of an event with every odd value, in envelopes and bare', async () => {
  const member = /"([A-Za-z]+)":("(?:[^"\\]|\\.)*"|-?[0-9.eE+-]+|null|true|false)/g;
  for (const line of [json[0], json.find((one) => one.includes('.location"')) as Buffer, ...bare.slice(0, 4)]) {
    const text = line.toString();
    for (const found of text.matchAll(member)) {
      for (const odd of ODD) {
        agree(Buffer.from(`${text.slice(0, found.index)}"${found[1]}":${odd}${text.slice(found.index + found[0].length)}`));
      }
      agree(Buffer.from(`${text.slice(0, found.index)}${text.slice(found.index + found[0].length).replace(/^,/, '')}`));
    }
  }
});
