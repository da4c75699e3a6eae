import fc from 'fast-check';
import { compareCoordinates } from '../../src/gate/batch.ts';
import { classesOf } from '../../src/gate/classes.ts';
import { CRITERIA, type Criterion } from '../../src/gate/criteria.ts';
import { orderByKey } from '../../src/gate/order.ts';
import { rulesOf } from '../../src/gate/rules.ts';
import { createVerdictSink } from '../../src/gate/sink.ts';
import { createTrial, type Trial, tryClass } from '../../src/gate/trial.ts';
import { createGateWindow, offer } from '../../src/gate/window.ts';
import { type Controls, type DatasetIndex, NO_CONTROLS } from '../../src/model/controls.ts';
import type { ViewPlan } from '../../src/model/plan.ts';
import { candidatesOf, HOUR, planOf, type Row, token } from './fakes.ts';

/** Room for every row, so that none folds. */
const ROOM = 1000;

/** All rows as one class under trial at `level`; they must have equal codes. Of subjects in `known` something has left finer. */
export const trialOf = (
  view: ViewPlan,
  rows: readonly Row[],
  controls: Controls = NO_CONTROLS,
  level = 0,
  known: readonly Row['subject'][] = [],
): Trial => {
  const window = createGateWindow({ ...view, contribution: ROOM }, 0);
  const candidates = candidatesOf(view, rows);
  const sink = createVerdictSink();
  for (let row = 0; row < rows.length; row++) offer(window, candidates, row, sink);
  const publishers = (view.gateways?.publishers ?? []).map((publisher) => token(`gateway ${publisher}`));
  const trial = createTrial(rulesOf(planOf(view), window, controls, publishers), window);
  trial.level = level;
  const order = orderByKey(window.event, window.count, (left, right) => compareCoordinates(window, left, right));
  const gone = order.filter((row) => rows.some(({ subject, offset }) => offset === window.offset[row] && known.includes(subject)));
  tryClass(trial, classesOf(trial, level, order, gone), 0);
  return trial;
};

export const named = (reason: string): Criterion => CRITERIA.find((criterion) => criterion.reason === reason)!;

/** Whether the class may leave as far as this criterion is concerned. */
export const allows = (
  criterion: Criterion,
  view: ViewPlan,
  rows: readonly Row[],
  controls = NO_CONTROLS,
  level = 0,
  known: readonly Row['subject'][] = [],
): boolean => {
  const trial = trialOf(view, rows, controls, level, known);
  return !criterion.applies(trial.rules) || criterion.passes(trial);
};

/** One record of each of `count` subjects; `gateway` by its number. */
export const crowd = (count: number, gateway: (subject: number) => number | undefined = () => undefined): Row[] =>
  Array.from({ length: count }, (_, subject) => {
    const behind = gateway(subject);
    return behind === undefined ? { subject, offset: subject } : { subject, offset: subject, gateway: behind };
  });

export const index = (kMap: number, possible: number, certain: number): DatasetIndex => ({
  view: 0,
  kMap,
  possible: () => possible,
  certain: () => certain,
  possibleIn: (_level, _codes, subset) => possible * (subset + 1),
  certainIn: () => certain,
});

export const period = (k: number, coarsestOnly: boolean): Controls['periods'][number] => ({
  id: 'p',
  isSuspended: false,
  view: 0,
  startMs: 0,
  endMs: HOUR,
  k,
  coarsestOnly,
});

export const people = fc
  .array(
    fc.record({ subject: fc.nat({ max: 24 }), gateway: fc.option(fc.nat({ max: 7 }), { nil: undefined }), sensitive: fc.nat({ max: 3 }) }),
    {
      minLength: 1,
      maxLength: 60,
    },
  )
  .map((rows) =>
    rows.map(({ gateway, ...row }, offset): Row => (gateway === undefined ? { ...row, offset } : { ...row, gateway, offset })),
  );
