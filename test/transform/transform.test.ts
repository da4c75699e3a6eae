import t from 'tap';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/model/time.ts';
import { memoryKeys } from '../../src/runtime/keys/memory.ts';
import { NOON, planWith, transformed } from './world.ts';

const plan = planWith();
const texts = (view: string, codes: readonly (readonly number[])[]): string[] => {
  const found = plan.views.find(({ name }) => name === view) as (typeof plan.views)[number];
  return codes.map((level, l) =>
    level.map((code, a) => plan.events[found.event].attributes[found.attributes[a]].ladder.text(found.path[l][a], code)).join(' | '),
  );
};

t.test('a record starts at the first level at which every attribute has a value', async (t) => {
  const values = [
    { osVersion: '5.10' },
    { osVersion: '5' },
    { osVersion: null },
    { osVersion: null, osName: null },
    { model: 'never heard of' },
    { model: '' },
  ];
  const rows = transformed(
    plan,
    values.map((value) => ({ value })),
  ).of('device-health');
  t.strictSame(
    rows.map(({ start, reason }) => reason ?? start),
    [0, 1, 3, 'no-level', 3, 3],
  );
  t.strictSame(texts('device-health', rows[0].codes), [
    'SIN-4-RS-20_LEX | linux 5.10',
    'ADEO cover others | linux 5',
    'ADEO cover | linux 5',
    'cover | linux',
  ]);
  t.equal(texts('device-health', rows[4].codes)[3], 'other | linux', 'a model that is not listed has no value below its rest');
  for (const row of rows.slice(0, 3)) {
    t.ok(
      row.codes
        .slice(0, row.start)
        .flat()
        .every((code) => code === 0),
      'codes below the start level mean nothing',
    );
    t.strictSame(row.codes.slice(row.start), rows[0].codes.slice(row.start), 'a coarser class holds the finer ones');
  }
});

t.test('places: no position, unknown time, old and future fixes', async (t) => {
  const at = (eventTime: number | undefined, more: object = {}) => ({ event: 'location' as const, value: { eventTime, ...more } });
  const rows = transformed(plan, [
    at(NOON - HOUR_MS),
    at(NOON - DAY_MS),
    at(NOON - DAY_MS - 1),
    at(NOON + 5 * MINUTE_MS),
    at(NOON + 5 * MINUTE_MS + 1),
    at(NOON - HOUR_MS, { gps: null }),
    at(NOON - HOUR_MS, { gps: { lat: 91, lon: 0 } }),
    at(NOON - HOUR_MS, { householdId: null, gps: null }),
    at(NOON + DAY_MS, { householdId: null }),
    at(NOON + DAY_MS, { gps: null }),
    at(NOON - 2 * DAY_MS, { gps: null }),
  ]).of('presence-by-area');
  t.strictSame(
    rows.map(({ start, reason }) => reason ?? start),
    [0, 0, 'stale', 0, 'future', 'no-level', 'no-level', 'no-subject', 'no-subject', 'future', 'stale'],
  );
  t.equal(rows[0].eventHour, Math.floor((NOON - HOUR_MS) / HOUR_MS), 'the hour that the lottery looks at');
  t.match(texts('presence-by-area', rows[0].codes), [/^86\w+ \| 2026-01-05T06Z\/PT6H$/, /^85/, /^84/, /^84\w+ \| 2026-01-05$/]);
});

t.test('no event time at all is told to whoever asks for the hour', async (t) => {
  // The first event is the device's; its other time may be missing.
  const optional = planWith(['eventTime: eventTime', 'eventTime: receivedAt']);
  const [row] = transformed(optional, [{ value: {} }]).of('device-health');
  t.match(row, { reason: null, eventHour: -1 });
});

t.test('verdicts that transform gives fall into the window of the append time', async (t) => {
  const given = [NOON, NOON + HOUR_MS - 1, NOON + HOUR_MS, NOON].map((appendMs) => ({ appendMs, value: { householdId: null } }));
  const rows = transformed(plan, given).of('device-health');
  // The last one is behind its partition's clock, and so belongs to the later window.
  t.strictSame(
    rows.map(({ windowStartMs }) => ((windowStartMs ?? 0) - NOON) / HOUR_MS),
    [0, 0, 1, 1],
  );
});

