import { createHash } from 'node:crypto';
import { authorisedSchemaText, schemaText } from '../../encode/encode.ts';
import { TransportError } from '../../model/log.ts';
import type { Plan } from '../../model/plan.ts';
import type { ServiceConfig } from '../config/read.ts';
import { openAdmin } from '../log/kafka/admin.ts';
import type { ViewTopic } from '../log/kafka/messages.ts';
import type { TopicPartition } from '../log/kafka/reader.ts';
import { ownTopics } from '../log/kafka/settings.ts';
import { differenceOf, SETTINGS } from '../provision/diff.ts';
import { provisionInput } from '../provision/input.ts';
import { topicSpecs } from '../provision/specs.ts';
import type { Registry } from '../registry/client.ts';
import { authorisedName, registeredIds, viewSubjects } from '../registry/subjects.ts';

/**
 * Confluent schema id of a view's output schema when no registry gives one: 31 bits of the schema's own digest, so that the
 * same schema has the same id everywhere and another schema another one.
 */
export const outputSchemaId = (plan: Plan, view: Plan['views'][number]): number => idOf(schemaText(plan, view));

/** The same of what leaves of subjects who authorised a combined-use period. */
export const authorisedSchemaId = (plan: Plan, view: Plan['views'][number]): number => idOf(authorisedSchemaText(plan, view));

const idOf = (schema: string): number => createHash('sha256').update(schema).digest().readUInt32BE(0) >>> 1;

export interface Layout {
  readonly sources: readonly TopicPartition[];
  readonly views: readonly ViewTopic[];
}

/** With a registry, only what is registered: an id of our own could be another schema's there. */
const authorisedId = (plan: Plan, view: Plan['views'][number], ids: ReadonlyMap<string, number> | null) => {
  const id = ids === null ? authorisedSchemaId(plan, view) : ids.get(authorisedName(view.name));
  return id === undefined ? {} : { authorisedSchemaId: id };
};

const viewTopics = (plan: Plan, ids: ReadonlyMap<string, number> | null, partitionsOf: (view: string) => number): readonly ViewTopic[] =>
  plan.views.map((view) => ({
    view: view.name,
    schemaId: ids?.get(view.name) ?? outputSchemaId(plan, view),
    ...authorisedId(plan, view, ids),
    partitions: partitionsOf(view.name),
  }));

const partitionsIn =
  (found: readonly { readonly name: string; readonly partitions: number }[]) =>
  (name: string): number =>
    found.find((topic) => topic.name === name)?.partitions ?? 0;

/**
 * Looks at the topics before anything starts: each must be there and set up as `provision` does it, else windows would be cut
 * by the clocks of devices, or a restart would find its log gone. So must be the schemas of released records, where there is a
 * registry. Throws `TransportError` `misconfigured`.
 */
export const readLayout = async (service: ServiceConfig, plan: Plan, registry: Registry | null): Promise<Layout> => {
  const input = provisionInput(service, plan);
  const ids = registry === null ? null : await registeredIds(registry, viewSubjects(plan, input.topics));
  const specs = topicSpecs(input);
  const admin = await openAdmin(service.settings);
  try {
    const found = await admin.describe(
      specs.map(({ name }) => name),
      SETTINGS,
    );
    const { create, problems } = differenceOf(specs, found, [], []);
    const [missing] = create;
    if (missing !== undefined)
      throw new TransportError('misconfigured', `the topic ${missing.name} does not exist: unjoin provision makes it`, false);
    const [problem] = problems;
    if (problem !== undefined)
      throw new TransportError('misconfigured', `the topic ${problem.topic} needs ${problem.setting} ${problem.expected}`, false);
    const partitionsOf = partitionsIn(found);
    return {
      sources: Object.values(input.sources).flatMap((topic) =>
        Array.from({ length: partitionsOf(topic) }, (_, partition) => ({ topic, partition })),
      ),
      views: viewTopics(plan, ids, (view) => partitionsOf(input.topics.view(view))),
    };
  } finally {
    await admin.close();
  }
};

/**
 * The view topics of a plan that decided before and has windows to finish: the topics may be set up for a later one, but they
 * must be there. Throws `TransportError` `misconfigured`.
 */
export const readViewTopics = async (service: ServiceConfig, plan: Plan, registry: Registry | null): Promise<readonly ViewTopic[]> => {
  const topics = ownTopics(service.config.topics.prefix);
  const ids = registry === null ? null : await registeredIds(registry, viewSubjects(plan, topics));
  const names = plan.views.map(({ name }) => topics.view(name));
  const admin = await openAdmin(service.settings);
  try {
    const found = await admin.describe(names, SETTINGS);
    const missing = names.find((name) => !found.some((topic) => topic.name === name));
    if (missing !== undefined)
      throw new TransportError(
        'misconfigured',
        `the topic ${missing}, which windows of an earlier policy are still to be written to, is gone`,
        false,
      );
    return viewTopics(plan, ids, (view) => partitionsIn(found)(topics.view(view)));
  } finally {
    await admin.close();
  }
};
