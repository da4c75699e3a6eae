import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { faultOf } from '../../../../src/decode/faults.ts';
import { createContainer } from '../../../../src/encode/container.ts';
import { openFileLog } from '../../../../src/runtime/log/file/log.ts';
import { createSink } from '../../../../src/runtime/log/file/sink.ts';
import { smartHome } from '../../../properties/world.ts';

const plan = smartHome();

const envelope = (partition: number, offset: number): string =>
  JSON.stringify({
    topic: 'telemetry.device',
    partition,
    offset,
    timestamp: 1_767_571_200_000 + offset,
    key: null,
    headers: {},
    value: {},
  });

/** What is read of files of envelopes: `partition offset`, with the fault that framing found. */
const read = async (dir: string, files: readonly (readonly (readonly [partition: number, offset: number])[])[]): Promise<string[]> => {
  const paths = files.map((lines, i) => {
    const path = join(dir, `${i}.ndjson`);
    writeFileSync(path, `${lines.map(([partition, offset]) => envelope(partition, offset)).join('\n')}\n`);
    return path;
  });
  const sink = createSink({ dir: join(dir, 'out'), format: 'ndjson', views: [] }, createContainer);
  const log = await openFileLog(paths, plan, sink);
  const told: string[] = [];
  for (let batches = await log.fetch(); batches.length > 0; batches = await log.fetch())
    for (const batch of batches)
      for (let i = 0; i < batch.count; i++)
        told.push(`${batch.partition} ${batch.offset[i]}${batch.fault[i] === 0 ? '' : ` ${faultOf(batch.fault[i]).name}`}`);
  await log.abort();
  return told;
};

t.test('files that share a partition are pieces of one log, read one after another', async (t) => {
  t.strictSame(await read(t.testdir(), [[[0, 0], [0, 1]], [[0, 2], [1, 0]], [[1, 1]]]), ['0 0', '0 1', '0 2', '1 0', '1 1']); // biome-ignore format: a table
});

t.test('an offset that an earlier piece had is a fault', async (t) => {
  t.strictSame(
    await read(t.testdir(), [[[0, 0], [0, 1], [0, 2]], [[0, 1], [0, 2], [0, 3]]]), // biome-ignore format: a table
    ['0 0', '0 1', '0 2', '0 1 offset-repeated', '0 2 offset-repeated', '0 3'],
  );
});

t.test('files that share none are read side by side', async (t) => {
  const long = Array.from({ length: 12_000 }, (_, offset) => [0, offset] as const);
  const told = await read(t.testdir(), [long, [[1, 0]]]);
  t.ok(told.indexOf('1 0') < told.length - 1, 'not behind the whole of the first');
  t.equal(told.length, long.length + 1);
});

t.test('a record that is broken behind its head stands in a source that was there from the start', async (t) => {
  const dir = t.testdir({ 'log.ndjson': `${envelope(0, 0)}\n${envelope(0, 1).slice(0, -2)}\n` });
  const sink = createSink({ dir: join(dir, 'out'), format: 'ndjson', views: [] }, createContainer);
  const log = await openFileLog([join(dir, 'log.ndjson')], plan, sink);
  const known = [...(await log.sources())];
  const batches = await log.fetch();
  t.strictSame(batches.map(({ topic, partition }) => `${topic} ${partition}`).sort(), ['file 0', 'telemetry.device 0']);
  for (const { source } of batches) t.ok(source < known.length);
  const file = known.findIndex(({ topic }) => topic === 'file');
  t.equal(await log.highWatermark(file), 0, 'which keeps no window open');
  await log.abort();
});
