import { readFileSync } from 'node:fs';
import t from 'tap';
import { unjoinAll } from './commands.ts';
import { POLICY, SMALL, writeEnvelopes } from './world.ts';

const dir = t.testdir();
const at = (name: string): string => `${dir}/${name}`;
writeEnvelopes(at('fleet.ndjson'), { ...SMALL, malformedShare: 0, format: 'json' });
const run = ['--policy', POLICY, '--in', at('fleet.ndjson'), '--out', at('out')];
const incident = (...leak: string[]): string[] => ['incident', ...run, ...leak, '--json'];

interface Told {
  readonly ok: boolean;
  readonly touched: readonly {
    readonly view: string;
    readonly subjects: number;
    readonly windows: readonly {
      readonly windowEnd: number;
      readonly records: number;
      readonly released: number;
      readonly smallestClass: number;
    }[];
  }[];
}

const told = (stdout: string): Told => JSON.parse(stdout) as Told;
const rows = (view: string): { windowEnd: number }[] =>
  readFileSync(at(`out/views/${view}.ndjson`), 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as { windowEnd: number }); // biome-ignore format: a chain

t.test('what leaked is told by windows, classes and subjects', async (t) => {
  const [, views, records, none, epoch, bad, two, unknown] = await unjoinAll([
    ['run', ...run, '--json'],
    incident('--views', 'device-health'),
    incident('--records', 'telemetry.device:0:0-9', 'telemetry.device:1:0-0'),
    incident('--records', 'telemetry.device:0:900000-900001'),
    incident('--epoch', '2922'),
    incident('--records', 'all of it'),
    incident('--epoch', '1', '--views', 'device-health'),
    incident('--views', 'nobodys'),
  ]);
  t.equal(views.exit, 0, views.stderr);
  const [health] = told(views.stdout).touched;
  t.equal(health.windows.reduce((sum, { released }) => sum + released, 0), rows('device-health').length);
  t.same(health.windows.map(({ windowEnd }) => windowEnd), [...new Set(rows('device-health').map(({ windowEnd }) => windowEnd))].sort((a, b) => a - b));
  t.ok(health.windows.every(({ smallestClass }) => smallestClass >= 20));
  t.ok(health.subjects >= 20 && health.subjects <= rows('device-health').length);

  const [device] = told(records.stdout).touched;
  t.equal(device.view, 'device-health');
  t.equal(device.windows.reduce((sum, { records: count }) => sum + count, 0), 11);
  t.ok(device.subjects <= 11 && device.subjects > 0);
  t.same(told(none.stdout).touched, []);
  const fleet = readFileSync(at('fleet.ndjson'), 'utf8').trimEnd().split('\n').length;
  const all = told(epoch.stdout).touched.flatMap(({ windows }) => windows);
  t.equal(all.reduce((sum, { records: count }) => sum + count, 0), fleet, 'the epoch holds all of it');
  t.same([bad, two, unknown].map(({ exit }) => exit), [78, 78, 78]);
}); // biome-ignore format: chains
