/**
 * The checker against true data at size: a run of the demo fleet that a generated CSV file guards, through `unjoin verify` (as
 * built) without and with the file.
 *   tsx bench/datasets/verify.ts [persons ...]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assetPath } from '../../src/cli/assets.ts';
import { machine } from '../machine.ts';
import { measured, SEED, writeCards, writePolicy } from './cards.ts';

const EVENTS = 20_000;
const ROWS_A_PERSON = 2;
const SIMULATE = ['simulate', '--devices', '12000', '--count', String(EVENTS), '--seed', String(SEED), '--to', 'events.ndjson'];
const REGISTER = ['register', '--policy', 'policy.yaml', '--dataset', 'cards', '--in', 'cards.csv', '--as-of', '2026-01-05T00:00:00Z', '--keys', 'keys', '--index', 'indexes']; // biome-ignore format: a command
const RUN = ['--policy', 'policy.yaml', '--in', 'events.ndjson', '--out', 'out', '--keys', 'keys', '--json'];

interface Told {
  readonly ok: boolean;
  readonly findings: readonly { readonly id: string; readonly verdict: string; readonly note: string }[];
}

const measure = (persons: number) => {
  const dir = mkdtempSync(join(tmpdir(), 'unjoin-verify-'));
  try {
    writePolicy(dir);
    writeCards(join(dir, 'cards.csv'), persons, ROWS_A_PERSON);
    for (const args of [SIMULATE, REGISTER, ['run', ...RUN, '--datasets', 'indexes']]) measured(dir, args);
    const without = measured(dir, ['verify', ...RUN]);
    const { stdout, seconds, cpuSeconds, maxRssMiB } = measured(dir, ['verify', ...RUN, '--dataset', 'cards=cards.csv']);
    const own = (JSON.parse(stdout) as Told).findings.filter(({ id }) => id === 'I11' || id === 'I12');
    if (own.some(({ verdict }) => verdict !== 'pass')) throw new Error('the checker finds fault with an honest run');
    return {
      persons,
      rows: persons * ROWS_A_PERSON,
      seconds,
      cpuSeconds,
      maxRssMiB,
      secondsWithout: without.seconds,
      maxRssMiBWithout: without.maxRssMiB,
      notes: own.map(({ note }) => note),
    };
  } finally {
    rmSync(dir, { recursive: true });
  }
};

const sizes = process.argv.slice(2).map(Number);
const runs = (sizes.length > 0 ? sizes : [1e5, 1e6]).map(measure);
const result = {
  what: 'unjoin verify --dataset',
  seed: SEED,
  events: EVENTS,
  rowsAPerson: ROWS_A_PERSON,
  directColumns: 3,
  machine: machine(),
  runs,
};
writeFileSync(assetPath('bench/results/verify-dataset.json'), `${JSON.stringify(result, null, 2)}\n`);
process.stdout.write(`${JSON.stringify(runs, null, 2)}\n`);
