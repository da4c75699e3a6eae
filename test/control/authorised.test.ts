import t from 'tap';
import { periodPurpose } from '../../src/control/authorised.ts';
import { createControlFold } from '../../src/control/fold.ts';
import type { Refusal } from '../../src/control/refusals.ts';
import type { ControlRecord, RecordOf } from '../../src/control/shape.ts';
import type { SubjectKind } from '../../src/control/subject.ts';
import type { Actor, Controls } from '../../src/model/controls.ts';
import { HOUR_MS } from '../../src/model/time.ts';
import type { Edit } from '../transform/world.ts';
import { controlLog, controlledPlan, OFFICER, SECOND, signed, subject } from './world.ts';

const NOW = 1_767_614_400_000;
const VIEW = 'device-health';

type Basis = RecordOf<'period'>['basis'];

const announced = (id: string, basis: Basis): ControlRecord => ({
  kind: 'period',
  id,
  with: { datasets: [], views: [], unindexed: false },
  views: [VIEW],
  consumers: ['quality'],
  start: NOW + 24 * HOUR_MS,
  end: null,
  basis,
  ...(basis === 'law' ? { cites: 'order 7' } : {}),
  k: 50,
});

/** A log in which periods of every basis are announced and active, and who authorised by it. */
const worldOf = (...edits: Edit[]) => {
  const plan = controlledPlan(...edits);
  const view = plan.views.find(({ name }) => name === VIEW) as (typeof plan.views)[number];
  const log = controlLog(plan);
  for (const basis of ['none', 'consent', 'law'] as const) {
    log.say(announced(basis, basis), NOW, OFFICER, SECOND);
    log.say({ kind: 'activation', period: basis, evidence: 'ab'.repeat(32) }, NOW);
  }
  const startMs = NOW + 48 * HOUR_MS;
  const fold = createControlFold(plan);
  let taken = 0;
  const controls = (): Controls => {
    for (; taken < log.lines.length; taken++) fold.take(log.lines[taken]);
    return fold.at(view, startMs);
  };
  const of = (kind: SubjectKind, id: string) => subject(plan, kind, id);
  const consent = (kind: SubjectKind, id: string, purpose: string, more: Partial<RecordOf<'consent'>> = {}): ControlRecord => ({
    ...{ kind: 'consent', subject: of(kind, id), purposes: [purpose], state: 'granted', from: null, to: null },
    ...more,
  });
  const actor = (device: string, account: string | null, household: string | null): Actor => ({
    device: of('device', device).tokens[0],
    account: account === null ? null : of('account', account).tokens[0],
    household: household === null ? null : of('household', household).tokens[0],
  });
  const authorised = (who: Actor, period = 'consent'): string | null => controls().subjects?.authorised?.(who, period) ?? null;
  const refused = (record: ControlRecord, ...by: (typeof OFFICER)[]): Refusal | null => {
    const own = createControlFold(plan);
    for (const line of log.lines) own.take(line);
    const payload = { v: 1, signer: OFFICER.name, seq: own.lastSeq(OFFICER.name) + 1, record } as const;
    return log.put(signed(payload, OFFICER, ...by), startMs - 1);
  };
  const say = (record: ControlRecord, atMs = startMs - 1): void => log.say(record, atMs, OFFICER);
  return { plan, view, log, startMs, endMs: startMs + view.windowMs, consent, actor, authorised, refused, say, of, controls };
};

t.test('a grant authorises exactly the use that it names', async (t) => {
  const { say, consent, actor, authorised, of, controls, view } = worldOf();
  const home = actor('lamp-1', null, 'home-1');
  for (const purpose of ['*', view.purpose, 'period:', 'PERIOD:consent', 'consent']) {
    if (purpose !== 'period:') say(consent('household', 'home-1', purpose));
    t.equal(authorised(home), null, `${purpose} is another purpose`);
  }
  say(consent('household', 'home-1', periodPurpose('consent')));
  t.equal(authorised(home), of('household', 'home-1').tokens[0]);
  t.equal(authorised(home, 'law'), null, 'not another period');
  t.equal(authorised(home, 'none'), null);
  t.equal(authorised(actor('lamp-2', null, 'home-2')), null, 'nor anybody else');
  t.equal(authorised(actor('lamp-3', null, null)), null, 'nor somebody whose household nobody knows');
  t.same(controls().periods.map(({ id, mayBeAuthorised }) => [id, mayBeAuthorised]), [['none', false], ['consent', true], ['law', true]]); // biome-ignore format: a table
});

