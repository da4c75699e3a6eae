import t from 'tap';
import { createControlFold } from '../../src/control/fold.ts';
import type { ControlRecord, RecordOf } from '../../src/control/shape.ts';
import type { SubjectKind } from '../../src/control/subject.ts';
import { tracesOf } from '../../src/control/traces.ts';
import { HOUR_MS } from '../../src/model/time.ts';
import { controlLog, controlledPlan, subject } from './world.ts';

const NOW = 1_767_614_400_000;
/** Households are counted in one view, devices in the other. */
const plan = controlledPlan(
  ['    event: operation\n    purpose', '    event: operation\n    purpose'],
  ['subject: household', 'subject: device'],
);
const [devices, households] = ['device', 'household'].map((unit) => plan.views.find(({ subject }) => subject === unit)?.name as string);

const period = (id: string, views: string[]): ControlRecord => ({
  kind: 'period',
  id,
  with: { datasets: [], views: [], unindexed: false },
  views,
  consumers: ['quality'],
  start: NOW + 24 * HOUR_MS,
  end: null,
  basis: 'consent',
  k: 50,
});

const of = (kind: SubjectKind, id: string) => subject(plan, kind, id);
const consent = (kind: SubjectKind, id: string, purpose: string, state: RecordOf<'consent'>['state'] = 'granted'): ControlRecord => ({ kind: 'consent', subject: of(kind, id), purposes: [purpose], state, from: null, to: null }); // biome-ignore format: a record

const tracesWith = (records: readonly ControlRecord[], kind: SubjectKind, id: string): string[] => {
  const log = controlLog(plan);
  for (const record of [period('one', [devices, households]), period('two', [households]), ...records]) log.say(record, NOW);
  const fold = createControlFold(plan);
  for (const line of log.lines) fold.take(line);
  return tracesOf(fold.state, plan, of(kind, id)).map(({ view, period, token }) => `${period} ${view} ${token}`).sort(); // biome-ignore format: a chain
};

const [home, lamp] = [of('household', 'home-1').tokens[0], of('device', 'lamp-1').tokens[0]];
const grants = [consent('household', 'home-1', 'period:one'), consent('household', 'home-1', 'period:two')];

t.test('whoever authorised a period is traced to the views that count them, also after a withdrawal', async (t) => {
  const own = [`one ${households} ${home}`, `two ${households} ${home}`];
  t.same(tracesWith(grants, 'household', 'home-1'), own);
  t.same(tracesWith([...grants, consent('household', 'home-1', '*', 'withdrawn')], 'household', 'home-1'), own);
  t.same(tracesWith(grants, 'household', 'home-2'), [], 'nobody else');
  t.same(
    tracesWith([consent('household', 'home-1', '*'), consent('household', 'home-1', 'period:one', 'denied')], 'household', 'home-1'),
    [],
    'nobody who did not',
  );
});

t.test('who is bound to somebody is traced with them', async (t) => {
  const bound: ControlRecord = { kind: 'binding', subject: of('device', 'lamp-1'), household: of('household', 'home-1') };
  const left: ControlRecord = { kind: 'binding', subject: of('device', 'lamp-1'), household: null };
  const all = [...grants, consent('device', 'lamp-1', 'period:one')];
  const found = [`one ${devices} ${lamp}`, `one ${households} ${home}`, `two ${households} ${home}`].sort();
  for (const records of [
    [...all, bound],
    [...all, bound, left],
  ]) {
    t.same(tracesWith(records, 'household', 'home-1'), found, 'the devices of a household');
    t.same(tracesWith(records, 'device', 'lamp-1'), found, 'the household of a device');
  }
  t.same(tracesWith(all, 'device', 'lamp-1'), [`one ${devices} ${lamp}`], 'who never was bound');
});
