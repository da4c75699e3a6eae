/**
 * Registration at size: a generated CSV file through `unjoin register` (as built), with its time and its largest memory.
 *   tsx bench/datasets/register.ts [persons ...]
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assetPath } from '../../src/cli/assets.ts';
import { modelRows } from '../../src/simulate/catalog.ts';
import { machine, round } from '../machine.ts';

const SEED = 1;
const ROWS_A_PERSON = 1;

const POLICY = `
datasets:
  cards:
    guards: [device-health, presence-by-area]
    person: [customer]
    columns:
      customer: { role: direct, kind: account-id }
      serial: { role: direct, kind: serial }
      model: { attribute: model }
      os: { attribute: os, axis: name }
      version: { attribute: os, axis: version }
      lat: { attribute: place, axis: lat }
      lon: { attribute: place, axis: lon }
      name: { role: drop }
    maxAge: 7d
`;

/** Mulberry32 (Ettinger 2017): a generated file comes again from its seed. */
const randomOf = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

const models = modelRows(readFileSync(assetPath('ladders/model.csv'), 'utf8')).map(({ model }) => model);
const SYSTEMS = ['Android', 'iOS', 'Zephyr', 'FreeRTOS', 'Tizen', 'webOS'];

const writeCards = (path: string, persons: number): void => {
  const random = randomOf(SEED);
  const below = (bound: number): number => Math.floor(random() * bound);
  const file = openSync(path, 'wx', 0o600);
  let text = 'customer,serial,model,os,version,lat,lon,name\n';
  for (let person = 0; person < persons; person++) {
    // Popularity falls off as in a catalogue: the square of a uniform number.
    const model = models[Math.floor(random() ** 2 * models.length)];
    const lat = (47 + 8 * random()).toFixed(5);
    const lon = (6 + 9 * random()).toFixed(5);
    text += `ACC-${person},SN${(person * 7919) % 1e9}X${person},"${model.replaceAll('"', '""')}",${SYSTEMS[below(6)]},${1 + below(14)}.${below(8)},${lat},${lon},Nobody ${person}\n`;
    if (text.length < 1 << 20) continue;
    writeSync(file, text);
    text = '';
  }
  writeSync(file, text);
  closeSync(file);
};

const measure = (persons: number) => {
  const dir = mkdtempSync(join(tmpdir(), 'unjoin-register-'));
  try {
    const policy = readFileSync(assetPath('policies/smart-home.yaml'), 'utf8').replaceAll('../', `${assetPath('.')}/`);
    writeFileSync(join(dir, 'policy.yaml'), policy + POLICY);
    writeCards(join(dir, 'cards.csv'), persons);
    const args = [
      'register',
      '--policy',
      'policy.yaml',
      '--dataset',
      'cards',
      '--in',
      'cards.csv',
      '--keys',
      'keys',
      '--index',
      'indexes',
      '--json',
    ];
    const startMs = performance.now();
    const script = `process.on('exit', () => process.stderr.write(JSON.stringify(process.resourceUsage())));`;
    writeFileSync(join(dir, 'usage.mjs'), script);
    const run = spawnSync(process.execPath, ['--import', join(dir, 'usage.mjs'), assetPath('dist/cli/main.js'), ...args], { cwd: dir, encoding: 'utf8' }); // biome-ignore format: a command
    if (run.status !== 0) throw new Error(run.stderr);
    const usage = JSON.parse(run.stderr.slice(run.stderr.lastIndexOf('{"'))) as {
      maxRSS: number;
      userCPUTime: number;
      systemCPUTime: number;
    };
    const told = JSON.parse(run.stdout) as { rows: number; persons: number; mapped: number };
    const [index] = readdirSync(join(dir, 'indexes'));
    return {
      rows: told.rows,
      persons: told.persons,
      mappedPercent: round((100 * told.mapped) / told.rows, 2),
      inputMiB: round(statSync(join(dir, 'cards.csv')).size / 2 ** 20),
      seconds: round((performance.now() - startMs) / 1000, 1),
      cpuSeconds: round((usage.userCPUTime + usage.systemCPUTime) / 1e6, 1),
      maxRssMiB: round(usage.maxRSS / 1024),
      indexMiB: round(statSync(join(dir, 'indexes', index)).size / 2 ** 20, 1),
    };
  } finally {
    rmSync(dir, { recursive: true });
  }
};

const sizes = process.argv.slice(2).map(Number);
const runs = (sizes.length > 0 ? sizes : [1e6, 1e7]).map(measure);
const result = { what: 'unjoin register', seed: SEED, rowsAPerson: ROWS_A_PERSON, directColumns: 3, machine: machine(), runs };
writeFileSync(assetPath('bench/results/register.json'), `${JSON.stringify(result, null, 2)}\n`);
process.stdout.write(`${JSON.stringify(runs, null, 2)}\n`);