t.test('the sensitive field: its code where it is listed, no value where it is not', async (t) => {
  const rows = transformed(
    plan,
    ['success', ' OK ', 'on fire', ''].map((result) => ({ event: 'operation' as const, value: { result } })),
  ).of('feature-usage');
  const { ladder } = plan.events[1].attributes[plan.views[1].sensitive?.attribute ?? -1];
  t.strictSame(
    rows.map(({ sensitive }) => (sensitive === null || sensitive < 0 ? sensitive : ladder.text(0, sensitive))),
    ['success', 'ok', -1, -1],
  );
  t.strictSame(
    rows.map(({ reason }) => reason),
    [null, null, null, null],
    'a missing value blocks nobody',
  );
  t.equal(transformed(plan, [{}]).of('device-health')[0].sensitive, null, 'a view without one has no slot for it');
});

t.test('without an event id the coordinate stands in, so that no two events are taken for one', async (t) => {
  const optional = planWith(['id: eventId', 'id: serial']);
  const rows = transformed(optional, [{}, {}, { value: { serial: 's' } }, { value: { serial: 's' } }, { partition: 1 }]).of(
    'device-health',
  );
  const events = rows.map(({ event }) => event);
  t.equal(new Set(events).size, 4);
  t.equal(events[2], events[3], 'events with the same id are the same');
  const repeated = transformed(optional, [{}, {}])
    .of('device-health')
    .map(({ event }) => event);
  t.strictSame(repeated, events.slice(0, 2), 'the same coordinates give the same tokens');
});

t.test('a constant field with another value is a fault, and makes no candidate', async (t) => {
  const constant = planWith(['language: { role: drop }', 'language: { role: constant, value: en }']);
  const { of, faults } = transformed(
    constant,
    ['en', 'de', null, ''].map((language) => ({ value: { language } })),
  );
  t.strictSame(faults, ['not-constant', 'not-constant']);
  t.strictSame(of('device-health').map(({ offset, reason }) => [offset, reason]), [[0, null], [2, null]]); // biome-ignore format: a list
});

t.test('each view of an event gets each of its records once, and only of its event', async (t) => {
  const twice = planWith([
    '  feature-usage:\n',
    '  models:\n    event: device\n    purpose: count models\n    consumers: [planning]\n    subject: device\n    window: 1h\n    path: [{ model: brand }]\n    retention: 30d\n\n  feature-usage:\n',
  ]);
  const given = [
    {},
    { event: 'operation' as const },
    { value: { householdId: null } },
    { event: 'location' as const },
    { value: { model: 'x' } },
  ];
  const { of } = transformed(twice, given);
  const offsets = (view: string) => of(view).map(({ offset, reason }) => [offset, reason]);
  t.strictSame(offsets('device-health'), [[0, null], [2, 'no-subject'], [4, null] ]); // biome-ignore format: a list
  t.strictSame(offsets('models'), [[0, null], [2, null], [4, 'no-level']]); // biome-ignore format: a list
  t.strictSame(offsets('feature-usage'), [[1, null]]);
  t.strictSame(offsets('presence-by-area'), [[3, null]]);
  t.equal(of('models')[0].event, of('device-health')[0].event, 'tokens of an event are made once');
});

t.test('the transform is stateless: the same records and keys give the same candidates', async (t) => {
  const given = [{}, { value: { deviceId: 'x' } }, { event: 'location' as const }];
  const views = plan.views.map(({ name }) => name);
  const all = (keys = memoryKeys()) => views.flatMap((view) => transformed(plan, given, keys).of(view));
  t.strictSame(all(), all());
  const other = all(memoryKeys('other'));
  t.notOk(
    all().some(({ subject, event }, i) => subject === other[i].subject || event === other[i].event),
    'other keys, other tokens',
  );
  t.strictSame(
    all().map(({ codes, start }) => [codes, start]),
    other.map(({ codes, start }) => [codes, start]),
  );
});