t.test('refusing counts whoever says it: the subject, its devices and accounts, for every purpose', async (t) => {
  const granted = (then: (world: ReturnType<typeof worldOf>) => ControlRecord, who: readonly [string, string | null, string] = ['lamp-1', null, 'home-1']): boolean => {
    const world = worldOf();
    world.say(world.consent('household', 'home-1', periodPurpose('consent')));
    world.say({ kind: 'binding', subject: world.of('account', 'anna'), household: world.of('household', 'home-1') });
    world.say(then(world));
    return world.authorised(world.actor(...who)) !== null;
  }; // biome-ignore format: a type
  const purpose = periodPurpose('consent');
  t.ok(granted(({ consent }) => consent('household', 'home-2', purpose, { state: 'denied' })), 'somebody else refuses');
  t.ok(granted(({ consent }) => consent('household', 'home-1', 'ads', { state: 'denied' })), 'another purpose is refused');
  for (const state of ['denied', 'withdrawn'] as const) {
    t.notOk(granted(({ consent }) => consent('household', 'home-1', purpose, { state })), state);
    t.notOk(granted(({ consent }) => consent('household', 'home-1', '*', { state })), `${state}, as every purpose`);
    t.notOk(granted(({ consent }) => consent('device', 'lamp-1', purpose, { state })), `${state} for the device`);
    t.notOk(granted(({ consent }) => consent('account', 'anna', purpose, { state })), `${state} by an account of the household`);
    t.notOk(granted(({ consent }) => consent('account', 'bert', purpose, { state }), ['lamp-1', 'bert', 'home-1']), `${state} by who used it`);
  }
}); // biome-ignore format: long lines

t.test('what a grant of every purpose does not bring back', async (t) => {
  const { say, consent, actor, authorised } = worldOf();
  const home = actor('lamp-1', null, 'home-1');
  say(consent('household', 'home-1', periodPurpose('consent')));
  say(consent('household', 'home-1', '*', { state: 'withdrawn' }));
  say(consent('household', 'home-1', '*'));
  t.equal(authorised(home), null);
  say(consent('household', 'home-1', periodPurpose('consent')));
  t.not(authorised(home), null, 'the very use does');
});

t.test('a grant holds in all of the window, as of its end', async (t) => {
  const inForce = (from: number | null, to: number | null, at?: number): boolean => {
    const world = worldOf();
    world.say(world.consent('household', 'home-1', periodPurpose('consent'), { from, to }), at);
    return world.authorised(world.actor('lamp-1', null, 'home-1')) !== null;
  };
  const { startMs, endMs } = worldOf();
  t.ok(inForce(startMs, endMs));
  t.notOk(inForce(startMs + 1, null), 'it begins within the window');
  t.notOk(inForce(null, endMs - 1), 'it ends within the window');
  t.ok(inForce(null, null, endMs - 1), 'said before the end');
  t.notOk(inForce(null, null, endMs), 'said at the end');
});

t.test('a household is one, however records tell of it', async (t) => {
  const { say, consent, actor, authorised, of } = worldOf();
  say(consent('household', 'home-1', periodPurpose('consent')));
  say({ kind: 'binding', subject: of('device', 'lamp-9'), household: of('household', 'home-1') });
  const [token] = of('household', 'home-1').tokens;
  t.equal(authorised(actor('lamp-9', null, null)), token, 'by a binding');
  t.equal(authorised(actor('lamp-9', null, 'home-1')), token, 'by both');
  t.equal(authorised(actor('lamp-9', null, 'home-2')), null, 'who is told of two households is of none');
});

t.test('views that count devices are authorised by devices, and gateways by nobody', async (t) => {
  const devices = worldOf(['subject: household', 'subject: device']);
  t.equal(devices.view.subject, 'device');
  devices.say(devices.consent('device', 'lamp-1', periodPurpose('consent')));
  t.equal(devices.authorised(devices.actor('lamp-1', null, 'home-1')), devices.of('device', 'lamp-1').tokens[0]);
  t.equal(devices.authorised(devices.actor('lamp-2', null, 'home-1')), null);
  const gateways = worldOf(['    household: { trusted: householdId }\n', '    household: gateway\n']);
  gateways.say(gateways.consent('household', 'home-1', periodPurpose('consent')));
  gateways.say({ kind: 'binding', subject: gateways.of('device', 'lamp-1'), household: gateways.of('household', 'home-1') });
  t.equal(gateways.authorised(gateways.actor('lamp-1', null, null)), null, 'the view counts gateways');
});

t.test('grants that cannot be are refused, and refusing is always taken', async (t) => {
  const { refused, consent } = worldOf();
  t.equal(refused(consent('household', 'home-1', periodPurpose('nobodys'))), 'unknown-name');
  t.equal(refused(consent('household', 'home-1', '*', { purposes: ['*', 'period:nobodys'] })), 'unknown-name');
  t.equal(refused(consent('household', 'home-1', periodPurpose('none'))), 'contradiction', 'no basis for it');
  t.equal(refused(consent('account', 'anna', periodPurpose('consent'))), 'contradiction', 'no view counts accounts');
  t.equal(refused(consent('household', 'home-1', periodPurpose('law'))), 'one-signer');
  t.equal(refused(consent('household', 'home-1', periodPurpose('law')), SECOND), null);
  t.equal(refused(consent('account', 'anna', periodPurpose('nobodys'), { state: 'denied' })), null);
});

t.test('whom a law covers, two signers say', async (t) => {
  const { log, consent, actor, authorised, startMs } = worldOf();
  log.say(consent('household', 'home-1', periodPurpose('law')), startMs - 1, OFFICER, SECOND);
  t.not(authorised(actor('lamp-1', null, 'home-1'), 'law'), null);
});
