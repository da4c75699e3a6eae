import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { makeSigner } from '../../src/runtime/keys/signers.ts';
import { ended, startUnjoin, unjoinAll } from '../cli/commands.ts';
import { withBroker } from './support/broker.ts';
import { linesOfFleet, publishFleet, writeService } from './support/service.ts';
import { publishPast, startTwo } from './support/two-services.ts';

const WINDOW_MS = 2000;
const FLEET = { count: 300, seed: 6 };

t.test('two running processes go over to another control key, and whoever was erased stays so', { timeout: 300_000 }, async (t) => {
  await withBroker(t, {}, async (broker) => {
    const dir = t.testdir();
    const { config, policy, prefix } = writeService(broker, dir, { k: 12, window: '2s' });
    const line = (name: string): string => `  ${name}: { key: ${makeSigner(join(dir, `${name}.key`))}, may: [rekey, erasure] }\n`;
    writeFileSync(policy, readFileSync(policy, 'utf8').replace('\nevents:\n', `\nsigners:\n${line('officer')}${line('second')}events:\n`));
    const officer = ['-c', config, '--as', 'officer', '--key', join(dir, 'officer.key')];
    const both = [...officer, '--with', 'second', '--with-key', join(dir, 'second.key')];
    const keys = (): Readonly<Record<string, string | null>> => JSON.parse(readFileSync(join(dir, 'keys/control.json'), 'utf8')).keys;
    const households = [...new Set(linesOfFleet(FLEET).flatMap((text) => /"householdId":"([^"]+)"/.exec(text.toString())?.[1] ?? []))];
    const erase = async (ids: readonly string[]): Promise<void> => {
      const child = startUnjoin('erase', ...officer, '--household', '-');
      child.stdin.end(ids.join('\n'));
      const { exit, stderr } = await ended(child);
      t.equal(exit, 0, stderr);
    };
    const [made, provisioned] = await unjoinAll([
      ['keys', 'init', '--policy', policy, '--keys', join(dir, 'keys')],
      ['provision', '-c', config, '--no-acls'],
    ]);
    t.equal(made.exit, 0, made.stderr);
    t.equal(provisioned.exit, 0, provisioned.stderr);
    const [first, second] = await startTwo(t, config);
    await publishFleet(broker, prefix, FLEET);
    await Promise.all([first.next('window-closed'), second.next('window-closed')]);
    await erase(households.slice(0, 10));

    // Ahead enough for a command to start on a machine that is busy.
    const cutMs = (Math.floor(Date.now() / WINDOW_MS) + 10) * WINDOW_MS;
    const [rotated] = await unjoinAll([['keys', 'rotate', '--control', ...both, '--from', new Date(cutMs).toISOString(), '--json']]);
    if (rotated.exit !== 0) throw new Error(rotated.stderr);
    t.match(JSON.parse(rotated.stdout), { key: 2 });
    await erase(households.slice(10, 15));
    const [early] = await unjoinAll([['keys', 'destroy', '--control', '1', ...both]]);
    t.not(early.exit, 0, 'while its windows are open it stays');
    await publishPast(() => publishFleet(broker, prefix, FLEET), [first, second], cutMs + WINDOW_MS);
    await erase(households.slice(15, 20));

    let destroyed = early;
    while (destroyed.exit !== 0) {
      [destroyed] = await unjoinAll([['keys', 'destroy', '--control', '1', ...both, '--json']]);
      if (destroyed.exit !== 0) t.match(destroyed.stderr, /epoch-open/);
    }
    for (const service of [first, second]) t.match(await service.next('control-key-destroyed'), { key: 1 });
    t.equal(keys()['1'] ?? null, null, 'the old key is gone');
    await publishPast(() => publishFleet(broker, prefix, FLEET), [first, second], Date.now() + 2 * WINDOW_MS);
    for (const service of [first, second]) service.signal('SIGTERM');
    t.same(await Promise.all([first.ended, second.ended]), [0, 0], first.said() + second.said());

    const [verified] = await unjoinAll([['verify', '-c', config, '--json']]);
    const report = JSON.parse(verified.stdout) as { ok: boolean; findings: { id: string; verdict: string }[] };
    t.ok(report.ok, verified.stdout);
    for (const id of ['I14', 'I15']) t.equal(report.findings.find((one) => one.id === id)?.verdict, 'pass', id);
  });
});
