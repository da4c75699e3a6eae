import t from 'tap';
import { REASONS } from '../../../src/model/verdict.ts';
import { createMetrics } from '../../../src/runtime/service/metrics.ts';
import { smartHome } from '../../properties/world.ts';

const plan = smartHome();
const verdicts = (counts: Readonly<Record<number, number>>): Float64Array => {
  const all = new Float64Array(256);
  for (const [verdict, count] of Object.entries(counts)) all[Number(verdict)] = count;
  return all;
};

t.test('counts are exported in multiples of k, window by window', async (t) => {
  const metrics = createMetrics(plan);
  const window = {
    view: 'device-health',
    index: 0,
    k: 20,
    windowEndMs: 1_000_000,
    verdicts: verdicts({ 0: 59, [REASONS.k.code]: 19, [REASONS.folded.code]: 40 }),
    isStale: false,
  };
  metrics.closed([window], 1_003_500);
  const text = await metrics.text();
  t.match(text, 'unjoin_records_total{view="device-health",verdict="level-0",reason=""} 40');
  t.match(text, 'unjoin_records_total{view="device-health",verdict="blocked",reason="folded"} 40');
  t.notMatch(text, /reason="k"/, 'fewer than k are not shown at all');
  t.match(text, 'unjoin_windows_closed_total{view="device-health"} 1');
  t.match(text, 'unjoin_window_delay_seconds{view="device-health"} 3.5');
  metrics.closed([window], 1_003_500);
  t.match(await metrics.text(), 'verdict="level-0",reason=""} 80', 'each window is floored by itself');
});

t.test('windows that are late are counted, and the oldest that waits is shown', async (t) => {
  const metrics = createMetrics(plan);
  t.match(await metrics.text(), 'unjoin_windows_late_total{view="device-health"} 0', 'there before anything is late');
  metrics.late([{ view: 'device-health' }, { view: 'device-health' }]);
  metrics.overdue(new Map([['device-health', 5000], ['feature-usage', 9000]]), 7500); // biome-ignore format: pairs
  const text = await metrics.text();
  t.match(text, 'unjoin_windows_late_total{view="device-health"} 2');
  t.match(text, 'unjoin_window_overdue_seconds{view="device-health"} 2.5');
  t.match(text, 'unjoin_window_overdue_seconds{view="feature-usage"} 0');
  metrics.overdue(new Map(), 7500);
  t.notMatch(await metrics.text(), /overdue_seconds\{/, 'nothing waits');
});

t.test('memory and what it is held against', async (t) => {
  const metrics = createMetrics(plan);
  metrics.memory({ rssBytes: 5, capBytes: 7, isPaused: true });
  t.match(await metrics.text(), /unjoin_resident_bytes 5\n[\s\S]*unjoin_resident_limit_bytes 7\n[\s\S]*unjoin_intake_paused 1\n/);
  metrics.memory({ rssBytes: 5, capBytes: 7, isPaused: false });
  t.match(await metrics.text(), 'unjoin_intake_paused 0');
});

t.test('labels are names of the policy and of closed lists', async (t) => {
  const metrics = createMetrics(plan);
  metrics.tasks({ running: 2, halted: 0 });
  const labels = [...(await metrics.text()).matchAll(/^unjoin_\w+\{([^}]*)\}/gm)].map(([, found]) => found);
  const known = new Set(plan.views.map(({ name }) => `view="${name}"`));
  for (const label of labels) t.ok(known.has(label) || /^state="\w+"$/.test(label), label);
});
