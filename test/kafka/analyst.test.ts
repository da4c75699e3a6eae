import { execFile, spawnSync } from 'node:child_process';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { schemaText } from '../../src/encode/encode.ts';
import { jarsFolder } from '../../tools/kafka/jars.ts';
import { unique, withBroker } from './support/broker.ts';
import { fastPlan, finish, makeTopics, openGate, publish } from './support/gate.ts';
import { allow } from './support/topics.ts';

const run = promisify(execFile);
const EXAMPLE = join(import.meta.dirname, '../../examples/analyst');
const USER = 'product-analytics';

/** A Python with the example's packages, made once a machine beside the broker's jars; null when it cannot be had. */
const pythonHere = (): string | null => {
  const dir = join(dirname(jarsFolder()), 'analyst');
  const python = join(dir, 'bin/python');
  if (existsSync(python)) return python;
  const aside = `${dir}.${process.pid}`;
  const steps = [
    ['python3', '-m', 'venv', aside],
    [join(aside, 'bin/pip'), 'install', '-q', '-r', join(EXAMPLE, 'requirements.txt')],
  ];
  if (steps.every(([tool, ...args]) => spawnSync(tool, args, { stdio: 'ignore' }).status === 0)) renameSync(aside, dir);
  rmSync(aside, { recursive: true, force: true });
  return existsSync(python) ? python : null;
};

t.test("an analyst's ordinary client reads its view, and nothing else", { timeout: 120_000 }, async (t) => {
  const python = pythonHere();
  if (python === null) return t.test('the example', { skip: 'Python 3 with venv and pip is needed' }, () => {});
  return withBroker(t, { users: { [USER]: 'analyst-secret' } }, async (broker) => {
    const { admin, cluster, settings } = broker;
    const plan = fastPlan(2000);
    const prefix = `${unique('analyst')}.`;
    const topics = await makeTopics(broker, plan, prefix, 1);
    const sent = await publish(broker, prefix, 600, 3);
    const gate = await openGate({ plan, settings, topics, group: prefix, initialise: true });
    await finish(gate.task, plan, sent);
    await gate.close();

    const view = plan.views.find(({ name }) => name === 'feature-usage') ?? plan.views[0];
    const mine = topics.own.view(view.name);
    await allow(admin, USER, 'TOPIC', mine, 'READ');
    await allow(admin, USER, 'GROUP', USER, 'READ');
    const password = join(t.testdir(), 'password');
    writeFileSync(password, cluster.users[USER], { mode: 0o600 });
    const schema = join(dirname(password), `${view.name}.avsc`);
    writeFileSync(schema, schemaText(plan, view));
    const read = (topic: string) => {
      const login = ['--brokers', cluster.client.join(), '--ca', cluster.caFile, '--user', USER, '--password-file', password];
      return run(python, [join(EXAMPLE, 'read_view.py'), ...login, '--topic', topic, '--schema', schema]);
    };

    const { stdout } = await read(mine);
    const records = stdout.trim().split('\n').map((line) => JSON.parse(line)); // biome-ignore format: one thought
    const { released } = gate.task.summary.views[view.name];
    t.ok(records.length > 0);
    t.strictSame(
      released.map((_, level) => records.filter((record) => record.level === level).length),
      released,
      'every release, by level',
    );
    t.strictSame(Object.keys(records[0]), ['windowEnd', 'level', 'model', 'operation', 'result']);
    const { own } = topics;
    const others = [own.ledger, own.held, own.quarantine, own.lineage, own.audit, own.view('device-health'), topics.sources[0].topic];
    const refused = others.map((topic) =>
      t.rejects(read(topic), { code: 1, stderr: 'refused: TOPIC_AUTHORIZATION_FAILED\n', stdout: '' }, `refused on ${topic}`),
    );
    await Promise.all(refused);
  });
});
