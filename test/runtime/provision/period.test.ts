import t from 'tap';
import type { RecordOf } from '../../../src/control/shape.ts';
import type { AclRule } from '../../../src/runtime/log/kafka/admin.ts';
import { evidenceOf, periodNeeds, periodTopics } from '../../../src/runtime/provision/period.ts';
import { input } from './world.ts';

const period = (basis: RecordOf<'period'>['basis']): RecordOf<'period'> => ({
  kind: 'period',
  id: 'trial',
  with: { datasets: [], views: [], unindexed: false },
  views: ['device-health', 'feature-usage'],
  consumers: ['quality'],
  start: 0,
  end: 1,
  basis,
  k: 50,
});

const rule = (principal: string, operation: AclRule['operation'], name: string, isPrefix = false): AclRule => ({
  principal,
  resource: 'topic',
  name,
  isPrefix,
  operation,
});

const OWN = ['unjoin.view.device-health.period.trial', 'unjoin.view.feature-usage.period.trial'];
const AUTHORISED = OWN.map((name) => `${name}.authorised`);

t.test('a period has a topic a view, and one more for what subjects authorised where they can', async (t) => {
  t.same(periodTopics(input.topics, period('none')), OWN);
  for (const basis of ['consent', 'law'] as const) {
    t.same([...periodTopics(input.topics, period(basis))].sort(), [...OWN, ...AUTHORISED].sort());
    t.same(periodNeeds(input, period(basis)).create.map(({ name }) => name).sort(), [...OWN, ...AUTHORISED].sort()); // biome-ignore format: a chain
  }
});

t.test('each is read by the declared consumers and auditors alone, and written by the service', async (t) => {
  const auditors = ['User:auditor'];
  const { create, allow } = periodNeeds({ ...input, principals: { ...input.principals, auditors } }, period('consent'));
  const who = (name: string, operation: AclRule['operation']): string[] =>
    allow.filter((one) => one.name === name && one.operation === operation).map(({ principal }) => principal);
  for (const { name, settings } of create) {
    t.same(who(name, 'read'), ['User:quality', 'User:auditor']);
    t.same(who(name, 'write'), ['User:gate']);
    t.match(settings, { 'cleanup.policy': 'delete' });
  }
  t.notOk(allow.some(({ isPrefix }) => isPrefix), 'of each by its own name'); // biome-ignore format: a call
});

t.test('the evidence tells who can read what they must not', async (t) => {
  const view = 'unjoin.view.device-health';
  const none = evidenceOf(input, period('consent'), []);
  t.same([none.readers, none.strangers], [[], []]);
  const reading = rule('User:quality', 'read', view);
  t.same(evidenceOf(input, period('consent'), [reading]).readers, [reading]);
  t.same(evidenceOf(input, period('consent'), [rule('User:quality', 'read', AUTHORISED[0])]).strangers, [], 'its own consumers');
  for (const stranger of [
    rule('User:ads', 'read', AUTHORISED[1]),
    rule('User:ads', 'all', AUTHORISED[0]),
    rule('User:ads', 'read', 'unjoin.view.', true),
    rule('User:*', 'read', '*'),
  ]) {
    t.same(evidenceOf(input, period('law'), [stranger]).strangers, [stranger]);
    t.same(evidenceOf(input, period('none'), [stranger]).strangers, [], 'without a basis there is no such topic');
    t.not(evidenceOf(input, period('law'), [stranger]).digest, none.digest);
  }
  t.same(evidenceOf(input, period('law'), [rule('User:ads', 'write', AUTHORISED[1])]).strangers, [], 'who cannot read');
});
