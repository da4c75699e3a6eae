import { readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { unjoinAll } from './commands.ts';
import { sayWorld } from './say-world.ts';
import { SMALL, writeEnvelopes } from './world.ts';

const { at, ground, officer } = sayWorld(t.testdir());
writeEnvelopes(at('fleet.ndjson'), { ...SMALL, malformedShare: 0, format: 'json' });
const households = [...new Set([...readFileSync(at('fleet.ndjson'), 'utf8').matchAll(/"householdId":"([^"]+)"/g)].map(([, id]) => id))];
const run = (out: string, controls: string): string[] => ['run', '--policy', at('policy.yaml'), '--in', at('fleet.ndjson'), '--out', at(out), '--keys', at('keys'), '--controls', at(controls)]; // biome-ignore format: a command
const verify = (out: string, controls: string): string[] => ['erase', 'verify', '--policy', at('policy.yaml'), '--in', at('fleet.ndjson'), '--out', at(out), '--keys', at('keys'), '--controls', at(controls), '--json']; // biome-ignore format: a command
const AT = ['--at', '2026-01-01T00:00:00Z'];

t.test('an erasure is shown to be carried out, and a gate that did nothing is not believed', async (t) => {
  writeFileSync(at('empty.ndjson'), '');
  const erasures = households.slice(0, 60).map((id) => ['erase', ...ground, ...officer, ...AT, '--household', id]);
  const all = await unjoinAll([
    ['keys', 'init', '--policy', at('policy.yaml'), '--keys', at('keys')],
    ...erasures,
    run('out', 'control.ndjson'),
    run('noop', 'empty.ndjson'),
    verify('out', 'control.ndjson'),
    // The gate that did not read the log, beside the log that it should have read.
    verify('noop', 'control.ndjson'),
    verify('noop', 'empty.ndjson'),
  ]);
  const [done, noop, nothing] = all.slice(-3);
  t.match([done.exit, JSON.parse(done.stdout)], [0, { ok: true, erasures: 60 }], done.stderr);
  t.match([noop.exit, JSON.parse(noop.stdout)], [1, { ok: false, erasures: 60 }]);
  t.match(JSON.parse(noop.stdout).findings, [{ id: 'I1' }, { id: 'I2', verdict: 'fail' }, { id: 'I14', verdict: 'fail' }, { id: 'I19' }]);
  t.match([nothing.exit, JSON.parse(nothing.stdout)], [1, { ok: false, erasures: 0 }], 'nor where nobody was erased');
});
