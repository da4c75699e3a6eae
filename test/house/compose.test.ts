import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import t from 'tap';
import { parse } from 'yaml';
import { provisionCommand } from '../../src/cli/provision.ts';
import { runCommand } from '../../src/cli/run.ts';
import { simulateCommand } from '../../src/cli/simulate.ts';
import { readConfig } from '../../src/runtime/config/read.ts';
import { loadPlan } from '../../src/runtime/policy-files.ts';
import { type Compose, composeBreaks, copied, imagesOf, isSent } from './rules/compose.ts';
import { ROOT, read } from './rules/tree.ts';

const text = read('docker-compose.yml');
const compose: Compose = parse(text, { merge: true });
const { version, files } = JSON.parse(read('package.json'));
const { $schema: _, ...specification } = JSON.parse(read('test/fixtures/compose/compose-spec.json'));
const meetsSpecification = new Ajv({ strict: false, validateFormats: false }).compile(specification);

t.test('the compose file meets the Compose Specification', async (t) => {
  t.ok(meetsSpecification(compose), JSON.stringify(meetsSpecification.errors));
  t.notOk(meetsSpecification({ services: { a: { image: 'x', readonly: true } } }), 'the specification can be broken');
});

t.test('every service is pinned, unprivileged, and published to loopback alone', async (t) => {
  t.same(composeBreaks(compose, version), []);
  for (const path of Object.values(compose.services).flatMap(({ volumes = [] }) => volumes))
    if (path.startsWith('./')) t.ok(existsSync(join(ROOT, path.split(':')[0])), path);
});

t.test('the rules about services can fail', async (t) => {
  const sound = {
    image: `unjoin:${version}`,
    user: 'node',
    read_only: true,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
  };
  const planted: readonly (readonly [Record<string, unknown>, RegExp])[] = [
    [{ image: 'apache/kafka' }, /not pinned/],
    [{ image: 'apache/kafka:latest' }, /not pinned/],
    [{ image: 'unjoin:0.0.1' }, /another version/],
    [{ read_only: false }, /can be written/],
    [{ user: 'root' }, /as root/],
    [{ user: undefined }, /as root/],
    [{ user: '0:0' }, /as root/],
    [{ cap_drop: [] }, /capabilities/],
    [{ security_opt: [] }, /privileges/],
    [{ privileged: true }, /privileges/],
    [{ ports: ['9094:9094'] }, /published/],
    [{ ports: ['0.0.0.0:9094:9094'] }, /published/],
    [{ volumes: ['nobody:/x'] }, /volume/],
    [{ depends_on: { b: { condition: 'service_started' } } }, /no service/],
    [{ depends_on: { a: { condition: 'service_healthy' } } }, /no health check/],
    [{ environment: { PASSWORD: 'x' } }, /secret/],
  ];
  t.same(composeBreaks({ services: { a: sound } }, version), []);
  for (const [change, rule] of planted) t.match(composeBreaks({ services: { a: { ...sound, ...change } } }, version).join(), rule);
});

t.test('services call commands that exist, with options that exist', async (t) => {
  const commands = new Map([runCommand(), provisionCommand(), simulateCommand()].map((command) => [command.name(), command]));
  const called = Object.values(compose.services).flatMap(({ command }) => (command === undefined ? [] : [command]));
  t.equal(called.length, 3);
  for (const [name, ...args] of called) {
    const options = commands.get(name)?.options.flatMap(({ short, long }) => [short, long]) ?? [];
    for (const flag of args.filter((arg) => arg.startsWith('-'))) t.ok(options.includes(flag), `${name} ${flag}`);
  }
});

t.test('the configuration of the example is read whole, and names the places that the compose file has', async (t) => {
  const { service, issues } = readConfig(join(ROOT, 'examples/compose/unjoin.yaml'));
  t.same(
    issues.map(({ code }) => code).filter((code) => code !== 'config-http-open'),
    [],
    'nothing but that it listens on every address, of its container',
  );
  if (service === null) throw new Error('it is not read');
  t.not(loadPlan(service.policy).plan, null);
  const adapted = read('policies/smart-home.yaml').replaceAll('../', '../../').replaceAll('window: 1h', 'window: 5m');
  const bodyOf = (policy: string): string => policy.slice(policy.indexOf('unjoin: 1'));
  t.equal(bodyOf(read('examples/compose/policy.yaml')), bodyOf(adapted), 'the policy is the ready-made one, with shorter windows');
  const { broker, service: gate } = compose.services;
  for (const address of service.settings.brokers)
    t.match(broker.environment?.['KAFKA_ADVERTISED_LISTENERS'], new RegExp(`//${address}(,|$)`));
  const { port } = service.config.http;
  t.same(gate.ports, [`127.0.0.1:${port}:${port}`]);
  t.ok(JSON.stringify(gate.healthcheck).includes(`:${port}/readyz`));
});

t.test('the image is pinned, not root, and holds what the package holds', async (t) => {
  const dockerfile = read('Dockerfile');
  for (const image of imagesOf(dockerfile)) t.match(image, /^node:24\.\d+\.\d+-[a-z-]+$/);
  const users = [...dockerfile.matchAll(/^USER (.*)$/gm)].map(([, user]) => user);
  t.same(users, ['node']);
  t.match(dockerfile, /^ENTRYPOINT \["node", "dist\/cli\/main\.js"\]$/m);
  t.ok(dockerfile.includes(`unjoin:${version}`));
  const ignored = read('.dockerignore');
  const sources = copied(dockerfile);
  t.ok(sources.length > 10);
  for (const source of sources) {
    t.ok(existsSync(join(ROOT, source)), source);
    t.ok(isSent(ignored, source), `${source} is not kept from the build`);
  }
  for (const file of files as string[]) t.match(dockerfile, new RegExp(`^COPY .*${file} \\./${file}$`, 'm'));
  for (const secret of ['keys', '.git', 'out', '.kafka', 'node_modules', 'test']) t.notOk(isSent(ignored, secret), secret);
});
