import type { EventPlan, Plan } from '../../model/plan.ts';
import type { OwnTopics } from '../log/kafka/settings.ts';
import type { Registry } from '../registry/client.ts';
import type { Failure } from '../registry/http.ts';
import { isSame, subjectOf, viewSubjects } from '../registry/subjects.ts';
import { type Check, fail, ok, warn } from './check.ts';

const FAILED: Readonly<Record<Failure, readonly [told: string, next: string, exit: Check['exit']]>> = {
  silent: ['does not answer', 'start it, or correct schemas.registry.url', 69],
  slow: ['does not answer in time', 'look after it, or raise schemas.registry.timeoutMs', 69],
  failing: ['says that it cannot answer', 'look after it', 69],
  denied: ['refuses our login', 'check schemas.registry.username and the password file', 77],
  untrusted: ['has a certificate of another authority or host', 'name its authority as schemas.registry.caFile, and its host', 78],
  redirected: ['sends us elsewhere, and its login with us', 'name that address as schemas.registry.url', 78],
  garbage: ['is something else than a schema registry', 'name the base of its API: Apicurio has it at /apis/ccompat/v7', 78],
  oversized: ['is something else than a schema registry', 'name the base of its API as schemas.registry.url', 78],
};

const failed = (failure: Failure): Check => {
  const [told, next, exit] = FAILED[failure];
  return fail('registry', `it ${told}`, next, exit);
};

/** The last schema of a source's subject: gateways need not name theirs so, but those that do must not be quarantined. */
const sourceCheck = async (registry: Registry, { schemas }: EventPlan, topic: string): Promise<Check> => {
  const subject = subjectOf(topic);
  const latest = await registry.latest(subject);
  if (latest.failure !== null) return failed(latest.failure);
  if (latest.value.kind === 'missing')
    return warn('schema', `${subject} has none`, 'nothing, if gateways send JSON or register elsewhere; else let them register theirs');
  if (schemas.some(({ json }) => isSame(latest.value, json))) return ok('schema', `the last of ${subject} is one of the policy`);
  return warn('schema', `the last of ${subject} is none of the policy: its records are quarantined`, 'add it to the policy');
};

const viewCheck = async (
  registry: Registry,
  { subject, schema }: { readonly subject: string; readonly schema: string },
): Promise<Check> => {
  const found = await registry.lookUp(subject, schema);
  if (found.failure !== null) return failed(found.failure);
  return found.value === null
    ? fail('schema', `${subject} lacks the schema of released records`, 'unjoin provision -c <file> --dry-run', 78)
    : ok('schema', `${subject} has id ${found.value.id}`);
};

/** Whether a registry answers, and has what the service needs. Changes nothing, never throws. */
export const registryChecks = async (
  registry: Registry,
  plan: Plan,
  topics: OwnTopics,
  sources: Readonly<Record<string, string>>,
): Promise<Check[]> => {
  const reached = await registry.reach();
  if (reached.failure !== null) return [failed(reached.failure)];
  const checks = [ok('registry', 'it answers')];
  for (const event of plan.events)
    if (Object.hasOwn(sources, event.name)) checks.push(await sourceCheck(registry, event, sources[event.name]));
  for (const subject of viewSubjects(plan, topics)) checks.push(await viewCheck(registry, subject));
  return checks;
};
