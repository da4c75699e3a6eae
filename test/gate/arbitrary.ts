import fc from 'fast-check';
import type { Controls, DatasetIndex, DirectIndex, PeriodRule, ReleasedTuples } from '../../src/model/controls.ts';
import type { ViewPlan } from '../../src/model/plan.ts';
import { climb, HOUR, type Row, viewOf } from './fakes.ts';

/** Start of the first of the two windows that rows lie in. */
export const FIRST_MS = 1000 * 24 * HOUR;

/** Views of every shape that the gate knows. */
export const views: fc.Arbitrary<ViewPlan> = fc
  .record({
    attributes: fc.integer({ min: 1, max: 3 }),
    levels: fc.integer({ min: 1, max: 3 }),
    k: fc.constantFrom(2, 3, 3, 4, 5),
    contribution: fc.integer({ min: 1, max: 4 }),
    kind: fc.constantFrom('plain', 'sensitive', 'pseudonym'),
    gateways: fc.constantFrom(null, { min: 2, publishers: [] }, { min: 3, publishers: ['0', '1'] }),
    topShare: fc.constantFrom(0.5, 0.25),
    location: fc.constantFrom(false, false, false, true),
    star: fc.boolean(),
  })
  .map(({ attributes, levels, k, contribution, kind, gateways, topShare, location, star }) =>
    viewOf({
      k,
      contribution,
      gateways,
      location,
      attributes: Array.from({ length: attributes }, (_, i) => i),
      path: Array.from({ length: levels }, (_, level) =>
        Array.from({ length: attributes }, (_, i) => (star && i > 0 && level === levels - 1 ? 3 : level)),
      ),
      sensitive: kind === 'sensitive' ? { name: 's', attribute: 3, revealing: [1], topShare } : null,
      pseudonym: kind === 'pseudonym' ? 'class' : 'none',
    }),
  );

/** Candidates over two windows, close together enough to fold and share classes; some events come twice. */
export const rowsOf = (view: ViewPlan, maxLength = 120): fc.Arbitrary<Row[]> =>
  fc
    .record({
      rows: fc.array(rowArbitrary(view), { maxLength, size: 'max' }),
      repeated: fc.array(fc.record({ at: fc.nat(), gateway: gatewayNumbers, sensitive: sensitiveCodes }), { maxLength: 8 }),
    })
    .map(({ rows, repeated }) => {
      const again = repeated.flatMap(({ at, ...changed }) => (rows.length === 0 ? [] : [{ ...rows[at % rows.length]!, ...changed }]));
      return [...rows, ...again].map(({ gateway, ...row }, offset) =>
        gateway === null ? { ...row, offset } : { ...row, gateway, offset },
      );
    });

const sensitiveCodes = fc.integer({ min: -1, max: 3 });
const gatewayNumbers = fc.option(fc.integer({ min: 0, max: 5 }), { freq: 9 });

const rowArbitrary = (view: ViewPlan) =>
  fc
    .record({
      subject: fc.integer({ min: 0, max: 11 }),
      event: fc.integer({ min: 0, max: 40 }),
      gateway: gatewayNumbers,
      roams: fc.boolean(),
      codes: fc.array(fc.constantFrom(0, 0, 0, 0, 0, 1, 2, 5), { minLength: 3, maxLength: 3 }),
      start: fc.constantFrom(0, 0, 0, view.path.length - 1),
      sensitive: sensitiveCodes,
      source: fc.integer({ min: 0, max: 1 }),
      appendMs: fc.integer({ min: FIRST_MS, max: FIRST_MS + 2 * HOUR - 1 }),
      lateHours: fc.integer({ min: -1, max: 30 }),
    })
    .map(({ roams, lateHours, ...row }) => ({
      ...row,
      gateway: roams || row.gateway === null ? row.gateway : row.subject % 6,
      eventHour: lateHours < 0 ? -1 : Math.floor(row.appendMs / HOUR) - lateHours,
    }));

/** Control records that bite now and then: datasets, direct values, periods in and around the windows. */
export const controlsFor = (view: ViewPlan): fc.Arbitrary<Controls> =>
  fc.record({
    version: fc.constant(1),
    subjects: fc.constant(null),
    datasets: sometimes(fc.array(datasets(view), { maxLength: 2 })),
    direct: sometimes(fc.tuple(directIndexes)),
    periods: sometimes(fc.array(periods, { maxLength: 2 })),
  });

const sometimes = <T>(arbitrary: fc.Arbitrary<readonly T[]>): fc.Arbitrary<readonly T[]> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant<readonly T[]>([]) }, { weight: 1, arbitrary });

const directIndexes: fc.Arbitrary<DirectIndex> = fc
  .record({ view: fc.constantFrom(0, 0, 1), value: fc.integer({ min: 0, max: 8 }) })
  .map(({ view, value }) => ({ view, has: (attribute, level, code) => attribute + level + code === value }));

const periods: fc.Arbitrary<PeriodRule> = fc
  .record({
    view: fc.constantFrom(0, 0, 1),
    startMs: fc.integer({ min: FIRST_MS - 20 * HOUR, max: FIRST_MS + 3 * HOUR }),
    lengthMs: fc.integer({ min: 1, max: 3 * HOUR }),
    k: fc.integer({ min: 1, max: 6 }),
    coarsestOnly: fc.boolean(),
    id: fc.constant('p'),
    isSuspended: fc.constantFrom(false, false, true),
  })
  .map(({ lengthMs, ...period }) => ({ ...period, endMs: period.startMs + lengthMs }));

/** Persons as tuples of fine codes; what is asked is counted over them, as a real index would. */
const datasets = (view: ViewPlan): fc.Arbitrary<DatasetIndex> =>
  fc
    .record({
      persons: fc.array(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 3, maxLength: 3 }), { maxLength: 30 }),
      kMap: fc.integer({ min: 1, max: 4 }),
      columns: fc.constantFrom(undefined, 1, 3),
      subsets: fc.boolean(),
    })
    .map(({ persons, kMap, columns, subsets }) => {
      const levels = persons.map((fine) => climb(view, fine));
      const has = (columns ?? 7) & (2 ** view.attributes.length - 1);
      const matching = (level: number, codes: Int32Array, mask: number): number[][][] =>
        levels.filter((person) => person[level]!.every((code, i) => ((mask >> i) & 1) === 0 || code === codes[i]));
      const alone = (people: number[][][], level: number, released?: ReleasedTuples): number =>
        people.filter((person) => !person.some((codes, finer) => finer < level && released?.has(finer, Int32Array.from(codes), has)))
          .length;
      return {
        view: 0,
        kMap,
        ...(columns === undefined ? {} : { columns: has }),
        possible: (level, codes) => matching(level, codes, has).length,
        certain: (level, codes, released) => alone(matching(level, codes, has), level, released),
        ...(subsets
          ? {
              possibleIn: (level: number, codes: Int32Array, subset: number) => matching(level, codes, subset).length,
              certainIn: (level: number, codes: Int32Array, subset: number, released?: ReleasedTuples) =>
                alone(matching(level, codes, subset), level, released),
            }
          : {}),
      };
    });
