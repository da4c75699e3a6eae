import { dirname } from 'node:path';
import type { TextIndex } from '../control/dataset/texts.ts';
import type { Named } from '../control/fold.ts';
import type { DatasetRecallRecord } from '../control/shape.ts';
import type { PeriodState } from '../control/state.ts';
import type { DatasetPlan } from '../model/dataset.ts';
import { DatasetError } from '../model/dataset-error.ts';
import type { Plan, ViewPlan } from '../model/plan.ts';
import type { LoadedIndex } from '../runtime/dataset/load.ts';
import { createShelf } from '../runtime/dataset/shelf.ts';
import type { KafkaSettings } from '../runtime/log/kafka/settings.ts';
import { openPlanStore } from '../runtime/plan-store.ts';
import { guardedBy, type KeptPlan, readableBy, readDeciders } from '../runtime/provision/deciders.ts';
import { type GuardedTopic, guardedTopics } from '../runtime/provision/guarded-outputs.ts';
import { type ProvisionInput, provisionInput } from '../runtime/provision/input.ts';
import { createDatasetRecheck, type DatasetRecheck, type Told } from '../runtime/provision/recheck-dataset.ts';
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

const recallsOf = (index: LoadedIndex, { of, found }: Looked, told: Told): DatasetRecalls => {
  const { header, digest } = index.stored;
  const { view, topic, output } = of;
  return [...found.before(told)].map(([partition, before]) => ({
    topic,
    record: { kind: 'recall', dataset: header.name, digest, view: view.name, output, partition, before },
  }));
};

/** An index that is to be in force, and what the control log says of the windows before it. */
export interface Candidate {
  readonly index: LoadedIndex;
  readonly dataset: DatasetPlan;
  readonly keys: string;
  readonly named: Named;
  readonly periods: readonly PeriodState[];
}

/** The indexes of windows of a view, by what they say of texts; those of the folder that cannot be opened nobody has. */
const textsBy = (plan: Plan, { index, dataset, keys, named }: Candidate): ((view: ViewPlan, windowEndMs: number) => TextIndex | null) => {
  const shelf = createShelf({ index: dirname(index.stored.path), keys });
  return (view, windowEndMs) => {
    const before = named(dataset, windowEndMs);
    if (before === null || before.isLost) return null;
    const found = before.digest === index.stored.digest ? index : shelf.get(plan, dataset, before.digest);
    return found instanceof DatasetError ? null : (found.texts.find((one) => one.view === view.index) ?? null);
  };
};

/** What consumers of a service can read, held to an index: what must not stay readable beside it. */
export const recheckOutputs = (flags: RecallFlags, candidate: Candidate): Promise<DatasetRecalls> => {
  const { index, dataset, periods } = candidate;
  const { service, plan, texts } = requireConfig(flags.config as string);
  const settings = settingsFor(service.settings, flags);
  const { topics, tasks }: ProvisionInput = provisionInput(service, plan);
  return withBrokers(settings, async () => {
    const looked = await lookAt(flags, settings, guardedTopics(plan, topics, index.texts, periods));
    if (looked.length === 0) return [];
    // After the outputs: whatever left has its audit line by then.
    const deciders = await readDeciders(auditTexts(settings, topics.audit, tasks));
    const [own, kept] = [{ plan, texts }, keptIn(service.plans)];
    const isReadable = readableBy(own, deciders, kept);
    const isGuarded = guardedBy(own, deciders, kept, dataset);
    const textsOf = textsBy(plan, candidate);
    const toldOf = ({ of: { view, output } }: Looked): Told => ({
      isReadable: (windowEndMs) => isReadable(view.name, windowEndMs),
      // In a period the k of several may have held.
      decidedBy: (windowEndMs) => (output === null && isGuarded(view.name, windowEndMs) ? textsOf(view, windowEndMs) : null),
    });
    return looked.flatMap((one) => recallsOf(index, one, toldOf(one)));
  });
};
