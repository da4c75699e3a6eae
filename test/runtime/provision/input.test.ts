import { join } from 'node:path';
import t from 'tap';
import { readConfig } from '../../../src/runtime/config/read.ts';
import { loadPlan } from '../../../src/runtime/policy-files.ts';
import { provisionInput, RETENTION, retentionOf } from '../../../src/runtime/provision/input.ts';
import { BASE, ROOT, readText, writeConfig } from '../config/world.ts';

t.test('retention is that of the policy, or the default', async (t) => {
  const text = readText('policies/smart-home.yaml');
  const line = 'retention: { quarantine: 72h, lineage: 30d, audit: 365d, keys: 30d }';
  t.ok(text.includes(line));
  t.strictSame(retentionOf(text.replace(line, 'retention: { quarantine: 1h, audit: 2d }')), {
    ...RETENTION,
    quarantineMs: 3_600_000,
    auditMs: 2 * 86_400_000,
  });
  t.strictSame(retentionOf(text.replace(line, '')), RETENTION);
});

t.test('names and principals are those of the configuration', async (t) => {
  const { plan } = loadPlan(join(ROOT, 'policies/smart-home.yaml'));
  const inputOf = (text: string) => {
    const { service } = readConfig(writeConfig(t.testdir(), text));
    if (service === null || plan === null) throw new Error('the configuration is refused');
    return provisionInput(service, plan);
  };
  t.match(inputOf(BASE), { group: 'unjoin', tasks: 16, sourcePartitions: 16, viewPartitions: 4, replication: null, prefix: 'unjoin.' });
  t.match(inputOf(BASE).principals, { service: 'User:gate', gateways: [], auditors: [], consumers: {} });
  const more = 'principals: { service: User:s, gateways: [User:g], consumers: { product-analytics: User:p } }\n';
  t.match(inputOf(`${BASE}${more}`).principals, { service: 'User:s', gateways: ['User:g'], consumers: { 'product-analytics': 'User:p' } });
  t.match(inputOf(BASE.replace(/ {2}sasl: .*\n/, '')).principals, { service: 'User:ANONYMOUS' });
});
