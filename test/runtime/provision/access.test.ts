import t from 'tap';
import type { AclRule } from '../../../src/runtime/log/kafka/admin.ts';
import { aclRules, excessRules, lackingRules, revocable } from '../../../src/runtime/provision/access.ts';
import { input } from './world.ts';

const rules = aclRules(input);

t.test('a consumer may read its view and nothing else; nobody but the service reads what is its own', async (t) => {
  const readers = (topic: string): string[] =>
    rules
      .filter(({ resource, name, operation }) => resource === 'topic' && name === topic && operation === 'read')
      .map(({ principal }) => principal);
  for (const { name, consumers } of input.plan.views)
    t.strictSame(
      readers(`unjoin.view.${name}`),
      consumers.map((consumer) => `User:${consumer}`),
    );
  for (const topic of ['unjoin.quarantine', 'unjoin.lineage', 'unjoin.audit']) t.strictSame(readers(topic), [], topic);
  for (const topic of ['unjoin.ledger', 'unjoin.held', 'telemetry.device']) t.strictSame(readers(topic), ['User:gate'], topic);
  const writers = rules
    .filter(({ operation, resource }) => operation === 'write' && resource === 'topic')
    .map(({ principal }) => principal);
  t.strictSame([...new Set(writers)].sort(), ['User:gate', 'User:gateway']);
});

const rule = (principal: string, operation: AclRule['operation'], name: string, isPrefix = false): AclRule => ({
  principal,
  resource: 'topic',
  name,
  isPrefix,
  operation,
});

t.test('the configuration maps consumers, and lets auditors read what is verified, but not what is held', async (t) => {
  const principals = { ...input.principals, auditors: ['User:auditor'], consumers: { 'product-analytics': 'User:pa' } };
  const mapped = aclRules({ ...input, principals });
  const topicsOf = (who: string): string[] => mapped.filter(({ principal, operation }) => principal === who && operation === 'read').map(({ name }) => name); // biome-ignore format: a line
  t.strictSame(topicsOf('User:pa'), ['unjoin.view.feature-usage', 'product-analytics']);
  t.strictSame(topicsOf('User:product-analytics'), []);
  t.ok(topicsOf('User:auditor').includes('unjoin.lineage') && topicsOf('User:auditor').includes('telemetry.device'));
  t.notOk(topicsOf('User:auditor').includes('unjoin.held'));
});

t.test('rights that nobody gave are found, whatever their pattern', async (t) => {
  t.strictSame(excessRules(input, rules), []);
  const found = (...known: AclRule[]): boolean => excessRules(input, [...rules, ...known]).length === 1;
  t.ok(found(rule('User:former', 'read', 'unjoin.view.feature-usage')), 'a consumer that the policy has no more');
  t.ok(found(rule('User:product-analytics', 'read', 'unjoin.view.device-health')), 'of another view');
  t.ok(found(rule('User:product-analytics', 'read', 'telemetry.device')), 'a consumer on a source');
  t.ok(found(rule('User:product-analytics', 'all', 'unjoin.view.feature-usage')), 'more than reading');
  t.ok(found(rule('User:x', 'read', 'unjoin.', true)));
  t.ok(found(rule('User:x', 'all', '*')));
  t.ok(found(rule('User:*', 'read', 'un', true)));
  t.ok(found(rule('User:gateway', 'write', 'unjoin.view.device-health')), 'nobody else writes views');
  t.notOk(found(rule('User:x', 'describe', 'unjoin.ledger')), 'names are no secret');
  t.notOk(found(rule('User:other', 'read', 'telemetry.device')), 'sources belong to the gateways');
  t.notOk(found(rule('User:x', 'read', 'unjoin.viewer')), 'a topic that is not ours');
  const wide = rule('User:x', 'all', '*');
  const own = rule('User:x', 'read', 'unjoin.', true);
  t.strictSame(revocable(input, [wide, own]), [own], 'a rule about topics of others stays');
});

t.test('a wider right is as good as the one that is wanted', async (t) => {
  t.strictSame(lackingRules(rules, rules), []);
  t.equal(lackingRules(rules, []).length, rules.length);
  const wanted = [rule('User:gate', 'describe', 'unjoin.ledger')];
  const isGiven = (known: AclRule): boolean => lackingRules(wanted, [known]).length === 0;
  t.ok(isGiven(rule('User:gate', 'read', 'unjoin.ledger')), 'reading brings describing with it');
  t.ok(isGiven(rule('User:gate', 'all', 'unjoin.', true)));
  t.ok(isGiven(rule('User:*', 'describe', '*')));
  t.notOk(isGiven(rule('User:gate', 'describe-configs', 'unjoin.ledger')));
  t.notOk(isGiven(rule('User:gateway', 'read', 'unjoin.ledger')));
  t.notOk(isGiven({ ...rule('User:gate', 'read', 'unjoin.ledger'), resource: 'group' }));
});
