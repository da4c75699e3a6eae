import t from 'tap';
import { assetPath } from '../../src/cli/assets.ts';
import { diffPolicies } from '../../src/policy/diff.ts';
import type { PlanTexts } from '../../src/runtime/plan-store.ts';
import { loadPlan } from '../../src/runtime/policy-files.ts';
import { sideOf } from '../../src/runtime/policy-side.ts';

const { texts } = loadPlan(assetPath('policies/smart-home.yaml'));
const MODELS = '../ladders/model.csv';
const SCHEMA = '../schemas/source/device.avsc';
const withFile = (name: string, text: string): PlanTexts => ({ ...texts, files: new Map(texts.files).set(name, text) });
const text = (name: string): string => texts.files.get(name) as string;

const diff = (after: PlanTexts): string[] => {
  const [from, to] = [sideOf(texts), sideOf(after)];
  if (from === null || to === null) return [];
  return diffPolicies(from, to).map(({ kind, code, path }) => `${kind} ${code} ${path}`);
};

t.test('what the files of a plan say is compared, not how they say it', async (t) => {
  t.strictSame(diff(texts), []);
  const lines = text(MODELS).trimEnd().split('\n');
  const [header, first, ...others] = lines;
  t.strictSame(diff(withFile(MODELS, [header, ...others, first].join('\r\n'))), ['neutral restated ladders.model.table']);
  const listed = [header, 'X-1,X ones,X,cover', first, ...others].join('\n');
  t.strictSame(diff(withFile(MODELS, listed)), ['loosens value-listed ladders.model.table']);
  t.strictSame(diff(withFile(SCHEMA, JSON.stringify(JSON.parse(text(SCHEMA))))), ['neutral restated events.device.schema']);
  const places = '../schemas/source/location.avsc';
  t.match(text(places), '"double"');
  t.strictSame(diff(withFile(places, text(places).replaceAll('"double"', '"float"'))), ['loosens schema-changed events.location.schema']);
});

t.test('fails closed: a file that is not what it should be loosens', async (t) => {
  t.strictSame(diff(withFile(MODELS, 'model,"series')), ['loosens changed files."../ladders/model.csv"']);
  t.strictSame(diff(withFile(MODELS, 'model,series\nx\n')), ['loosens changed files."../ladders/model.csv"']);
  t.strictSame(diff(withFile(SCHEMA, '{')), ['loosens schema-changed events.device.schema']);
  t.equal(sideOf({ ...texts, policy: 'unjoin: 1' }), null);
});
