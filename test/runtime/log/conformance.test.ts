import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createContainer } from '../../../src/encode/container.ts';
import { openFileLog } from '../../../src/runtime/log/file/log.ts';
import { createSink } from '../../../src/runtime/log/file/sink.ts';
import { createMemoryBroker, openMemoryLog } from '../../../src/runtime/log/memory.ts';
import { fleetLines, framed, smartHome } from '../../properties/world.ts';
import { conformance, durableConformance, transaction } from './suite.ts';

const plan = smartHome();
const LINES = fleetLines({ devices: 90, count: 400, seed: 5, malformedShare: 0 });
/** Three topics of four partitions. */
const CONTENTS = { sources: 12, records: LINES.length };

const memory = async () => {
  const broker = createMemoryBroker(framed(plan, LINES, [60]));
  const log = openMemoryLog(broker, { isDurable: true });
  return {
    log,
    visible: async () => broker.transactions.flatMap(({ quarantine }) => quarantine),
    complete: async () => {},
    successor: async () => openMemoryLog(broker, { isDurable: true }),
  };
};

const folder = t.testdir();
let runs = 0;

const file = async () => {
  const input = join(folder, 'in.ndjson');
  writeFileSync(input, Buffer.concat(LINES.flatMap((line) => [line, Buffer.from('\n')])));
  const dir = join(folder, `out-${runs++}`);
  const sink = createSink({ dir, format: 'ndjson', views: [] }, createContainer);
  const log = await openFileLog([input], plan, sink);
  const path = join(dir, 'quarantine.ndjson');
  return {
    log,
    visible: async () => (existsSync(dir) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : null),
    complete: async () => sink.complete([]),
    successor: null,
  };
};

t.test('memory', async (t) => {
  conformance(t, memory, CONTENTS);
  durableConformance(t, memory);
});

// Broken lines have a place of their own: the file.
t.test('file', async (t) => conformance(t, file, { ...CONTENTS, sources: CONTENTS.sources + 1 }));

t.test('file: nothing is visible before completion, and an abort leaves nothing', async (t) => {
  const subject = await file();
  await subject.log.append(transaction('secret'));
  t.equal(await subject.visible(), null);
  await subject.log.abort();
  t.equal(await subject.visible(), null);
});
