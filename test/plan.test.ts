import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { assetPath } from '../src/cli/assets.ts';
import { compilePlan, type PlanFiles } from '../src/plan.ts';
import { DEFAULT_LIMITS } from '../src/policy/defaults.ts';
import { loadPlan, policyFiles } from '../src/runtime/policy-files.ts';

const FILE = assetPath('policies/smart-home.yaml');
const TEXT = readFileSync(FILE, 'utf8');
const HOUR_MS = 3_600_000;

/** Files as they are, some of them changed or not to be read; remembers what was asked for. */
const filesWith = (changed: Readonly<Record<string, string | null>> = {}, file = FILE): PlanFiles & { readonly asked: string[] } => {
  const real = policyFiles(file);
  const asked: string[] = [];
  return {
    asked,
    ipTable: real.ipTable,
    read(path) {
      asked.push(path);
      const text = Object.hasOwn(changed, path) ? changed[path] : real.read(path);
      if (text === null) throw new Error('SECRET: a path of this machine');
      return text;
    },
  };
};

const digestOf = (text: string, files: PlanFiles): string => compilePlan(text, FILE, files).plan?.digest ?? 'none';

t.test('every policy in the repository compiles', async (t) => {
  const folders = ['policies', 'examples/adult'];
  const files = folders.flatMap((folder) => readdirSync(assetPath(folder)).filter((name) => name.endsWith('.yaml')).map((name) => assetPath(join(folder, name)))); // biome-ignore format: a chain
  t.ok(files.length >= 3);
  for (const file of files) {
    const { plan, policy, issues } = loadPlan(file);
    t.strictSame(
      issues.filter(({ severity }) => severity === 'error'),
      [],
      file,
    );
    t.match(plan, { name: policy?.name, digest: /^[0-9a-f]{64}$/ });
    t.strictSame(
      plan?.views.map(({ name }) => name),
      Object.keys(policy?.views ?? {}),
    );
    // What the plan points at is there: stages look nothing up by name.
    for (const view of plan?.views ?? []) {
      const event = plan?.events[view.event];
      t.ok(event?.views.includes(view.index), view.name);
      for (const level of view.path) {
        t.equal(level.length, view.attributes.length);
        for (const [a, ladderLevel] of level.entries()) {
          const ladder = event?.attributes[view.attributes[a]].ladder;
          t.ok(ladderLevel >= 0 && ladderLevel <= (ladder?.levels.length ?? -1), `${view.name}: a level of ${ladder?.name}`);
        }
      }
      t.ok((plan?.epochMs ?? 0) % view.windowMs === 0, 'a window lies in one epoch');
    }
    for (const { attributes, fields, slots } of plan?.events ?? []) {
      for (const slot of Object.values(slots)) t.ok(slot < fields.length);
      for (const { inputs, ladder } of attributes) {
        t.equal(inputs.length, ladder.inputs.length);
        for (const [i, slot] of inputs.entries()) {
          if (slot === -1) t.ok(ladder.inputs[i].optional, `${ladder.name} can do without`);
          else t.equal(fields[slot].kind, ladder.inputs[i].kind);
        }
      }
    }
  }
});

t.test('the digest is that of everything that decides, and of nothing else', async (t) => {
  const files = filesWith();
  const digest = digestOf(TEXT, files);
  const named = [...new Set(files.asked)].sort();
  t.strictSame(named, ['../ladders/model.csv', '../ladders/operation.csv', '../ladders/result.csv', '../schemas/source/device.avsc', '../schemas/source/location.avsc', '../schemas/source/operation.avsc']); // biome-ignore format: a list
  t.equal(digestOf(TEXT, filesWith()), digest, 'the same files, the same digest');
  t.equal(compilePlan(TEXT, '/elsewhere/copy.yaml', filesWith()).plan?.digest, digest, 'wherever they lie');
  const digests = new Set([digest]);
  for (const path of named) {
    const text = policyFiles(FILE).read(path);
    const changed = path.endsWith('.csv') ? `${text.trimEnd()}\n` : `${text}\n`;
    digests.add(digestOf(TEXT, filesWith({ [path]: changed === text ? text.trimEnd() : changed })));
  }
  t.equal(digests.size, 1 + named.length, 'one byte of any file makes another plan');
  for (const edit of [`${TEXT}# a comment\n`, TEXT.replace('k: 20', 'k: 21'), TEXT.replace('purpose: find', 'purpose: hunt')])
    digests.add(digestOf(edit, filesWith()));
  t.equal(digests.size, 4 + named.length, 'and so does one of the policy');
  t.equal(
    digestOf(TEXT, { ...filesWith(), ipTable: () => ({ v4: 'other', v6: 'other' }) }),
    digest,
    'a table that nothing asks for does not count',
  );

  // The border between two files cannot be moved.
  const result = policyFiles(FILE).read('../ladders/result.csv');
  const longer = digestOf(TEXT, filesWith({ '../ladders/result.csv': `${result}new,success\n` }));
  t.notOk(digests.has(longer));
});

