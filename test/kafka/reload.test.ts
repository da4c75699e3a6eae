import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { unjoinAll } from '../cli/commands.ts';
import { withBroker } from './support/broker.ts';
import { fastPolicy, publishFleet, runService, writeService } from './support/service.ts';

/** The digest by which an officer accepts the second policy after the first. */
const acceptanceOf = async (dir: string, before: string, after: string): Promise<string> => {
  const [from, to] = [join(dir, 'before.yaml'), join(dir, 'after.yaml')];
  writeFileSync(from, before);
  writeFileSync(to, after);
  const [told] = await unjoinAll([['policy', 'diff', '--json', from, to]]);
  return JSON.parse(told.stdout).acceptance;
};

t.test('a running service takes another policy at a boundary', async (t) => {
  await withBroker(t, {}, async (broker) => {
    const dir = t.testdir();
    const { config, policy, prefix } = writeService(broker, dir, { k: 12, window: '3s' });
    const [OLD, NEW] = [fastPolicy(prefix, { k: 12, window: '3s' }), fastPolicy(prefix, { k: 14, window: '2s' })];
    const [provisioned] = await unjoinAll([['provision', '-c', config, '--no-acls']]);
    t.equal(provisioned.exit, 0, provisioned.stderr);
    const service = runService(config, ['--initialise']);
    t.teardown(() => service.signal('SIGKILL'));
    for (let task = 0; task < 2; task++) await service.next('restored');
    await publishFleet(broker, prefix, { count: 2400, seed: 5 });
    await service.next('window-closed');

    writeFileSync(policy, OLD.replace('events:', 'evnts:'));
    service.signal('SIGHUP');
    t.match(await service.next('policy-refused'), { exit: 78 });
    await service.says('did you mean `events`');
    t.match(service.said(), /policy\.yaml:\d+:\d+ error policy-unknown-key/);
    writeFileSync(policy, OLD);
    service.signal('SIGHUP');
    await service.next('policy-same');

    writeFileSync(policy, NEW);
    service.signal('SIGHUP');
    t.match(await service.next('policy-loosens'), { changes: 2, exit: 78 }, 'shorter windows tell more exactly when');
    await service.says('window-shorter');
    appendFileSync(config, `accept: { digest: ${await acceptanceOf(dir, OLD, NEW)}, by: tester, why: a test }\n`);
    service.signal('SIGHUP');
    t.match(await service.next('policy-accepted'), { plans: 1 });
    t.match(await service.next('policy-loaded'), { views: 2, alignMs: 6000 });
    for (let task = 0; task < 2; task++) await service.next('policy-in-force');
    for (let task = 0; task < 2; task++) await service.next('restored');
    const closed = service.lines().filter(({ code }) => code === 'window-closed').length;
    await publishFleet(broker, prefix, { count: 2400, seed: 6 });
    for (let more = 0; more < closed; more++) await service.next('window-closed');
    service.signal('SIGTERM');
    t.equal(await service.ended, 0, service.said());

    const [verified] = await unjoinAll([['verify', '-c', config, '--json']]);
    const report = JSON.parse(verified.stdout);
    t.match(
      report,
      {
        ok: true,
        passages: [{ verdict: 'pass', note: /^loosens, as the audit tells/ }],
        policies: [
          { checked: true, ok: true },
          { checked: true, ok: true },
        ],
      },
      JSON.stringify(report),
    );
    t.not(report.policies[0].policy, report.policies[1].policy);
    t.equal(verified.exit, 0);

    await t.test('a policy that loosens the one of the ledgers does not start', async (t) => {
      writeFileSync(policy, fastPolicy(prefix, { k: 12, window: '2s' }));
      const refused = runService(config);
      t.teardown(() => refused.signal('SIGKILL'));
      t.equal(await refused.ended, 78);
      t.match(refused.said(), /error k-lowered[\s\S]*policy-loosens/);
      writeFileSync(policy, NEW);
    });

    await t.test('who lost the policy of the ledger decides nothing, says which one, and goes on when it is back', async (t) => {
      const [kept, away] = [join(dir, 'keys', 'plans'), join(dir, 'away')];
      renameSync(kept, away);
      writeFileSync(policy, fastPolicy(prefix, { k: 15, window: '2s' }));
      const lost = runService(config);
      t.teardown(() => lost.signal('SIGKILL'));
      await lost.next('step-failed');
      await lost.says(`windows are open under the policy ${report.policies[1].policy}`);
      await lost.says('put it back');
      const [unchecked] = await unjoinAll([['verify', '-c', config]]);
      t.equal(unchecked.exit, 1);
      t.match(unchecked.stdout, /not checked: its texts are not in .*plans/);
      t.notOk(lost.lines().some(({ code }) => code === 'restored' || code === 'window-closed'));
      for (const name of ['policy-loaded', 'restored']) t.notOk(lost.lines().some(({ code }) => code === name));
      writeFileSync(policy, NEW);
      lost.signal('SIGHUP');
      for (let task = 0; task < 2; task++) await lost.next('restored');
      lost.signal('SIGTERM');
      t.equal(await lost.ended, 0, lost.said());
    });

    await t.test('a ledger that was lost is never a first start again', async (t) => {
      const ledger = `${prefix}own.ledger`;
      await broker.admin.deleteTopics({ topics: [ledger] });
      const [again] = await unjoinAll([['provision', '-c', config, '--no-acls']]);
      t.equal(again.exit, 0, again.stderr);
      const emptied = runService(config, ['--initialise']);
      t.teardown(() => emptied.signal('SIGKILL'));
      await emptied.says('it was lost, and what was released would be released again');
      t.notOk(emptied.lines().some(({ code }) => code === 'restored'));
      emptied.signal('SIGTERM');
      t.equal(await emptied.ended, 0, emptied.said());
    });
  });
});
