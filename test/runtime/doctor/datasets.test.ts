import t from 'tap';
import { datasetChecks } from '../../../src/runtime/doctor/datasets.ts';

const NOW = Date.UTC(2026, 10, 23);
const DAY_MS = 86_400_000;
const cards = { name: 'warranty-cards', digest: 'a'.repeat(64), asOfMs: NOW - DAY_MS, code: null };

t.test('what does not guard fails with what to do; what soon will not is told a day before', async (t) => {
  const checks = datasetChecks(
    [
      { ...cards, untilMs: NOW + DAY_MS },
      { ...cards, untilMs: NOW + DAY_MS - 1 },
      { ...cards, untilMs: NOW - 1, code: 'dataset-stale' },
      { ...cards, digest: null, asOfMs: null, untilMs: null, code: 'dataset-unnamed' },
    ],
    NOW,
  );
  t.match(checks, [
    { status: 'ok', told: 'warranty-cards guards windows that end until 2026-11-24T00:00:00.000Z' },
    { status: 'warn', told: /less than a day/, next: 'register it again' },
    { status: 'fail', exit: 78, told: /dataset-stale/, next: /register the dataset again/ },
    { status: 'fail', exit: 78, told: /dataset-unnamed/, next: /--as and --key/ },
  ]);
});
