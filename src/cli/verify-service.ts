import type { Plan } from '../model/plan.ts';
import type { ServiceConfig } from '../runtime/config/read.ts';
import { filesOf, openPlanStore, type PlanTexts } from '../runtime/plan-store.ts';
import { policyFiles } from '../runtime/policy-files.ts';
import { provisionInput } from '../runtime/provision/input.ts';
import { outputSchemaId, readLayout, readViewTopics } from '../runtime/service/options.ts';
import { policiesOf, readKafkaRun } from '../runtime/verify-kafka.ts';
import { formatReport, verifyRun } from '../verify/index.ts';
import type { Report } from '../verify/report.ts';
import { withBrokers } from './cluster.ts';
import { requireConfig } from './config.ts';
import { EXIT } from './exit.ts';
import type { Output } from './output.ts';

/** A policy that decided, as far as it is to be had. */
interface Decider {
  readonly digest: string;
  readonly plan: Plan | null;
  readonly texts: PlanTexts | null;
}

const decidersOf = (service: ServiceConfig, digests: readonly string[], own: Plan): readonly Decider[] => {
  const store = openPlanStore(service.plans);
  return digests.map((digest) =>
    digest === own.digest ? { digest, plan: own, texts: null } : { digest, plan: store.plan(digest), texts: store.texts(digest) },
  );
};

/** Schema ids under which other policies wrote a view, other than this one's. */
const otherIdsOf =
  (deciders: readonly Decider[], plan: Plan) =>
  (name: string): ReadonlySet<number> => {
    const idOf = (of: Plan | null): number[] =>
      (of?.views ?? []).filter((view) => view.name === name).map((view) => outputSchemaId(of as Plan, view));
    const [own] = idOf(plan);
    return new Set(deciders.flatMap((decider) => idOf(decider.plan)).filter((id) => id !== own));
  };

const check = async (
  service: ServiceConfig,
  keys: string | undefined,
  decider: Decider,
  all: readonly Decider[],
  text: string,
): Promise<Report> => {
  const plan = decider.plan as Plan;
  const { topics, tasks } = provisionInput(service, plan);
  const views = await readViewTopics(service, plan);
  const policies = all.map(({ digest }) => digest);
  const run = await readKafkaRun({
    plan,
    settings: service.settings,
    topics,
    tasks,
    viewPartitions: (view) => views.find((one) => one.view === view)?.partitions ?? 0,
    ...(all.length === 1 ? {} : { among: { policies, otherIds: otherIdsOf(all, plan) } }),
    keys: keys ?? service.keys,
  });
  return decider.texts === null
    ? verifyRun({ policyText: text, policyFile: service.policy, ...policyFiles(service.policy), ...run })
    : verifyRun({ policyText: decider.texts.policy, policyFile: `policy ${decider.digest}`, ...filesOf(decider.texts), ...run });
};

/**
 * Checks what a service has decided so far, from its topics: each policy that decided by itself. One that is not to be had any
 * more is said, and nothing passes for it.
 */
export const verifyService = async (file: string, keys: string | undefined, output: Output): Promise<void> => {
  const { service, plan, text } = requireConfig(file);
  await withBrokers(service.settings, () => readLayout(service, plan));
  const { topics, tasks } = provisionInput(service, plan);
  const digests = await policiesOf({ settings: service.settings, topics, tasks });
  const deciders = decidersOf(service, digests, plan);
  const reports: { readonly policy: string; readonly report: Report | null }[] = [];
  for (const decider of deciders) {
    if (deciders.length > 1 || decider.plan !== plan) output.say(`policy ${decider.digest}`);
    const report = decider.plan === null ? null : await check(service, keys, decider, deciders, text);
    if (report === null)
      output.say(`not checked: its texts are not in ${service.plans}; put them back there, from wherever the service ran`);
    else for (const line of formatReport(report)) output.say(line);
    reports.push({ policy: decider.digest, report });
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
