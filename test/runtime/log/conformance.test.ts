import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { createContainer } from '../../../src/encode/container.ts';
import type { Log, Transaction } from '../../../src/model/log.ts';
import { openFileLog } from '../../../src/runtime/log/file/log.ts';
import { createSink } from '../../../src/runtime/log/file/sink.ts';
import { createMemoryBroker, openMemoryLog } from '../../../src/runtime/log/memory.ts';
import { fleetLines, framed, smartHome } from '../../properties/world.ts';

const plan = smartHome();
const LINES = fleetLines({ devices: 90, count: 400, seed: 5, malformedShare: 0 });

/** A log under test: what it shows to a reader before and after it is closed. */
interface Subject {
  readonly log: Log;
  /** Lines of quarantine that a reader of the result sees; null while there is no result. */
  visible(): readonly string[] | null;
  complete(): void;
}

const transaction = (line: string): Transaction => ({ outputs: [], quarantine: [line], lineage: [], audit: [], held: [], ledger: null });

const memory = async (): Promise<Subject> => {
  const broker = createMemoryBroker(framed(plan, LINES, [60]));
  const log = openMemoryLog(broker);
  return { log, visible: () => broker.transactions.flatMap(({ quarantine }) => quarantine), complete: () => {} };
};

const folder = mkdtempSync(join(tmpdir(), 'unjoin-log-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
let runs = 0;

const file = async (): Promise<Subject> => {
  const input = join(folder, 'in.ndjson');
  writeFileSync(input, Buffer.concat(LINES.flatMap((line) => [line, Buffer.from('\n')])));
  const dir = join(folder, `out-${runs++}`);
  const sink = createSink({ dir, format: 'ndjson', views: [] }, createContainer);
  const log = await openFileLog([input], plan, sink);
  const path = join(dir, 'quarantine.ndjson');
  return {
    log,
    visible: () => (existsSync(dir) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : null),
    complete: () => sink.complete([]),
  };
};

for (const [name, open] of Object.entries({ memory, file })) {
  t.test(`${name}: sources are known before the first fetch and positions reach the high watermark`, async (t) => {
    const { log } = await open();
    const sources = await log.sources();
    t.equal(sources.length, name === 'file' ? 13 : 12, 'three topics of four partitions, and a place for broken lines of the file');
    let records = 0;
    for (let batches = await log.fetch(); batches.length > 0; batches = await log.fetch()) {
      for (const batch of batches) records += batch.count;
    }
    t.equal(records, LINES.length);
    for (const { source } of sources) t.equal(log.position(source), await log.highWatermark(source));
    await log.abort();
  });

  t.test(`${name}: each partition keeps its order`, async (t) => {
    const { log } = await open();
    const last = new Map<number, number>();
    for (let batches = await log.fetch(); batches.length > 0; batches = await log.fetch()) {
      for (const batch of batches) {
        for (const offset of batch.offset) {
          t.ok(offset > (last.get(batch.source) ?? -1));
          last.set(batch.source, offset);
        }
      }
    }
    await log.abort();
  });

  t.test(`${name}: what was appended is visible when it is complete, in order`, async (t) => {
    const subject = await open();
    await subject.log.append(transaction('one'));
    await subject.log.append(transaction('two'));
    await subject.log.close();
    subject.complete();
    t.strictSame(subject.visible(), ['one', 'two']);
  });
}

t.test('memory: a newer owner fences the older one', async (t) => {
  const broker = createMemoryBroker(framed(plan, LINES, [60]));
  const zombie = openMemoryLog(broker);
  await zombie.recover();
  const owner = openMemoryLog(broker);
  await owner.recover();
  await owner.append(transaction('owner'));
  await t.rejects(zombie.append(transaction('zombie')), { code: 'fenced' });
  t.equal(broker.transactions.length, 1);
});

t.test('file: nothing is visible before completion, and an abort leaves nothing', async (t) => {
  const subject = await file();
  await subject.log.append(transaction('secret'));
  t.equal(subject.visible(), null);
  await subject.log.abort();
  t.equal(subject.visible(), null);
});
