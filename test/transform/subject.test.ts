import t from 'tap';
import { planWith, transformed } from './world.ts';

const HOUSEHOLD = 'household: { trusted: householdId }';
const trusted = planWith();
const byGateway = planWith([HOUSEHOLD, 'household: gateway']);
const bound = planWith([HOUSEHOLD, 'household: bindings']);
const byDevice = planWith(['subject: household', 'subject: device']);
const spread = planWith(['k: 20\n', 'k: 20\n    gateways: { min: 4 }\n']);

const healthOf = (plan: typeof trusted, ...values: readonly Record<string, unknown>[]) =>
  transformed(
    plan,
    values.map((value) => ({ value })),
  ).of('device-health');

t.test('a trusted field tells the household; without it a household view blocks', async (t) => {
  const rows = healthOf(trusted, { householdId: 'Home 1' }, { householdId: 'home-1', deviceId: 'other' }, { householdId: 'home-2' }, { householdId: null }, { householdId: undefined }, { householdId: '' }); // biome-ignore format: a list
  t.equal(rows[0].subject, rows[1].subject, 'one household, two spellings');
  t.not(rows[0].subject, rows[2].subject);
  t.strictSame(
    rows.map(({ reason }) => reason),
    [null, null, null, 'no-subject', 'no-subject', 'no-subject'],
  );
});

t.test('ids that canonicalise to nothing are one household, not many', async (t) => {
  const rows = healthOf(trusted, { householdId: '--' }, { householdId: ' . ' }, { householdId: '::' });
  t.equal(new Set(rows.map(({ subject }) => subject)).size, 1);
});

t.test('the authenticated gateway may stand for the household', async (t) => {
  const rows = healthOf(
    byGateway,
    { gatewayId: 'gw-1', householdId: 'a' },
    { gatewayId: 'GW1', householdId: 'b' },
    { gatewayId: 'gw-2' },
    { gatewayId: null },
  );
  t.equal(rows[0].subject, rows[1].subject, 'what the publisher says of the household does not matter');
  t.not(rows[0].subject, rows[2].subject);
  t.equal(rows[3].reason, 'no-subject');
});

t.test('with bindings and nobody bound, every record of a household view is blocked', async (t) => {
  const rows = healthOf(bound, {}, { householdId: 'home-2' });
  t.strictSame(
    rows.map(({ reason }) => reason),
    ['no-subject', 'no-subject'],
  );
});

t.test('a device view counts devices, and needs no household', async (t) => {
  const rows = healthOf(
    byDevice,
    { deviceId: 'aa:bb:cc:dd:ee:01' },
    { deviceId: 'AABBCCDDEE01', householdId: null },
    { deviceId: 'aa:bb:cc:dd:ee:02' },
  );
  t.strictSame(
    rows.map(({ reason }) => reason),
    [null, null, null],
  );
  t.equal(rows[0].subject, rows[1].subject);
  t.not(rows[0].subject, rows[2].subject);
  const [household] = healthOf(trusted, { householdId: 'aa:bb:cc:dd:ee:01' });
  t.not(rows[0].subject, household.subject, 'a device is not the household of the same id');
});

t.test('a view with a gateway rule needs to know the gateway of every record', async (t) => {
  const rows = healthOf(spread, { gatewayId: 'gw-1' }, { gatewayId: 'gw 1' }, { gatewayId: 'gw-2' }, { gatewayId: null });
  t.equal(rows[0].gateway, rows[1].gateway);
  t.not(rows[0].gateway, rows[2].gateway);
  t.not(rows[0].gateway, rows[0].subject);
  t.equal(rows[3].reason, 'gateways', 'a record without one could be behind any');
  t.equal(healthOf(trusted, {})[0].gateway, '', 'without the rule there is no gateway token');
});
