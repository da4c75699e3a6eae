import { join } from 'node:path';
import t from 'tap';
import { exitOfIssues } from '../../../src/cli/config.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { CONFIG_ISSUES } from '../../../src/runtime/config/codes.ts';
import { checkAgreement, readConfig } from '../../../src/runtime/config/read.ts';
import { loadPlan } from '../../../src/runtime/policy-files.ts';
import { MISTAKES } from './mistakes.ts';
import { BASE, edit, makePipe, PASSWORD, ROOT, readText, SCHEMAS, writeConfig } from './world.ts';

t.test('the configuration of the interface, with what it leaves out filled in', async (t) => {
  const dir = t.testdir();
  const { service, issues } = readConfig(writeConfig(dir, BASE));
  t.same(issues, []);
  t.match(service, {
    policy: join(ROOT, 'policies/smart-home.yaml'),
    keys: join(dir, 'keys'),
    schemas: { kind: 'dir', dir: SCHEMAS },
    settings: {
      brokers: ['127.0.0.1:9'],
      clientId: 'unjoin',
      tls: { ca: /BEGIN CERTIFICATE/ },
      sasl: { mechanism: 'scram-sha-512', username: 'gate', password: PASSWORD },
      connectTimeoutMs: 10_000,
      requestTimeoutMs: 30_000,
    },
    config: {
      tasks: 16,
      kafka: { sessionTimeoutMs: 10_000, transactionTimeoutMs: 15_000 },
      topics: { sourcePartitions: 16, viewPartitions: 4, replication: null },
      limits: { rssMiB: 1024, idleMs: 30_000, heldEveryMs: 10_000 },
      delayObjectiveMs: 60_000,
      log: { level: 'info' },
    },
  });
  const { plan } = loadPlan(join(ROOT, 'policies/smart-home.yaml'));
  t.same(service === null || plan === null ? null : checkAgreement(service, plan), []);
});

t.test('what is said counts, and the rest of its map keeps its defaults', async (t) => {
  const more = 'limits: { idleMs: 5 }\nlog: { level: warn }\nhttp: { host: 127.0.0.1, port: 0 }\ndelayObjectiveMs: 7\n';
  const text = `${BASE.replace(/http: .*\n/, '').replace('tls: { caFile: secrets/ca.pem }', 'tls: true')}${more}`;
  t.match(readConfig(writeConfig(t.testdir(), text)), {
    issues: [],
    service: {
      settings: { tls: { ca: null } },
      config: { limits: { idleMs: 5, fetchWaitMs: 200 }, log: { level: 'warn' }, http: { port: 0 }, delayObjectiveMs: 7 },
    },
  });
  const bare = BASE.replace(/ {2}(tls|sasl): .*\n/g, '').replace(/http: .*\n/, '');
  t.match(readConfig(writeConfig(t.testdir(), bare)), {
    issues: [],
    service: { settings: { tls: null, sasl: null }, config: { http: { host: '127.0.0.1', port: 9464 } } },
  });
  const registry = edit(`{ dir: ${SCHEMAS} }`, '{ registry: { url: "https://r:8081", caFile: secrets/ca.pem } }');
  t.match(readConfig(writeConfig(t.testdir(), registry)), {
    issues: [],
    service: { schemas: { kind: 'registry', url: 'https://r:8081', ca: /CERTIFICATE/, timeoutMs: 5000, login: null } },
  });
  const login = registry.replace('"https://r:8081"', '"https://r:8081", username: me, passwordFile: secrets/gate');
  const near = login.replace('https://r:8081', 'http://[::1]:8081/apis/ccompat/v7');
  for (const text of [login, near])
    t.match(readConfig(writeConfig(t.testdir(), text)), {
      issues: [],
      service: { schemas: { login: { username: 'me', password: PASSWORD } } },
    });
});

t.test('each mistake has its place, code, exit and fix, and no secret is told', async (t) => {
  const dir = t.testdir();
  const plans = new Map<string, Plan>();
  const planOf = (policy: string): Plan => {
    const plan = plans.get(policy) ?? loadPlan(policy).plan;
    if (plan === null) throw new Error('a policy that ships does not load');
    plans.set(policy, plan);
    return plan;
  };
  const seen = new Set<string>();
  for (const [marked, code, exit, fix] of MISTAKES) {
    const before = marked.slice(0, marked.indexOf('«')).split('\n');
    const place = [before.length, (before.at(-1)?.length ?? 0) + 1];
    const name = `${code} ${place.join(':')}`;
    const file = writeConfig(dir, marked.replace('«', ''));
    const read = readConfig(file);
    const issues = [...read.issues, ...(read.service === null ? [] : checkAgreement(read.service, planOf(read.service.policy)))];
    t.strictSame(
      issues.map((one) => one.code),
      [code],
      name,
    );
    t.match(issues[0], { file, severity: 'error', fix, message: /./ }, name);
    // The YAML parser says where it noticed.
    if (code !== 'config-syntax') t.strictSame([issues[0]?.line, issues[0]?.column], place, name);
    t.equal(exitOfIssues(issues), exit, name);
    t.notMatch(JSON.stringify(issues), PASSWORD, name);
    seen.add(code);
  }
  t.same(new Set([...seen, 'config-http-open']), new Set(Object.keys(CONFIG_ISSUES)), 'every code has its mistake');
});

t.test('several mistakes are told together; a wrong mode among others is a wrong configuration', async (t) => {
  const text = edit('caFile: secrets/ca.pem', 'caFile: secrets/none').replace('secrets/gate', 'secrets/open');
  const { issues } = readConfig(writeConfig(t.testdir(), text));
  t.same(issues.map(({ code }) => code).sort(), ['config-file-unreadable', 'config-secret-mode']);
  t.equal(exitOfIssues(issues), 78);
});

t.test('a warning does not keep the service from its configuration', async (t) => {
  const { service, issues } = readConfig(writeConfig(t.testdir(), edit('host: 127.0.0.1', 'host: 0.0.0.0')));
  t.ok(service);
  t.match(issues, [{ code: 'config-http-open', severity: 'warning', line: 14 }]);
});

t.test('event types and consumers may have any name', async (t) => {
  const text = `${edit('device: telemetry.device', 'token: t.token')}principals: { consumers: { secret: User:x } }\n`;
  t.same(readConfig(writeConfig(t.testdir(), text)).issues, []);
});

t.test('a configuration that is not there, a folder, a pipe', async (t) => {
  const dir = t.testdir();
  for (const path of [join(dir, 'none.yaml'), dir, makePipe(join(dir, 'pipe'))]) {
    const { service, issues } = readConfig(path);
    t.equal(service, null);
    t.match(issues, [{ code: 'config-file-unreadable', file: path, line: 1, column: 1 }]);
  }
});

t.test('docs/service.md explains every code', async (t) => {
  const text = readText('docs/service.md');
  for (const [code, { meaning }] of Object.entries(CONFIG_ISSUES)) t.ok(text.includes(`| \`${code}\` | ${meaning} |`), code);
});
