import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { assetPath } from '../../src/cli/assets.ts';
import { modelRows } from '../../src/simulate/catalog.ts';
import { declared } from '../../test/runtime/dataset/declared.ts';
import { COLUMNS } from '../../test/runtime/dataset/world.ts';
import { round } from '../machine.ts';

export const SEED = 1;

const DATASETS = declared({ cards: { guards: ['device-health', 'presence-by-area'], columns: COLUMNS } });

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

/** Writes a CSV file of persons, each in as many rows as are asked for. */
export const writeCards = (path: string, persons: number, rowsAPerson = 1): void => {
  const random = randomOf(SEED);
  const below = (bound: number): number => Math.floor(random() * bound);
  const file = openSync(path, 'wx', 0o600);
  let text = 'customer,serial,model,os,version,lat,lon,name\n';
  for (let row = 0; row < persons * rowsAPerson; row++) {
    const person = row % persons;
    // Popularity falls off as in a catalogue: the square of a uniform number.
    const model = models[Math.floor(random() ** 2 * models.length)];
    const lat = (47 + 8 * random()).toFixed(5);
    const lon = (6 + 9 * random()).toFixed(5);
    text += `ACC-${person},SN${(row * 7919) % 1e9}X${row},"${model.replaceAll('"', '""')}",${SYSTEMS[below(6)]},${1 + below(14)}.${below(8)},${lat},${lon},Nobody ${person}\n`;
    if (text.length < 1 << 20) continue;
    writeSync(file, text);
    text = '';
  }
  writeSync(file, text);
  closeSync(file);
};

/** Writes `policy.yaml` into a folder: the smart-home policy with a dataset that guards two views. */
export const writePolicy = (dir: string): void => {
  const policy = readFileSync(assetPath('policies/smart-home.yaml'), 'utf8').replaceAll('../', `${assetPath('.')}/`);
  writeFileSync(join(dir, 'policy.yaml'), policy + DATASETS);
};

export interface Measured {
  readonly stdout: string;
  readonly status: number | null;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly maxRssMiB: number;
}

/** Runs `unjoin` as built in a process of its own; throws when it ends otherwise than by one of `allowed`. */
export const measured = (dir: string, args: readonly string[], allowed: readonly number[] = [0]): Measured => {
  const usageFile = join(dir, 'usage.mjs');
  writeFileSync(usageFile, `process.on('exit', () => process.stderr.write(JSON.stringify(process.resourceUsage())));`);
  const startMs = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', usageFile, assetPath('dist/cli/main.js'), ...args], {
    cwd: dir,
    encoding: 'utf8',
  });
  const seconds = round((performance.now() - startMs) / 1000, 1);
  if (status === null || !allowed.includes(status)) throw new Error(stderr);
  const usage = JSON.parse(stderr.slice(stderr.lastIndexOf('{"'))) as { maxRSS: number; userCPUTime: number; systemCPUTime: number };
  const cpuSeconds = round((usage.userCPUTime + usage.systemCPUTime) / 1e6, 1);
  return { status, stdout, seconds, cpuSeconds, maxRssMiB: round(usage.maxRSS / 1024) };
};
