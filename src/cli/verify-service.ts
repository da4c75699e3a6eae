import type { Plan } from '../model/plan.ts';
import type { ServiceConfig } from '../runtime/config/read.ts';
import type { ViewTopic } from '../runtime/log/kafka/log.ts';
import { filesOf, openPlanStore, type PlanTexts } from '../runtime/plan-store.ts';
import { provisionInput } from '../runtime/provision/input.ts';
import type { Registry } from '../runtime/registry/client.ts';
import { configuredRegistry } from '../runtime/registry/open.ts';
import { readLayout, readViewTopics } from '../runtime/service/options.ts';
import { withTopics } from '../runtime/service/topics.ts';
import { filesFor, trueDatasets } from '../runtime/verify-datasets.ts';
import { policiesOf, readKafkaRun } from '../runtime/verify-kafka.ts';
import { formatReport, verifyRun } from '../verify/index.ts';
import type { Report } from '../verify/report.ts';
import { withBrokers } from './cluster.ts';
import { requireConfig } from './config.ts';
import { EXIT } from './exit.ts';
import type { Output } from './output.ts';
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
    const idsOf = (of: Found['views']): number[] =>
      of.flatMap(({ view, schemaId, authorisedSchemaId }) =>
        view === name ? [schemaId, ...(authorisedSchemaId === undefined ? [] : [authorisedSchemaId])] : [],
      );
    const own = idsOf(views);
    return new Set(
      all
        .filter(isFound)
        .flatMap((other) => idsOf(other.views))
        .filter((id) => !own.includes(id)),
    );
  };

const check = async ({ service, registry, keys, trueData }: Shared, decider: Found, all: readonly Decider[]): Promise<Report> => {
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
  return verifyRun({ ...policy, ...filesOf(texts), ...run, datasets });
};

interface ServiceFlags {
  readonly keys?: string;
  readonly dataset?: ReadonlyMap<string, string>;
}

/**
 * Checks what a service has decided so far, from its topics: each policy that decided by itself. One that is not to be had any
 * more is said, and nothing passes for it.
 */
export const verifyService = async (file: string, { keys, dataset = new Map() }: ServiceFlags, output: Output): Promise<void> => {
  const { service, ...own } = requireConfig(file);
  const { plan } = own;
  const trueData = { files: dataset, policyText: own.texts.policy };
  // A name that is not there is told before anything is read.
  trueDatasets(trueData.policyText, trueData.files);
  await withBrokers(service.settings, () => readLayout(service, plan, null));
  const { topics, tasks } = provisionInput(service, plan);
  const registry = configuredRegistry(service.schemas);
  const shared: Shared = { service, registry, keys, trueData };
  const reports: { readonly policy: string; readonly report: Report | null }[] = [];
  try {
    const digests = await policiesOf({ settings: service.settings, topics, tasks });
    const deciders = await decidersOf(shared, digests, own);
    for (const decider of deciders) {
      if (deciders.length > 1 || decider.digest !== plan.digest) output.say(`policy ${decider.digest}`);
      const report = isFound(decider) ? await check(shared, decider, deciders) : null;
      if (report === null)
        output.say(`not checked: its texts are not in ${service.plans}; put them back there, from wherever the service ran`);
      else for (const line of formatReport(report)) output.say(line);
      reports.push({ policy: decider.digest, report });
    }
  } finally {
    registry?.close();
  }
  const isOk = reports.every(({ report }) => report?.ok === true);
  output.say(isOk ? 'pass' : 'fail');
  const [only] = reports;
  if (reports.length === 1 && only?.report != null) output.document(only.report);
  else
    output.document({
      findings: reports.find(({ policy }) => policy === plan.digest)?.report?.findings ?? [],
      ok: isOk,
      policies: reports.map(({ policy, report }) => ({ policy, checked: report !== null, ...(report ?? {}) })),
    });
  if (!isOk) process.exitCode = EXIT.failed;
};
