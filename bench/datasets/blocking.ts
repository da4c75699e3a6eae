/** What rule (4) blocks in the demo fleet (60 000 devices of 20 000 households, k 20), by the share of households registered. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assetPath } from '../../src/cli/assets.ts';
import { registerDataset } from '../../src/runtime/dataset/register.ts';
import { runFiles } from '../../src/runtime/run-files.ts';
import type { Summary } from '../../src/runtime/summary.ts';
import { fleetLines, smartHome } from '../../test/properties/world.ts';
import { declared } from '../../test/runtime/dataset/declared.ts';
import { amongPercent, cardsOfFleet } from '../../test/runtime/dataset/fleet.ts';
import { COLUMNS, csvOf, planWith } from '../../test/runtime/dataset/world.ts';
import { machine, round } from '../machine.ts';

const SEED = 1;
const CARDS = declared({
  cards: { guards: ['device-health'], columns: COLUMNS, dropped: ['serial', 'lat', 'lon'], maxAge: '52w' },
});

/** Percent of the decided records of the view that were blocked; repetitions left out. */
const blockedPercent = ({ views }: Summary): number => {
  const { released, blocked } = views['device-health'];
  const left = released.reduce((sum, count) => sum + count, 0);
  const stayed = Object.entries(blocked).reduce(
    (sum, [reason, count]) => sum + (/^(duplicate|folded|contribution)$/.test(reason) ? 0 : count),
    0,
  );
  return round((100 * stayed) / (left + stayed), 2);
};

const dir = mkdtempSync(join(tmpdir(), 'unjoin-blocking-'));
try {
  const lines = fleetLines({ devices: 60_000, count: 100_000, spanMs: 3_600_000, seed: SEED, malformedShare: 0 });
  writeFileSync(join(dir, 'fleet.ndjson'), Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')])));
  const plan = planWith(CARDS);
  const folders = { keys: join(dir, 'keys'), index: join(dir, 'indexes') };
  const files = { inputs: [join(dir, 'fleet.ndjson')], format: 'ndjson' as const, keys: folders.keys };
  const free = blockedPercent(await runFiles({ ...files, plan: smartHome(), out: join(dir, 'free') }));
  const { timestamp } = JSON.parse(lines[0].toString());
  const runs: unknown[] = [];
  for (const percent of [20, 100]) {
    const cards = cardsOfFleet(lines, amongPercent(percent)).filter(({ model }) => model !== null);
    const input = join(dir, `cards-${percent}.csv`);
    writeFileSync(input, csvOf(cards));
    const asOfMs = timestamp + percent;
    const { registered } = await registerDataset({ plan, dataset: plan.datasets[0], input, ...folders, asOfMs, isDry: false });
    const blocked = blockedPercent(await runFiles({ ...files, plan, out: join(dir, String(percent)), datasets: folders.index }));
    const { rows, persons, mapped } = registered;
    runs.push({ registeredPercent: percent, rows, persons, mapped, blockedPercent: blocked, addedPoints: round(blocked - free, 2) });
  }
  const result = {
    view: 'device-health',
    k: 20,
    devices: 60_000,
    events: 100_000,
    seed: SEED,
    machine: machine(),
    blockedPercentWithout: free,
    runs,
  };
  writeFileSync(assetPath('bench/results/dataset-blocking.json'), `${JSON.stringify(result, null, 2)}\n`);
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
} finally {
  rmSync(dir, { recursive: true });
}