t.test('an address table is part of what decides, too', async (t) => {
  const text = TEXT.replace('ip: { role: identifier, kind: ip }', 'ip: { role: quasi, ladder: origin, as: origin }')
    .replace('  place: { h3', '  origin: { ip: [country, region] }\n  place: { h3')
    .replace(
      /(path:\n)( +- \{ place[\s\S]+?)(\n +retention)/,
      (_, head, levels, tail) => `${head}${levels.replaceAll('{ place', '{ origin: country, place')}${tail}`,
    );
  const table = (country: string) => ({
    v4: `1.0.0.0,1.0.0.255,${country}\n`,
    v6: `2001:200::,2001:200:ffff:ffff:ffff:ffff:ffff:ffff,${country}\n`,
  });
  const digest = (country: string): string => digestOf(text, { ...filesWith(), ipTable: () => table(country) });
  t.match(digest('AU'), /^[0-9a-f]{64}$/);
  t.equal(digest('AU'), digest('AU'));
  t.not(digest('AU'), digest('JP'));
});

t.test('what cannot be read is an issue at the place that names it, without the reason', async (t) => {
  const at = (mark: string): { line: number; column: number } => {
    const before = TEXT.slice(0, TEXT.indexOf(mark)).split('\n');
    return { line: before.length, column: before[before.length - 1].length + 1 };
  };
  for (const text of [null, '{"type":', '{"type": "record"}', '[]', '"string"']) {
    const { plan, policy, issues } = compilePlan(TEXT, FILE, filesWith({ '../schemas/source/operation.avsc': text }));
    t.equal(plan, null);
    t.not(policy, null, 'the policy itself is sound');
    t.match(issues[0], { severity: 'error', file: FILE, message: String, fix: String }, String(text));
    t.ok(issues[0].line >= at('  operation:\n    schema').line, 'at the event that names it');
    t.notMatch(JSON.stringify(issues), /SECRET/);
    t.strictSame(
      issues.map(({ code }) => code).filter((code) => code === 'field-unknown' || code === 'field-without-role'),
      [],
      'no issues that follow from it',
    );
  }
  for (const [ladder, text] of [
    ['model', null],
    ['result', 'result,class\na,b\na,c\n'],
    ['operation', ''],
  ] as const) {
    // biome-ignore format: a list
    const { plan, issues } = compilePlan(TEXT, FILE, filesWith({ [`../ladders/${ladder}.csv`]: text }));
    t.equal(plan, null, ladder);
    t.match(issues[0], { severity: 'error', code: /^ladder-/, line: Number, column: Number });
    if (text === null)
      t.match(issues[0], at(`${ladder}: { table`).line === issues[0].line ? {} : { line: at(`${ladder}: { table`).line }, 'at the ladder');
    t.notMatch(JSON.stringify(issues), /SECRET/);
  }
});

t.test('warnings come with a plan, errors never', async (t) => {
  const careful = compilePlan(TEXT.replace('k: 50', 'k: 20'), FILE, filesWith());
  t.match(careful.issues, [{ severity: 'warning', code: 'k-low' }]);
  t.equal(careful.plan?.views[2].k, 20);
  const wrong = compilePlan(TEXT.replace('k: 50', 'k: 11'), FILE, filesWith());
  t.equal(wrong.plan, null);
  t.match(wrong.issues, [{ severity: 'error', code: 'k-too-small' }]);
  for (const text of ['', 'unjoin: 1', '- 1', '{', '\u0000', 'null']) {
    const { plan, policy, issues } = compilePlan(text, 'p.yaml', filesWith());
    t.strictSame([plan, policy], [null, null], JSON.stringify(text));
    t.ok(issues.some(({ severity }) => severity === 'error'));
  }
});

t.test('what a policy leaves open has its default', async (t) => {
  const bare = TEXT.replaceAll(/ {4}(k|topShare): .*\n/g, '').replace('epoch: 7d\n', '');
  const { plan } = compilePlan(bare, FILE, filesWith());
  t.match(plan, { prf: 'aes-256-cmac', epochMs: 7 * 24 * HOUR_MS, limits: DEFAULT_LIMITS });
  t.strictSame(
    plan?.views.map(({ k, location, windowMs, contribution, pseudonym, gateways }) => [
      k,
      location,
      windowMs / HOUR_MS,
      contribution,
      pseudonym,
      gateways,
    ]),
    [
      [20, false, 1, 1, 'none', null],
      [20, false, 1, 1, 'none', null],
      [50, true, 6, 1, 'none', null],
    ],
  );
  const usage = plan?.views[1];
  t.match(usage?.sensitive, { name: 'result', topShare: 0.5 });
  t.equal(usage?.sensitive?.revealing.length, 2);
  t.ok(
    usage?.sensitive?.revealing.every((code) => code >= 0),
    'the revealing values are known to the ladder',
  );
  const limited = compilePlan(bare.replace('events:\n', 'limits: { depth: 5 }\nevents:\n'), FILE, filesWith());
  t.strictSame(limited.plan?.limits, { ...DEFAULT_LIMITS, depth: 5 });
});

t.test('only fields that something needs get a column', async (t) => {
  const { plan } = compilePlan(TEXT, FILE, filesWith());
  const paths = plan?.events.map(({ fields }) => fields.map(({ path }) => path));
  t.strictSame(paths, [
    ['eventId', 'deviceId', 'householdId', 'gatewayId', 'model', 'osVersion', 'osName'],
    ['eventId', 'deviceId', 'householdId', 'gatewayId', 'model', 'operation', 'result'],
    ['eventId', 'deviceId', 'householdId', 'gatewayId', 'gps.lat', 'gps.lon', 'eventTime'],
  ]);
});
