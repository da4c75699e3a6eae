import t from 'tap';
import { manifest } from '../../src/encode/manifest.ts';
import { GUARANTEES } from '../../src/model/guarantees.ts';
import { planOf, view } from './world.ts';

t.test('the manifest says what a consumer must know, in names', async (t) => {
  const shape = view();
  const document = manifest(planOf(shape), shape);
  t.match(document, {
    view: 'feature-usage',
    event: 'operation',
    purpose: 'improve products',
    consumers: ['product-analytics'],
    subject: 'household',
    k: 20,
    windowMs: 3_600_000,
    path: [
      { model: 'series', operation: 'operation' },
      { model: 'brand', operation: 'group' },
      { model: 'brand', operation: '*' },
    ],
    sensitive: { field: 'result', revealing: ['plug'], topShare: 0.5 },
    pseudonym: { kind: 'none' },
    contribution: 1,
    retentionMs: 86_400_000,
    policy: { name: 'smart-home', digest: 'd1'.repeat(32) },
    schema: { name: 'unjoin.view.FeatureUsage', fingerprint: /^[0-9a-f]{64}$/ },
  });
  t.strictSame(document.guarantees, GUARANTEES);
  t.strictSame(JSON.parse(JSON.stringify(document)), document, 'it is a JSON document');
});

t.test('publishers are gateway ids: the manifest only counts them', async (t) => {
  const shape = view({ gateways: { min: 4, publishers: ['gw-secret-1', 'gw-secret-2'] } });
  const document = manifest(planOf(shape), shape);
  t.strictSame(document.gateways, { min: 4, publishers: 2 });
  t.notMatch(JSON.stringify(document), 'gw-secret');
});

t.test('the fingerprint changes with the fields, not with their documentation', async (t) => {
  const of = (shape: ReturnType<typeof view>) => manifest(planOf(shape), shape).schema.fingerprint;
  t.equal(of(view()), of(view({ k: 50, purpose: 'another' })));
  t.not(of(view()), of(view({ pseudonym: 'class', sensitive: null })));
  t.not(of(view()), of(view({ attributes: [1, 0] })));
});

t.test('a location view says its budget', async (t) => {
  const shape = view({ location: true });
  t.match(manifest(planOf(shape), shape).location, /4 keyed-lottery hours/);
});
