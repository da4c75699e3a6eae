import { authorisedSchemaText, schemaText } from '../../src/encode/encode.ts';
import { manifest } from '../../src/encode/manifest.ts';
import type { Plan, ViewPlan } from '../../src/model/plan.ts';
import type { MemoryBroker } from '../../src/runtime/log/memory.ts';
import type { KafkaRecord, RunOutputs } from '../../src/verify/inputs.ts';
import type { MemoryRun } from '../properties/world.ts';

/** The source records of a task's log in memory, as the checker reads them from Kafka. */
export const recordsOf = ({ batches: own }: MemoryBroker): KafkaRecord[] =>
  own.flat().flatMap((batch) =>
    Array.from({ length: batch.count }, (_, i): KafkaRecord => {
      const start = batch.valueStart[i];
      const length = batch.valueLength[i];
      return {
        kind: 'record',
        topic: batch.topic,
        partition: batch.partition,
        offset: batch.offset[i],
        appendMs: batch.appendMs[i],
        key: null,
        headers: [],
        value: length < 0 ? null : batch.bytes.subarray(start, start + length),
        bytes: batch.bytes.subarray(batch.recordStart[i], batch.recordStart[i] + batch.recordLength[i]),
      };
    }),
  );

/** The lines that a task's transactions wrote, in order. */
export const linesOf = (broker: MemoryBroker, what: 'lineage' | 'audit' | 'quarantine'): string[] =>
  broker.transactions.flatMap((transaction) => transaction[what]);

/** What a run in memory left, as the checker reads a folder. */
export const outputsOf = (plan: Plan, run: MemoryRun): RunOutputs => {
  const all = (name: 'lineage' | 'audit' | 'quarantine'): string[] => run.transactions.flatMap((transaction) => transaction[name]);
  const viewOf = (name: string): ViewPlan => plan.views.find((view) => view.name === name) as ViewPlan;
  return {
    view(name, period = undefined, isAuthorised = false) {
      const own = run.transactions
        .flatMap(({ outputs }) => outputs)
        .filter((one) => one.view === name && one.period === (period ?? null) && one.isAuthorised === isAuthorised);
      return period !== undefined && own.length === 0 ? null : { kind: 'ndjson', lines: own.flatMap(({ json }) => json) };
    },
    avsc: (name) => schemaText(plan, viewOf(name)),
    authorisedAvsc: (name) => authorisedSchemaText(plan, viewOf(name)),
    manifest: (name) => JSON.stringify(manifest(plan, viewOf(name))),
    lineage: () => all('lineage'),
    audit: () => all('audit'),
    quarantine: () => all('quarantine'),
    summary: () => JSON.stringify(run.summary),
    names: () => [],
    others: () => [],
  };
};
