import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { makeSigner } from '../../src/runtime/keys/signers.ts';
import { unjoinAll } from '../cli/commands.ts';
import { withBroker } from './support/broker.ts';
import { publishFleet, writeService } from './support/service.ts';
import { publishPast, startTwo } from './support/two-services.ts';

const WINDOW_MS = 2000;
const WEEK_MS = 604_800_000;

t.test('two running processes rotate their keys, and let those of a destroyed epoch go', { timeout: 300_000 }, async (t) => {
  await withBroker(t, {}, async (broker) => {
    const dir = t.testdir();
    const { config, policy, prefix } = writeService(broker, dir, { k: 12, window: '2s' });
    const line = (name: string): string => `  ${name}: { key: ${makeSigner(join(dir, `${name}.key`))}, may: [epoch] }\n`;
    writeFileSync(policy, readFileSync(policy, 'utf8').replace('\nevents:\n', `\nsigners:\n${line('officer')}${line('second')}events:\n`));
    const by = [
      '-c',
      config,
      '--as',
      'officer',
      '--key',
      join(dir, 'officer.key'),
      '--with',
      'second',
      '--with-key',
      join(dir, 'second.key'),
    ];
    const [made, provisioned] = await unjoinAll([
      ['keys', 'init', '--policy', policy, '--keys', join(dir, 'keys')],
      ['provision', '-c', config, '--no-acls'],
    ]);
    t.equal(made.exit, 0, made.stderr);
    t.equal(provisioned.exit, 0, provisioned.stderr);
    let fleets = 5;
    const publish = () => publishFleet(broker, prefix, { count: 200, seed: ++fleets });
    const [first, second] = await startTwo(t, config);
    await publishFleet(broker, prefix, { count: 1200, seed: 5 });
    await Promise.all([first.next('window-closed'), second.next('window-closed')]);

    // Ahead enough for a command to start on a machine that is busy.
    const cutMs = (Math.floor(Date.now() / WINDOW_MS) + 10) * WINDOW_MS;
    const old = Math.floor(cutMs / WEEK_MS);
    const [rotated] = await unjoinAll([['keys', 'rotate', ...by, '--from', new Date(cutMs).toISOString(), '--json']]);
    if (rotated.exit !== 0) throw new Error(rotated.stderr);
    const ring = () =>
      (JSON.parse(readFileSync(join(dir, 'keys/ring.json'), 'utf8')) as { epochs: Record<number, Record<string, unknown>> }).epochs;
    t.match(ring()[cutMs], { state: 'staged' });
    const [early] = await unjoinAll([['keys', 'destroy', ...by, '--epoch', String(old)]]);
    t.match(early.stderr, /epoch-open/, 'while its windows are open it stays');

    await publishPast(publish, [first, second], cutMs + WINDOW_MS);
    t.match(ring()[cutMs], { state: 'active' });
    let destroyed = early;
    while (destroyed.exit !== 0) {
      [destroyed] = await unjoinAll([['keys', 'destroy', ...by, '--epoch', String(old), '--json']]);
      if (destroyed.exit !== 0) t.match(destroyed.stderr, /epoch-open/);
    }
    for (const service of [first, second]) t.match(await service.next('keys-destroyed'), { epoch: old });
    t.same(ring()[old], { state: 'destroyed' });
    // A window that begins after the keys were gone.
    await publishPast(publish, [first, second], Date.now() + 2 * WINDOW_MS);
    t.pass('the service goes on under the new keys');
    for (const service of [first, second]) service.signal('SIGTERM');
    t.same(await Promise.all([first.ended, second.ended]), [0, 0], first.said() + second.said());

    const [listed, verified] = await unjoinAll([
      ['keys', 'list', '-c', config, '--json'],
      ['verify', '-c', config, '--json'],
    ]);
    t.match(JSON.parse(listed.stdout), {
      epochs: [
        { epoch: old, state: 'destroyed' },
        { epoch: cutMs, state: 'active' },
      ],
    });
    const report = JSON.parse(verified.stdout) as { ok: boolean; findings: { id: string; verdict: string }[] };
    t.ok(report.ok, verified.stderr);
    t.equal(report.findings.find(({ id }) => id === 'I15')?.verdict, 'pass');
  });
});
