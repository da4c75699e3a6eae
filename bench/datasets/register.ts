/**
 * Registration at size: a generated CSV file through `unjoin register` (as built), with its time and its largest memory.
 *   tsx bench/datasets/register.ts [persons ...]
 */
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assetPath } from '../../src/cli/assets.ts';
import { machine, round } from '../machine.ts';
import { measured, SEED, writeCards, writePolicy } from './cards.ts';

const REGISTER = [
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

const measure = (persons: number) => {
  const dir = mkdtempSync(join(tmpdir(), 'unjoin-register-'));
  try {
    writePolicy(dir);
    writeCards(join(dir, 'cards.csv'), persons);
    const { stdout, seconds, cpuSeconds, maxRssMiB } = measured(dir, REGISTER);
    const told = JSON.parse(stdout) as { rows: number; persons: number; mapped: number };
    const [index] = readdirSync(join(dir, 'indexes'));
    return {
      rows: told.rows,
      persons: told.persons,
      mappedPercent: round((100 * told.mapped) / told.rows, 2),
      inputMiB: round(statSync(join(dir, 'cards.csv')).size / 2 ** 20),
      seconds,
      cpuSeconds,
      maxRssMiB,
      indexMiB: round(statSync(join(dir, 'indexes', index)).size / 2 ** 20, 1),
    };
  } finally {
    rmSync(dir, { recursive: true });
  }
};

const sizes = process.argv.slice(2).map(Number);
const runs = (sizes.length > 0 ? sizes : [1e5, 1e6, 1e7]).map(measure);
const result = { what: 'unjoin register', seed: SEED, rowsAPerson: 1, directColumns: 3, machine: machine(), runs };
writeFileSync(assetPath('bench/results/register.json'), `${JSON.stringify(result, null, 2)}\n`);
process.stdout.write(`${JSON.stringify(runs, null, 2)}\n`);
