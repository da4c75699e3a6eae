import t from 'tap';
import type { ControlRecord } from '../../src/control/shape.ts';
import { HOUR_MS, MINUTE_MS } from '../../src/model/time.ts';
import { verifyRun } from '../../src/verify/index.ts';
import { framed, runInMemory } from '../properties/world.ts';
import { inputsOf, START_MS, type World, wholeLog } from '../verify/control/world.ts';
import { controlLog, controlledPlan, controlledText } from './world.ts';

/**
 * The clock table of combined use (spec.md, section 6): where twenty homes' records of one kind go, by when the events were, when they
 * came, and which periods there are. Each row is a run of its own, and the checker agrees with it. Windows are of an hour, times
 * hours and minutes of the first day.
 */
const LOW_K = [['k: 20', 'k: 12']] as const;
const PLAN = controlledPlan(...LOW_K);
const HOMES = 20;

const clock = (time: string): number => {
  const [hours, minutes] = time.replace('-', '').split(':').map(Number);
  return START_MS + (time.startsWith('-') ? -1 : 1) * (hours * HOUR_MS + minutes * MINUTE_MS);
};

interface Said {
  readonly at: string;
  readonly record: ControlRecord;
}

interface Of {
  readonly end?: string;
  readonly k?: number;
  readonly unindexed?: boolean;
  readonly announced?: string;
  /** Null: never. */
  readonly active?: string | null;
}

/** What is said of a period: it was announced and is active long before, unless told. */
const period = (id: string, start: string, { end, k = 12, unindexed = false, announced = '-8:00', active = '-7:00' }: Of = {}): Said[] => [
  {
    at: announced,
    record: {
      kind: 'period',
      id,
      with: { datasets: [], views: [], unindexed },
      views: ['device-health'],
      consumers: ['device-quality'],
      start: clock(start),
      end: end === undefined ? null : clock(end),
      basis: 'none',
      k,
    },
  },
  ...(active === null ? [] : [{ at: active, record: { kind: 'activation', period: id, evidence: 'e'.repeat(64) } as const }]),
];
const ended = (id: string, at: string, end: string): Said => ({ at, record: { kind: 'end', period: id, end: clock(end) } });

/** One record of each home. */
const homes = (event: string, came: string, offset: number): Buffer[] =>
  Array.from({ length: HOMES }, (_, home) =>
    Buffer.from(
      JSON.stringify({
        topic: 'telemetry.device',
        partition: 0,
        offset: offset + home,
        timestamp: clock(came) + home,
        key: null,
        headers: {},
        value: {
          eventId: `event-${event}-${home}`,
          deviceId: `ikea_${home}`,
          accountId: `account-${home}`,
          householdId: `home-${home}`,
          gatewayId: `gw-${home}`,
          eventTime: clock(event) + home,
          model: 'LED1835C6',
          hardware: { ram: 1, sensors: [] },
          osName: 'Zephyr',
          osVersion: '3.3',
          firmware: '4.15.209',
          settings: {},
          permissions: [],
          serial: `serial-${home}`,
          mac: null,
        },
      }),
    ),
  );

/** Where the records of one window went: an output of the view, `ordinary` or of a period, or why they did not. */
const fates = async (said: readonly Said[], times: readonly (readonly [event: string, came: string])[]) => {
  const log = controlLog(PLAN);
  const inOrder = [...said].sort((a, b) => clock(a.at) - clock(b.at));
  for (const { at, record } of inOrder) log.say(record, clock(at));
  const lines = times.flatMap(([event, came], i) => homes(event, came, i * HOMES));
  const world: World = { plan: PLAN, text: controlledText(...LOW_K), lines, people: [] };
  const run = await runInMemory(PLAN, framed(PLAN, lines, [500]), 'unjoin', undefined, wholeLog(PLAN, log.lines));
  const report = await verifyRun(inputsOf(world, run, log.lines));
  const left = run.transactions.flatMap(({ outputs }) => outputs).filter(({ view, json }) => view === 'device-health' && json.length > 0);
  const fate = new Map<string, number>();
  const add = (name: string, count: number): void => void (count > 0 && fate.set(name, (fate.get(name) ?? 0) + count));
  for (const { period: id, json } of left) add(id === null ? 'ordinary' : `period ${id}`, json.length);
  const { blocked } = run.summary.views['device-health'] as { readonly blocked: Readonly<Record<string, number>> };
  for (const [reason, count] of Object.entries(blocked)) add(`blocked: ${reason}`, count);
  return { fate: Object.fromEntries(fate), ok: report.ok, texts: left.flatMap(({ json }) => json.map(String)) };
};

const ROUND = period('trial', '10:00', { end: '12:00' });
const RAGGED = period('trial', '10:20', { end: '11:40' });
const OPEN = period('open', '10:00');
const NO = 'blocked: combined-use';

type Row = readonly [what: string, said: readonly Said[], event: string, came: string, fate: string];

