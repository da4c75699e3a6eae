import type { DatasetRecallRecord } from '../control/shape.ts';
import type { PeriodState } from '../control/state.ts';
import type { LoadedIndex } from '../runtime/dataset/load.ts';
import type { KafkaSettings } from '../runtime/log/kafka/settings.ts';
import { openPlanStore } from '../runtime/plan-store.ts';
import { type KeptPlan, readableBy, readDeciders } from '../runtime/provision/deciders.ts';
import { type GuardedTopic, guardedTopics } from '../runtime/provision/guarded-outputs.ts';
import { type ProvisionInput, provisionInput } from '../runtime/provision/input.ts';
import { createDatasetRecheck, type DatasetRecheck } from '../runtime/provision/recheck-dataset.ts';
import { settingsFor, withBrokers } from './cluster.ts';
import { requireConfig } from './config.ts';
import { withCluster } from './period-state.ts';
import { type Recalled, type RecallFlags, readTopic } from './recalling.ts';

export type DatasetRecalls = readonly Recalled<DatasetRecallRecord>[];

/** What an output shows of every window, as the index finds it. */
interface Looked {
  readonly of: GuardedTopic;
  readonly found: DatasetRecheck;
}

/** Everything that left to these topics and is there; those that do not exist yet, or were deleted, nobody reads. */
const lookAt = async (flags: RecallFlags, settings: KafkaSettings, topics: readonly GuardedTopic[]): Promise<Looked[]> => {
  const names = topics.map(({ topic }) => topic);
  const there = new Map((await withCluster(flags, (admin) => admin.describe(names, []))).map(({ name, partitions }) => [name, partitions]));
  const looked: Looked[] = [];
  for (const of of topics) {
    const found = createDatasetRecheck(of);
    await readTopic(settings, of.topic, there.get(of.topic) ?? 0, found.take);
    if (found.count > 0) looked.push({ of, found });
  }
  return looked;
};

const auditTexts = async function* (settings: KafkaSettings, topic: string, tasks: number): AsyncGenerator<string> {
  const { readToEnd } = await import('../runtime/log/kafka/whole.ts');
  for (let partition = 0; partition < tasks; partition++)
    for await (const { value } of readToEnd(settings, { topic, partition }, 'earliest')) if (value !== null) yield value.toString('utf8');
};

const keptIn = (dir: string): ((digest: string) => KeptPlan | null) => {
  const store = openPlanStore(dir);
  return (digest) => {
    const [plan, texts] = [store.plan(digest), store.texts(digest)];
    return plan === null || texts === null ? null : { plan, texts };
  };
};

const recallsOf = (index: LoadedIndex, { of, found }: Looked, isReadable: (windowEndMs: number) => boolean): DatasetRecalls => {
  const { header, digest } = index.stored;
  const { view, topic, output } = of;
  return [...found.before(isReadable)].map(([partition, before]) => ({
    topic,
    record: { kind: 'recall', dataset: header.name, digest, view: view.name, output, partition, before },
  }));
};

/** What consumers of a service can read, held to an index: what must not stay readable beside it. */
export const recheckOutputs = (flags: RecallFlags, index: LoadedIndex, periods: Iterable<PeriodState>): Promise<DatasetRecalls> => {
  const { service, plan, texts } = requireConfig(flags.config as string);
  const settings = settingsFor(service.settings, flags);
  const { topics, tasks }: ProvisionInput = provisionInput(service, plan);
  return withBrokers(settings, async () => {
    const looked = await lookAt(flags, settings, guardedTopics(plan, topics, index.texts, periods));
    if (looked.length === 0) return [];
    // After the outputs: whatever left has its audit line by then.
    const deciders = await readDeciders(auditTexts(settings, topics.audit, tasks));
    const isReadable = readableBy({ plan, texts }, deciders, keptIn(service.plans));
    return looked.flatMap((one) => recallsOf(index, one, (windowEndMs) => isReadable(one.of.view.name, windowEndMs)));
  });
};
