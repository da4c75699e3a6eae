import fc from 'fast-check';
import type { Ladder } from '../../src/model/ladder.ts';
import type { AttributePlan, Plan, ViewPlan } from '../../src/model/plan.ts';
import { brandReleased, type Released, SENSITIVE_STAR } from '../../src/model/released.ts';
import { HOUR_MS } from '../../src/model/time.ts';

/** A ladder whose texts are a function of level and code; `texts` are its values at the finest level. */
export const ladder = (name: string, levels: readonly string[], texts: readonly string[]): Ladder => ({
  name,
  technique: 'table',
  levels,
  inputs: [{ axis: '', kind: 'text' }],
  apply: () => {},
  text: (level, code) => `${texts[code % texts.length]}${level === 0 ? '' : `/${levels[level]}`}`,
});

export const TEXTS = ['lamp', 'plug', 'Küche "oben"', 'a\nb\\c', '灯', '🛋️ sofa', 'x'.repeat(300), '<&>\u2028'];

const attribute = (name: string, levels: readonly string[]): AttributePlan => ({ name, ladder: ladder(name, levels, TEXTS), inputs: [0] });

export const ATTRIBUTES = [
  attribute('model', ['code', 'series', 'brand']),
  attribute('operation', ['operation', 'group']),
  attribute('time', ['6h']),
  attribute('result', ['code']),
];

export const view = (change: Partial<ViewPlan> = {}): ViewPlan => ({
  name: 'feature-usage',
  index: 0,
  event: 0,
  purpose: 'improve products',
  consumers: ['product-analytics'],
  subject: 'household',
  windowMs: HOUR_MS,
  k: 20,
  attributes: [0, 1],
  path: [
    [1, 0],
    [2, 1],
    [2, 2],
  ],
  sensitive: { name: 'result', attribute: 3, revealing: [1], topShare: 0.5 },
  pseudonym: 'none',
  contribution: 1,
  gateways: null,
  location: false,
  retentionMs: 24 * HOUR_MS,
  ...change,
});

export const planOf = (...views: readonly ViewPlan[]): Plan => ({
  name: 'smart-home',
  digest: 'd1'.repeat(32),
  prf: 'aes-256-cmac',
  epochMs: 168 * HOUR_MS,
  signers: [],
  datasets: [],
  limits: { recordBytes: 1, depth: 1, items: 1, stringBytes: 1 },
  events: [
    {
      name: 'operation',
      index: 0,
      schemas: [],
      topics: [],
      topicPatterns: [],
      derived: new Map(),
      lists: [],
      isCloudEvent: false,
      embedded: [],
      when: null,
      appendTime: null,
      eventTime: null,
      fields: [],
      slots: { id: 0, device: 1, household: -1, gateway: -1, account: -1 },
      household: 'bindings',
      attributes: ATTRIBUTES,
      views: views.map(({ index }) => index),
    },
  ],
  views,
});

/** Views of every shape: one to three attributes, one to four levels, with and without sensitive field and pseudonym. */
export const anyView: fc.Arbitrary<ViewPlan> = fc
  .record({
    attributes: fc.shuffledSubarray([0, 1, 2], { minLength: 1 }),
    levels: fc.integer({ min: 1, max: 4 }),
    pseudonym: fc.constantFrom('none' as const, 'class' as const),
    sensitive: fc.boolean(),
  })
  .map(({ attributes, levels, pseudonym, sensitive }) =>
    view({
      attributes,
      pseudonym,
      path: Array.from({ length: levels }, (_, level) => attributes.map((a) => Math.min(level, ATTRIBUTES[a].ladder.levels.length))),
      ...(sensitive ? {} : { sensitive: null }),
    }),
  );

export interface Row {
  readonly level: number;
  readonly codes: readonly number[];
  readonly sensitive: number;
  readonly pseudonym: Uint8Array;
}

export const rowsOf = (shape: ViewPlan, maxLength = 30): fc.Arbitrary<Row[]> =>
  fc.array(
    fc.record({
      level: fc.integer({ min: 0, max: shape.path.length - 1 }),
      codes: fc.tuple(...shape.attributes.map(() => fc.integer({ min: 0, max: 40 }))),
      sensitive: fc.integer({ min: SENSITIVE_STAR, max: 9 }),
      pseudonym: fc.uint8Array({ minLength: 16, maxLength: 16 }),
    }),
    { maxLength },
  );

/** What the gate would hand over for these rows. */
export const released = (shape: ViewPlan, rows: readonly Row[], windowStartMs = 0): Released =>
  brandReleased({
    period: null,
    isAuthorised: false,
    view: shape.index,
    windowStartMs,
    windowEndMs: windowStartMs + shape.windowMs,
    count: rows.length,
    source: new Int32Array(rows.length),
    offset: Float64Array.from(rows, (_, row) => row),
    level: Uint8Array.from(rows, ({ level }) => level),
    codes: Int32Array.from(rows.flatMap(({ codes }) => codes)),
    sensitive: shape.sensitive === null ? new Int32Array(0) : Int32Array.from(rows, ({ sensitive }) => sensitive),
    pseudonym: shape.pseudonym === 'none' ? new Uint8Array(0) : Uint8Array.from(rows.flatMap(({ pseudonym }) => [...pseudonym])),
  });
