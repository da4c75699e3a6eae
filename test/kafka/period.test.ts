import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { CONTROL_KINDS } from '../../src/policy/shape.ts';
import { makeSigner } from '../../src/runtime/keys/signers.ts';
import { readRange } from '../../src/runtime/log/kafka/whole.ts';
import { unjoinAll } from '../cli/commands.ts';
import { unique, withBroker } from './support/broker.ts';
import { publishFleet, runService, writeService } from './support/service.ts';
import { readValues } from './support/topics.ts';

const WINDOW_MS = 3000;
const CONSUMER = 'device-quality';
t.test('a period over Kafka: guarded, recalled, active, over; the checker follows', async (t) => {
  await withBroker(t, { users: { [CONSUMER]: 'quality-secret' } }, async (broker) => {
    const dir = t.testdir();
    const { config, policy, prefix } = writeService(broker, dir, { k: 12, window: '3s' });
    const officer = ['-c', config, '--as', 'officer', '--key', join(dir, 'officer.key')];
    const signer = `signers:\n  officer: { key: ${makeSigner(join(dir, 'officer.key'))}, may: [${CONTROL_KINDS.join(', ')}] }\n`;
    writeFileSync(policy, `${signer}${readFileSync(policy, 'utf8')}`);
    const [view, own] = [`${prefix}own.view.device-health`, `${prefix}own.view.device-health.period.trial`];
    const readable = (topic: string): Promise<unknown> =>
      readValues(broker.kafkaAs(CONSUMER), topic, 1, unique(CONSUMER)).then(
        (values) => values.length,
        () => 'refused',
      );
    const windowsOf = async (topic: string): Promise<number[]> => {
      const { topics } = await broker.admin.fetchTopicMetadata({ topics: [topic] });
      const ends = new Set<number>();
      for (const { partitionId: partition } of topics[0].partitions)
        for await (const { timestampMs } of readRange(broker.settings, { topic, partition }, null)) ends.add(timestampMs);
      return [...ends].sort();
    };
    const [provisioned] = await unjoinAll([['provision', '-c', config]]);
    t.equal(provisioned.exit, 0, provisioned.stderr);
    const service = runService(config, ['--initialise']);
    t.teardown(() => service.signal('SIGKILL'));
    for (let task = 0; task < 2; task++) await service.next('restored');
    await publishFleet(broker, prefix, { count: 2400, seed: 5 });
    await service.next('window-closed');
    t.ok(Number(await readable(view)) > 0, 'an analyst reads the view');

    const start = Math.ceil(Date.now() / WINDOW_MS) * WINDOW_MS + 5 * WINDOW_MS;
    const activate = ['period', 'activate', 'trial', ...officer];
    const receipt = join(dir, 'receipt.txt');
    writeFileSync(receipt, 'no copy is left');
    const [announced, open] = await unjoinAll([
      ['period', 'announce', 'trial', ...officer, '--views', 'device-health', '--consumers', CONSUMER, '--k', '60', '--start', new Date(start).toISOString(), '--end', new Date(start + 6 * WINDOW_MS).toISOString()], // biome-ignore format: a command
      activate,
    ]);
    t.equal(announced.exit, 0, announced.stderr);
    t.equal(open.exit, 77, open.stderr);
    t.match(open.stderr, /period-unguarded[\s\S]*device-quality can read/);
    await broker.admin.deleteAcls({
      filters: [{ resourceType: 2, resourceName: view, resourcePatternType: 3, operation: 1, permissionType: 1, principal: `User:${CONSUMER}` }], // biome-ignore format: a filter
    });
    t.equal(await readable(view), 'refused');
    const [dry, still, waits, unknown, active, again] = await unjoinAll([
      [...activate, '--dry-run'],
      activate,
      [...activate, '--recall'],
      [...activate, '--recall', '--receipt', `nobody=${receipt}`],
      [...activate, '--recall', '--receipt', `${CONSUMER}=${receipt}`],
      activate,
    ]);
    t.equal(dry.exit, 0, dry.stderr);
    t.match(dry.stdout, /would be recalled: device-health partition 0 up to offset \d+/);
    t.equal(still.exit, 1, still.stderr);
    t.match(still.stderr, /period-readable[\s\S]*device-health partition 0 up to offset \d+[\s\S]*--recall/);
    t.equal(waits.exit, 75, waits.stderr);
    t.match(waits.stderr, /period-receipts[\s\S]*device-quality/);
    t.equal(unknown.exit, 78);
    t.equal(active.exit, 0, active.stderr);
    t.match(again, { exit: 78, stderr: /period-active/ });
    const recalledAt = Date.now();
    for (let [end, seed] = [0, 6]; end <= Math.max(start, recalledAt) + WINDOW_MS; seed++) {
      await publishFleet(broker, prefix, { count: 900, seed });
      end = Number((await service.next('window-closed'))['window']);
    }
    service.signal('SIGTERM');
    t.equal(await service.ended, 0, service.said());
    t.ok(
      (await windowsOf(view)).every((end) => end <= start || end > recalledAt),
      'what could be read is gone',
    );
    const inPeriod = await windowsOf(own);
    t.ok(inPeriod.length > 0 && inPeriod.every((end) => end > start), 'windows of the period leave to a topic of its own');
    t.ok(Number(await readable(own)) > 0, 'which its consumer reads');
    const verify = async (): Promise<string> => {
      const [{ exit, stdout }] = await unjoinAll([['verify', '-c', config]]);
      t.equal(exit, 0, stdout);
      return stdout;
    };
    t.match(await verify(), /I13 +pass .*outputs of device-health were recalled/);
    const [leak, keyless, nobodys] = await unjoinAll([
      ['incident', '-c', config, '--views', 'device-health', '--json'],
      ['incident', '-c', config, '--views', 'device-health', '--keys', dir],
      ['incident', '-c', config, '--views', 'nobodys'],
    ]);
    t.match(JSON.parse(leak.stdout), { ok: true, policies: [{ touched: [{ view: 'device-health', unit: 'household' }] }] });
    t.match(
      [keyless, nobodys],
      [
        { exit: 77, stderr: /lineage-key-missing/ },
        { exit: 78, stderr: /view-unknown/ },
      ],
    );

    const end = async (): Promise<boolean> => {
      const [over] = await unjoinAll([['period', 'end', 'trial', '-c', config]]);
      t.match(over, over.exit === 0 ? { stdout: /deleted: .*device-health\.period\.trial/ } : { exit: 78, stderr: /period-open/ });
      return over.exit === 0;
    };
    while (!(await end()));
    t.notOk((await broker.admin.listTopics()).includes(own), 'and deleted when it is over');
    t.match(await verify(), /I13 +pass .*lineage of \d+ windows of device-health is of periods whose keys are not here/);
    const [list] = await unjoinAll([['period', 'list', '-c', config, '--json']]);
    t.match(JSON.parse(list.stdout), { periods: [{ id: 'trial', state: 'over', consumers: [CONSUMER] }] });
  });
});
