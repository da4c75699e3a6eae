import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import avro from 'avsc';
import t from 'tap';
import { authorisedSchemaText } from '../../src/encode/encode.ts';
import type { ViewPlan } from '../../src/model/plan.ts';
import { makeSigner } from '../../src/runtime/keys/signers.ts';
import { readRange } from '../../src/runtime/log/kafka/whole.ts';
import { loadPlan } from '../../src/runtime/policy-files.ts';
import { ended, startUnjoin, unjoinAll } from '../cli/commands.ts';
import { unique, withBroker } from './support/broker.ts';
import { linesOfFleet, publishFleet, runService, writeService } from './support/service.ts';
import { readValues } from './support/topics.ts';

const WINDOW_MS = 2000;
/** What the commands before it take on a busy machine, in windows. */
const AHEAD = 12;
const CONSUMER = 'device-quality';
const OTHER = 'product-analytics';
const VIEW = 'device-health';
const FLEET = { count: 900, seed: 6 };

t.test('who authorised a period leaves to a topic of its own over Kafka; the others do not, and an erasure names it', async (t) => {
  await withBroker(t, { users: { [CONSUMER]: 'quality-secret', [OTHER]: 'feature-secret' } }, async (broker) => {
    const dir = t.testdir();
    const { config, policy, prefix } = writeService(broker, dir, { k: 12, window: '2s' });
    const officer = ['-c', config, '--as', 'officer', '--key', join(dir, 'officer.key')];
    const may = 'consent, erasure, period, activation, end';
    const signer = `signers:\n  officer: { key: ${makeSigner(join(dir, 'officer.key'))}, may: [${may}] }\n`;
    writeFileSync(policy, `${signer}${readFileSync(policy, 'utf8')}`);
    const { plan } = loadPlan(policy);
    if (plan === null) throw new Error('the policy does not load');
    const view = plan.views.find(({ name }) => name === VIEW) as ViewPlan;
    const own = `${prefix}own.view.${VIEW}.period.trial`;
    const topic = `${own}.authorised`;
    const type = avro.Type.forSchema(JSON.parse(authorisedSchemaText(plan, view)) as avro.Schema);
    const pseudonymsIn = async (): Promise<string[]> => {
      const found = new Set<string>();
      const { topics } = await broker.admin.fetchTopicMetadata({ topics: [topic] });
      for (const { partitionId: partition } of topics[0].partitions)
        for await (const { value } of readRange(broker.settings, { topic, partition }, null)) {
          const { pseudonym } = type.fromBuffer((value as Buffer).subarray(5)) as { pseudonym: Buffer | string };
          found.add(typeof pseudonym === 'string' ? pseudonym : pseudonym.toString('hex'));
        }
      return [...found];
    };
    /** Runs a command with ids on its standard input. */
    const withIds = (ids: readonly string[], ...args: string[]) => {
      const child = startUnjoin(...args);
      child.stdin.end(ids.join('\n'));
      return ended(child);
    };

    const [provisioned] = await unjoinAll([['provision', '-c', config]]);
    t.equal(provisioned.exit, 0, provisioned.stderr);
    await broker.admin.deleteAcls({
      filters: [{ resourceType: 2, resourceName: `${prefix}own.view.${VIEW}`, resourcePatternType: 3, operation: 1, permissionType: 1, principal: `User:${CONSUMER}` }], // biome-ignore format: a filter
    });
    const service = runService(config, ['--initialise']);
    t.teardown(() => service.signal('SIGKILL'));
    for (let task = 0; task < 2; task++) await service.next('restored');

    const start = (Math.ceil(Date.now() / WINDOW_MS) + AHEAD) * WINDOW_MS;
    const [announced] = await unjoinAll([
      ['period', 'announce', 'trial', ...officer, '--views', VIEW, '--consumers', CONSUMER, '--basis', 'consent', '--start', new Date(start).toISOString(), '--end', new Date(start + 6 * WINDOW_MS).toISOString()], // biome-ignore format: a command
    ]);
    t.equal(announced.exit, 0, announced.stderr);
    const households = [...new Set(linesOfFleet(FLEET).flatMap((line) => /"householdId":"([^"]+)"/.exec(line.toString())?.[1] ?? []))];
    const willing = households.slice(0, 40);
    const granted = await withIds(willing, 'consent', ...officer, '--household', '-', '--purpose', 'period:trial', '--state', 'granted');
    t.equal(granted.exit, 0, granted.stderr);
    const [active] = await unjoinAll([['period', 'activate', 'trial', ...officer]]);
    t.equal(active.exit, 0, active.stderr);
    if (Date.now() >= start) throw new Error('the machine is so slow that the period began before it was active');

    for (let end = 0; end <= start + 2 * WINDOW_MS; ) {
      await publishFleet(broker, prefix, FLEET);
      end = Number((await service.next('window-closed'))['window']);
    }
    service.signal('SIGTERM');
    t.equal(await service.ended, 0, service.said());

    const found = await pseudonymsIn();
    t.ok(found.length > 1 && found.length <= willing.length, `a pseudonym each of those who authorised it (${found.length})`);
    t.equal((await readValues(broker.kafkaAs(CONSUMER), topic, 1, unique(CONSUMER))).length, 1, 'its consumer reads it');
    await t.rejects(readValues(broker.kafkaAs(OTHER), topic, 1, unique(OTHER)), 'nobody else does');
    const verify = async (): Promise<string> => {
      const [{ exit, stdout }] = await unjoinAll([['verify', '-c', config]]);
      t.equal(exit, 0, stdout);
      return stdout;
    };
    await verify();

    const list = join(dir, 'delete.ndjson');
    const erased = await withIds(willing, 'erase', ...officer, '--household', '-', '--pseudonyms', list);
    t.equal(erased.exit, 0, erased.stderr);
    const listed = readFileSync(list, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { pseudonym: string }); // biome-ignore format: a chain
    t.same(
      found.filter((one) => !listed.some(({ pseudonym }) => pseudonym === one)),
      [],
      'whoever authorised it and is erased stands on the list that its readers delete by',
    );

    const end = async (): Promise<boolean> => {
      const [over] = await unjoinAll([['period', 'end', 'trial', '-c', config]]);
      t.match(over, over.exit === 0 ? { stdout: /deleted: / } : { exit: 78, stderr: /period-open/ });
      return over.exit === 0;
    };
    while (!(await end()));
    const left = await broker.admin.listTopics();
    for (const one of [own, topic]) t.notOk(left.includes(one), 'deleted when the period is over');
    await verify();
  });
});