const TABLE: readonly Row[] = [
  ['before it, by both clocks', ROUND, '9:10', '9:20', 'ordinary'],
  ['inside, by both clocks', ROUND, '10:10', '10:20', 'period trial'],
  ['its first instant', ROUND, '10:00', '10:00', 'period trial'],
  ['after it, by both clocks', ROUND, '12:10', '12:20', 'ordinary'],
  ['the instant of its end', ROUND, '12:00', '12:00', 'ordinary'],
  ['across its start: the event before, the record inside', ROUND, '9:50', '10:10', 'period trial'],
  ['across its end: the event inside, the record after', ROUND, '11:50', '12:10', NO],
  ['a device whose clock is ahead: the record before it, the event inside', ROUND, '10:10', '9:50', NO],
  ['a device whose clock is ahead: the record inside, the event after', ROUND, '12:10', '11:50', 'period trial'],
  ['late inside it, by an hour', ROUND, '10:10', '11:20', 'period trial'],
  ['late by a day', ROUND, '10:10', '34:00', NO],
  ['from before it, a day late', ROUND, '8:10', '34:00', 'ordinary'],
  ['rounded outward: before its start, in the window of it', RAGGED, '10:05', '10:10', 'period trial'],
  ['rounded outward: after its end, in the window of it', RAGGED, '11:50', '11:55', 'period trial'],
  ['rounded outward, late: the event before its start, in the window of it', RAGGED, '10:05', '12:10', NO],
  ['rounded outward, late: the event after its end, in the window of it', RAGGED, '11:50', '12:10', NO],
  ['the windows beside a rounded one: before', RAGGED, '9:10', '9:20', 'ordinary'],
  ['the windows beside a rounded one: after', RAGGED, '12:10', '12:20', 'ordinary'],
  ['shorter than a window', period('short', '10:20', { end: '10:21' }), '10:50', '10:55', 'period short'],
  ['open-ended, at its start', OPEN, '10:10', '10:20', 'period open'],
  ['open-ended, ten days on', OPEN, '240:10', '240:20', 'period open'],
  ['open-ended, and its end was named', [...OPEN, ended('open', '11:30', '13:00')], '13:10', '13:20', 'ordinary'],
  ['open-ended, inside until its named end', [...OPEN, ended('open', '11:30', '13:00')], '12:10', '12:20', 'period open'],
  ['open-ended, late after its named end', [...OPEN, ended('open', '11:30', '13:00')], '12:10', '13:20', NO],
  ['ended before what was announced', [...ROUND, ended('trial', '8:30', '11:00')], '11:10', '11:20', 'ordinary'],
  ['ended before what was announced, inside', [...ROUND, ended('trial', '8:30', '11:00')], '10:10', '10:20', 'period trial'],
  ['announced, never active', period('trial', '10:00', { end: '12:00', active: null }), '10:10', '10:20', NO],
  ['announced, never active: outside', period('trial', '10:00', { end: '12:00', active: null }), '9:10', '9:20', 'ordinary'],
  ['active before the end of the window', period('trial', '10:00', { end: '12:00', active: '10:40' }), '10:10', '10:20', 'period trial'],
  ['active after the end of the window', period('trial', '10:00', { end: '12:00', active: '11:10' }), '10:10', '10:20', NO],
  ['active since the window before', period('trial', '10:00', { end: '12:00', active: '11:10' }), '11:10', '11:20', 'period trial'],
  ['overlapping: the first announced has the output', [...ROUND, ...period('second', '10:00', { end: '12:00', announced: '-7:30' })], '10:10', '10:20', 'period trial'], // biome-ignore format: a row
  ['overlapping in part: where only the second is', [...ROUND, ...period('second', '11:00', { end: '14:00', announced: '-7:30' })], '12:10', '12:20', 'period second'], // biome-ignore format: a row
  ['overlapping: the greater k counts', [...ROUND, ...period('second', '10:00', { end: '12:00', k: 21, announced: '-7:30' })], '10:10', '10:20', 'blocked: k'], // biome-ignore format: a row
  [
    'overlapping: one of them is not active',
    [...ROUND, ...period('second', '10:00', { end: '12:00', active: null })],
    '10:10',
    '10:20',
    NO,
  ],
  ['overlapping: late for the one that is over, in the other', [...ROUND, ...period('second', '12:00', { end: '14:00', announced: '-7:30' })], '11:10', '12:10', NO], // biome-ignore format: a row
];

for (const [what, said, event, came, fate] of TABLE)
  t.test(`${what}: ${event} came ${came}`, async (t) => {
    const told = await fates(said, [[event, came]]);
    t.same(told.fate, { [fate]: HOMES });
    t.ok(told.ok, 'the checker agrees');
  });

t.test('duplicated: the copy that came in time leaves in the period, the one that came after it nowhere', async (t) => {
  const { fate, ok } = await fates(ROUND, [
    ['11:10', '11:20'],
    ['11:10', '12:10'],
  ]);
  t.same(fate, { 'period trial': HOMES, [NO]: HOMES });
  t.ok(ok, 'the checker agrees');
});

t.test('with unindexed information only the coarsest level leaves', async (t) => {
  const fine = await fates(ROUND, [['10:10', '10:20']]);
  const coarse = await fates(period('wild', '10:00', { unindexed: true }), [['10:10', '10:20']]);
  t.match(fine.texts[0], /LED1835C6/);
  t.same(coarse.fate, { 'period wild': HOMES });
  t.notMatch(coarse.texts.join(), /LED1835C6|IKEA/i);
});
