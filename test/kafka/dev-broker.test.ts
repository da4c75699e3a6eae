import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { descriptionFile, livingPids, readDescription } from '../../tools/kafka/description.ts';
import { cannotStart, withBroker } from './support/broker.ts';
import { makeTopic } from './support/topics.ts';

const program = join(import.meta.dirname, '..', '..', 'tools', 'kafka', 'main.ts');

const kafka = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', program, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
};

t.test('a broker for development starts, is shared by tests, stops and goes', async (t) => {
  if (await cannotStart(t)) return;
  const dir = join(t.testdir(), 'dev');
  t.teardown(() => kafka('wipe', '--dir', dir));
  t.equal(kafka('status', '--dir', dir).status, 1, 'it does not run');

  const started = kafka('start', '--dir', dir);
  t.equal(started.status, 0, started.stderr);
  const description = readDescription(descriptionFile(dir));
  if (description === null) throw new Error('the cluster is not described');
  t.equal(statSync(descriptionFile(dir)).mode & 0o077, 0);
  const told = parse(/^kafka:\n( .*\n)+/m.exec(started.stdout)?.[0] ?? '');
  t.same(told.kafka.brokers, [`127.0.0.1:${description.nodes[0].client}`]);
  t.equal(readFileSync(told.kafka.tls.caFile, 'utf8'), readFileSync(description.caFile, 'utf8'));
  t.equal(readFileSync(told.kafka.sasl.passwordFile, 'utf8'), description.users['gate']);
  t.notOk(started.stdout.includes(description.users['gate']), 'no password is printed');
  t.match(kafka('start', '--dir', dir).stdout, /runs already/);
  t.equal(kafka('status', '--dir', dir).status, 0);

  process.env['UNJOIN_TEST_KAFKA'] = descriptionFile(dir);
  t.teardown(() => delete process.env['UNJOIN_TEST_KAFKA']);
  await withBroker(t, { users: { gate: 'any' } }, async (broker) => {
    t.same(broker.cluster.pids(), [description.nodes[0].pid], 'it is this broker');
    const topic = await makeTopic(broker.admin, 'shared');
    t.ok((await broker.admin.listTopics()).includes(topic));
    await t.rejects(broker.cluster.kill(1), /own: true/);
    const gate = broker.kafkaAs('gate').admin();
    await gate.connect();
    t.same(await gate.listTopics(), [], 'a user without rights sees no topic');
    await gate.disconnect();
  });
  t.equal(livingPids(description).length, 1, 'a shared broker goes on');

  t.equal(kafka('stop', '--dir', dir).status, 0);
  t.same(livingPids(description), []);
  await t.rejects(
    withBroker(t, {}, async () => {}),
    /no cluster that runs/,
  );
  t.ok(existsSync(dir), 'stop keeps the data');
  t.equal(kafka('start', '--dir', dir, '--nodes', '3').status, 78, 'the number of nodes is that of the data');
  t.equal(kafka('wipe', '--dir', dir).status, 0);
  t.notOk(existsSync(dir));
});

t.test('what is not understood, or not a broker, is left alone', async (t) => {
  const dir = t.testdir({ precious: 'x' });
  t.match(kafka('wipe', '--dir', dir), { status: 78, stderr: /nothing was removed/ });
  t.ok(existsSync(join(dir, 'precious')));
  for (const args of [['dance'], [], ['start', '--nodes', '2'], ['start', 'stop']])
    t.match(kafka(...args), { status: 78, stderr: /start\|stop/ });
  t.match(kafka('start', '--port', '1'), { status: 78, stderr: /start\|stop/ });
  t.equal(kafka('stop', '--dir', dir).status, 0, 'nothing runs, nothing to stop');
});
