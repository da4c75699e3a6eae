import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { filesUnder, ROOT, read } from './rules/tree.ts';

/** Test folders (and single files) that mirror nothing in `src`, and what they hold. */
const SPECIAL: Readonly<Record<string, string>> = {
  house: 'rules of the house',
  'gate/criteria-examples.test.ts': 'each criterion at its boundary',
  'gate/smoke.test.ts': 'a hundred thousand candidates through gate and model',
  'gate/tables.test.ts': 'the open-addressed tables of the gate together',
  'simulate/ladders.test.ts': 'the fleet against the ladders that ship',
  'gate/reference.test.ts': 'the gate against the slow, obvious model',
  'runtime/kill.test.ts': 'a run that is killed leaves nothing, and can be run again',
  'runtime/log/conformance.test.ts': 'one suite for every log',
  'verify/mutants': 'deliberately broken gates, which the checker must reject',
  'verify/differential.test.ts': 'the run and the checker read alike',
  'verify/datasets/differential.test.ts': 'a registered row climbs alike in the register and in the checker',
  'verify/tasks.test.ts': 'several tasks that share their views',
  'control/clock-table.test.ts': 'periods, by when events were and when they came',
  fixtures: 'small vectors, each folder with a SOURCE.md',
  golden: 'bytes of persisted formats',
  properties: 'laws across modules',
  reference: 'the slow, obvious model',
  simulation: 'deterministic runs with faults',
  attacks: 'games of an adversary',
  kafka: 'a real broker',
  console: 'the console in a browser',
  cli: 'commands as users run them',
  tools: 'mirror of tools',
  bench: 'mirror of bench',
  examples: 'the examples, run',
};

const BINARY = /\.(avro|gz|png|jpg|ico|zst|woff2|parquet|bin)$/;

const tests = filesUnder('test', (file) => file.endsWith('.test.ts'));

/** `test/gate/k.test.ts` mirrors `src/gate/k.ts`, or the folder `src/gate/k`; `k.laws.test.ts` does too. */
const mirrored = (test: string): boolean => {
  const path = test.replace(/^test\//, 'src/').replace(/\.test\.ts$/, '');
  const stem = path.replace(/(\/[^/.]+)\.[^/]*$/, '$1');
  return [path, stem].some((candidate) => existsSync(join(ROOT, `${candidate}.ts`)) || existsSync(join(ROOT, candidate)));
};

const isSpecial = (test: string): boolean =>
  Object.keys(SPECIAL).some((path) => test === `test/${path}` || test.startsWith(`test/${path}/`));

t.test('every test file mirrors a source file, or lies in a named special folder', async (t) => {
  t.ok(tests.length > 5, 'there are tests');
  t.same(
    tests.filter((file) => !isSpecial(file) && !mirrored(file)),
    [],
  );
  t.notOk(mirrored('test/gate/nothing-of-that-name.test.ts'), 'the rule can fail');
});

t.test('fixtures say where they come from', async (t) => {
  const folders = new Set(filesUnder('test/fixtures').map((file) => file.split('/')[2]));
  t.same(
    [...folders].filter((folder) => !existsSync(join(ROOT, 'test/fixtures', folder, 'SOURCE.md'))),
    [],
  );
});

/** Paths of one machine, and hosts from which packages come: neither says anything to another machine. */
const PLACES: Readonly<Record<string, RegExp>> = {
  'a path of one machine': /(^|[\s"'`(=:])(\/(work|root|farm|Users)\/|\/home\/[a-z]|\/tmp\/bash_|[A-Z]:\\Users\\)/m,
  'a package registry': /registry\.(npmjs|yarnpkg)|npm\.pkg\.github|"resolved":/,
  'an address of a private network': /\b(10\.\d{1,3}\.\d{1,3}\.\d{1,3}|192\.168\.\d{1,3}\.\d{1,3}):\d{2,5}\b/,
};

const placesIn = (text: string): string[] => Object.keys(PLACES).filter((name) => PLACES[name].test(text));

t.test('no file names a machine or a registry', async (t) => {
  const self = 'test/house/tree.test.ts';
  const files = filesUnder('.', (file) => !BINARY.test(file) && file !== self);
  t.same(
    files.flatMap((file) => placesIn(read(file)).map((place) => `${file}: ${place}`)),
    [],
  );
});

/** Put together here, so that no such path stands in any file, this one included. */
const path = (...parts: readonly string[]): string => `/${parts.join('/')}`;

t.test('the rule about places can fail', async (t) => {
  for (const text of [
    `see ${path('work', 'main', 'x')}`,
    `cd "${path('root', '.npm')}"`,
    '"resolved": "x"',
    'https://registry.npmjs.org/x',
    path('home', 'me', 'x'),
    path('tmp', 'bash_jobs'),
    'http://10.0.0.7:4873',
  ]) {
    t.same(placesIn(text).length, 1, text);
  }
  t.same(placesIn(`docs${path('work', 'main.md')}, framework/root, 127.0.0.1:9094, ip 10.1.2.3`), []);
});

t.test('the CI script says what runs it, and the licence is the one of package.json', async (t) => {
  t.match(read('.ci/run'), /^#!\/usr\/bin\/env bash\n/);
  t.ok(statSync(join(ROOT, '.ci/run')).mode & 0o100, 'it can be run');
  t.equal(JSON.parse(read('package.json')).license, 'Apache-2.0');
  t.match(read('LICENSE'), /Apache License\s+Version 2\.0/);
});
