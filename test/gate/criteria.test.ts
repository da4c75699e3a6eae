import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { CRITERIA } from '../../src/gate/criteria.ts';
import { type Controls, NO_CONTROLS } from '../../src/model/controls.ts';
import type { ViewPlan } from '../../src/model/plan.ts';
import { REASONS } from '../../src/model/verdict.ts';
import { viewOf } from './fakes.ts';
import { allows, crowd, index, people, period, trialOf } from './trials.ts';

t.test('there is one list, in the order of the spec', async (t) => {
  t.strictSame(
    CRITERIA.map(({ reason }) => reason),
    ['k', 'gateways', 'publishers', 'dataset', 'direct', 'combined-use'],
  );
  for (const { reason } of CRITERIA) t.ok(REASONS[reason].code > 64);
});

t.test('a view without further rules pays for k alone', async (t) => {
  const { rules } = trialOf(viewOf(), crowd(3));
  t.strictSame(
    CRITERIA.filter((criterion) => criterion.applies(rules)).map(({ reason }) => reason),
    ['k'],
  );
});

// ---- the battery that every criterion passes ----

interface Setting {
  readonly view: ViewPlan;
  readonly controls: Controls;
}

/** Each makes a setting stricter. */
const tightenings: ((setting: Setting, by: number) => Setting)[] = [
  ({ view, controls }, by) => ({ controls, view: { ...view, k: view.k + by } }),
  ({ view, controls }, by) => ({
    controls,
    view: { ...view, gateways: { min: (view.gateways?.min ?? 0) + by, publishers: view.gateways?.publishers ?? [] } },
  }),
  ({ view, controls }, by) => ({
    controls,
    view: { ...view, gateways: { min: view.gateways?.min ?? 0, publishers: [...(view.gateways?.publishers ?? []), String(by)] } },
  }),
  ({ view, controls }, by) => ({ view, controls: { ...controls, datasets: [...controls.datasets, index(by, by % 3, by)] } }),
  ({ view, controls }, by) => ({
    view,
    controls: { ...controls, datasets: controls.datasets.map((dataset) => ({ ...dataset, kMap: dataset.kMap + by })) },
  }),
  ({ view, controls }, by) => ({
    view,
    controls: { ...controls, direct: [...controls.direct, { view: 0, has: (_attribute, level, code) => code + level === by }] },
  }),
  ({ view, controls }, by) => ({ view, controls: { ...controls, periods: [...controls.periods, period(2 * by, by % 2 === 0)] } }),
];

const steps = fc.array(fc.tuple(fc.nat({ max: tightenings.length - 1 }), fc.integer({ min: 1, max: 6 })), { maxLength: 4 });
const tighten = (setting: Setting, by: readonly (readonly [number, number])[]): Setting =>
  by.reduce((looser, [which, amount]) => tightenings[which]!(looser, amount), setting);

const base: Setting = {
  view: viewOf({ k: 1, gateways: { min: 0, publishers: [] }, sensitive: { name: 's', attribute: 2, revealing: [], topShare: 0.5 } }),
  controls: NO_CONTROLS,
};

for (const criterion of CRITERIA) {
  t.test(`${criterion.reason} is monotone: a stricter setting never releases more`, async () => {
    fc.assert(
      fc.property(people, steps, steps, fc.nat({ max: 2 }), (rows, some, more, level) => {
        const loose = tighten(base, some);
        const strict = tighten(loose, more);
        if (allows(criterion, strict.view, rows, strict.controls, level)) {
          assert.ok(allows(criterion, loose.view, rows, loose.controls, level));
        }
      }),
      { numRuns: 400 },
    );
  });

  t.test(`${criterion.reason} says the same twice and in every order of offering`, async () => {
    const shuffled = people.chain((rows) => fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })));
    fc.assert(
      fc.property(shuffled, steps, ([rows, other], some) => {
        const { view, controls } = tighten(base, some);
        const trial = trialOf(view, rows, controls);
        const first = criterion.passes(trial);
        for (const each of CRITERIA) if (each !== criterion && each.applies(trial.rules)) each.passes(trial);
        assert.equal(criterion.passes(trial), first, 'whatever was asked in between');
        assert.equal(criterion.passes(trialOf(view, other, controls)), first);
      }),
      { numRuns: 100 },
    );
  });
}
