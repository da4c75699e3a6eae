import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { assetPath } from '../../src/cli/assets.ts';
import { openPlanStore } from '../../src/runtime/plan-store.ts';
import { loadPlan } from '../../src/runtime/policy-files.ts';

const { plan, texts } = loadPlan(assetPath('policies/smart-home.yaml'));
const DIGEST = plan?.digest as string;

t.test('a plan that was kept comes back as it was', async (t) => {
  const dir = join(t.testdir(), 'keys', 'plans');
  const store = openPlanStore(dir);
  t.equal(store.plan(DIGEST), null, 'before it was kept');
  store.save(DIGEST, texts);
  t.equal(store.plan(DIGEST)?.digest, DIGEST);
  t.strictSame(store.plan(DIGEST)?.views, plan?.views);
  t.equal(store.texts(DIGEST)?.policy, texts.policy);
  const names = readdirSync(dir);
  for (const name of names) t.equal(statSync(join(dir, name)).mode & 0o777, 0o600);
  t.equal(statSync(dir).mode & 0o777, 0o700);
  store.save(DIGEST, texts);
  t.strictSame(readdirSync(dir), names, 'once');
});

t.test('what is not the very plan is missing', async (t) => {
  for (const name of ['../x', 'a'.repeat(64), '', DIGEST.toUpperCase()]) t.equal(openPlanStore(t.testdirName).plan(name), null);
  const dir = t.testdir();
  const store = openPlanStore(dir);
  store.save(DIGEST, texts);
  const blob = readdirSync(dir).find((name) => name.endsWith('.gz')) as string;
  const whole = readFileSync(join(dir, blob));
  const manifest = readFileSync(join(dir, `${DIGEST}.json`), 'utf8');
  const spoil: readonly (readonly [string, () => void])[] = [
    ['a text is gone', () => rmSync(join(dir, blob))],
    ['a text is cut off', () => writeFileSync(join(dir, blob), whole.subarray(0, 20))],
    ['a text is another one', () => writeFileSync(join(dir, blob), gzipSync('k: 1'))],
    ['the list is cut off', () => writeFileSync(join(dir, `${DIGEST}.json`), manifest.slice(0, 50))],
    ['the list is of another version', () => writeFileSync(join(dir, `${DIGEST}.json`), manifest.replace('"v":1', '"v":2'))],
    ['the list leads elsewhere', () => writeFileSync(join(dir, `${DIGEST}.json`), manifest.replace(/"policy":"\w+"/, '"policy":"../x"'))],
  ];
  for (const [what, work] of spoil) {
    work();
    t.equal(store.plan(DIGEST), null, what);
    t.equal(store.texts(DIGEST), null, what);
    store.save(DIGEST, texts);
    t.equal(store.plan(DIGEST)?.digest, DIGEST, 'and is mended by whoever has it');
    writeFileSync(join(dir, blob), whole);
    writeFileSync(join(dir, `${DIGEST}.json`), manifest);
  }
  t.equal(store.plan(DIGEST)?.digest, DIGEST);
  writeFileSync(join(dir, `${'ab'.repeat(32)}.json`), manifest);
  t.equal(store.plan('ab'.repeat(32)), null, 'whole, but of another digest');
});
