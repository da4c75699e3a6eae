import type { Plan } from '../model/plan.ts';
import type { ServiceConfig } from '../runtime/config/read.ts';
import type { ViewTopic } from '../runtime/log/kafka/messages.ts';
import { filesOf, openPlanStore, type PlanTexts } from '../runtime/plan-store.ts';
import { sideOf } from '../runtime/policy-side.ts';
import { provisionInput } from '../runtime/provision/input.ts';
import type { Registry } from '../runtime/registry/client.ts';
import { configuredRegistry } from '../runtime/registry/open.ts';
import { readLayout, readViewTopics } from '../runtime/service/options.ts';
import { withTopics } from '../runtime/service/topics.ts';
import { basesOf, filesFor, trueDatasets } from '../runtime/verify-datasets.ts';
import { policiesOf, readKafkaRun, readPassages } from '../runtime/verify-kafka.ts';
import { type PassageFinding, type Report, verifyPassages, verifyRun } from '../verify/index.ts';
import type { KeptPolicy, VerifyInputs } from '../verify/inputs.ts';
import { withBrokers } from './cluster.ts';
import { requireConfig } from './config.ts';
import type { LoadedPlan } from './policy.ts';

/** A policy that decided, as far as it is to be had. */
type Decider = { readonly digest: string } & (
  | { readonly plan: Plan; readonly texts: PlanTexts; readonly views: readonly ViewTopic[] }
  | { readonly plan: null }
);

type Found = Extract<Decider, { readonly texts: PlanTexts }>;

/** What all checks of a service share. */
interface Shared {
  readonly service: ServiceConfig;
  readonly registry: Registry | null;
  /** Folder of the keys, where it is not that of the configuration. */
  readonly keys: string | undefined;
  /** Files of true data by the names of their datasets, and the policy by whose columns they are. */
  readonly trueData: { readonly files: ReadonlyMap<string, string>; readonly policyText: string };
}

const decidersOf = async ({ service, registry }: Shared, digests: readonly string[], own: LoadedPlan): Promise<readonly Decider[]> => {
  const store = openPlanStore(service.plans);
  const deciders: Decider[] = [];
  for (const digest of digests) {
    const plan = digest === own.plan.digest ? own.plan : store.plan(digest);
    const texts = digest === own.plan.digest ? own.texts : store.texts(digest);
    const here = plan === null ? null : withTopics(plan, service.config.topics.sources);
    // Ids of outputs matter only where several plans wrote to one topic.
    const asked = digests.length > 1 ? registry : null;
    if (here === null || texts === null) deciders.push({ digest, plan: null });
    else deciders.push({ digest, plan: here, texts, views: await readViewTopics(service, here, asked) });
  }
  return deciders;
};

const isFound = (decider: Decider): decider is Found => decider.plan !== null;

/** Schema ids under which other policies wrote a view, other than this one's. */
const otherIdsOf =
  (all: readonly Decider[], { views }: Found) =>
  (name: string): ReadonlySet<number> => {
    const idsOf = (of: Found['views']): readonly number[] =>
      of.flatMap(({ view, schemaId, authorisedSchemaId = schemaId }) => (view === name ? [schemaId, authorisedSchemaId] : []));
    const own = idsOf(views);
    return new Set(
      all
        .filter(isFound)
        .flatMap((other) => idsOf(other.views))
        .filter((id) => !own.includes(id)),
    );
  };

const inputsOf = async ({ service, registry, keys, trueData }: Shared, decider: Found, all: readonly Decider[]): Promise<VerifyInputs> => {
  const { plan, texts, views, digest } = decider;
  const { topics, tasks } = provisionInput(service, plan);
  const run = await readKafkaRun({
    plan,
    settings: service.settings,
    topics,
    tasks,
    viewPartitions: (name) => views.find(({ view }) => view === name)?.partitions ?? 0,
    ...(all.length === 1 ? {} : { among: { policies: all.map((one) => one.digest), otherIds: otherIdsOf(all, decider) } }),
    objectiveMs: service.config.delayObjectiveMs,
    registry,
    keys: keys ?? service.keys,
  });
  const policy = { policyText: texts.policy, policyFile: `policy ${digest}`, topics: service.config.topics.sources };
  const datasets = trueDatasets(texts.policy, filesFor(texts.policy, trueData.policyText, trueData.files));
  return { ...policy, ...filesOf(texts), ...run, datasets, bases: basesOf(plan) };
};

export interface ServiceFlags {
  readonly keys?: string;
  readonly dataset?: ReadonlyMap<string, string>;
}

/** A policy that decided, and what the checker says of what it decided. */
export interface Checked {
  readonly digest: string;
  /** Null: its texts are not to be had any more, so that nothing of it is checked. */
  readonly of: { readonly plan: Plan; readonly report: Report } | null;
  /** Whether it is the configuration's; and whether no other one decided. */
  readonly isOwn: boolean;
  readonly isAlone: boolean;
  /** Where its texts should be. */
  readonly plans: string;
  /** How the policies followed one another; nothing where one decided alone. */
  readonly passages: () => Promise<readonly PassageFinding[]>;
}

/** Policies by digest, as far as their texts are to be had. */
const keptOf = (deciders: readonly Decider[]): ReadonlyMap<string, KeptPolicy> =>
  new Map(
    deciders.filter(isFound).flatMap(({ digest, texts }): [string, KeptPolicy][] => {
      const side = sideOf(texts);
      return side === null ? [] : [[digest, { text: texts.policy, side, ...filesOf(texts) }]];
    }),
  );

/** Checks what a service has decided so far, from its topics: each policy that decided by itself. `observe` sees what one decided. */
export async function* checkService(
  file: string,
  { keys, dataset = new Map() }: ServiceFlags,
  observe: (plan: Plan) => VerifyInputs['observe'] = () => undefined,
): AsyncGenerator<Checked> {
  const { service, ...own } = requireConfig(file);
  const { plan } = own;
  const trueData = { files: dataset, policyText: own.texts.policy };
  // A name that is not there is told before anything is read.
  trueDatasets(trueData.policyText, trueData.files);
  await withBrokers(service.settings, () => readLayout(service, plan, null));
  const { topics, tasks } = provisionInput(service, plan);
  const registry = configuredRegistry(service.schemas);
  const shared: Shared = { service, registry, keys, trueData };
  try {
    const run = { settings: service.settings, topics, tasks };
    const deciders = await decidersOf(shared, await policiesOf(run), own);
    const passages = async (): Promise<readonly PassageFinding[]> =>
      deciders.length === 1 ? [] : verifyPassages(await readPassages(run, keptOf(deciders)));
    for (const decider of deciders) {
      const { digest } = decider;
      const [isOwn, isAlone] = [digest === plan.digest, deciders.length === 1];
      const report = isFound(decider)
        ? await verifyRun({ ...(await inputsOf(shared, decider, deciders)), observe: observe(decider.plan) })
        : null;
      yield {
        digest,
        of: isFound(decider) && report !== null ? { plan: decider.plan, report } : null,
        isOwn,
        isAlone,
        plans: service.plans,
        passages,
      };
    }
  } finally {
    registry?.close();
  }
}
