import type { ServiceConfig } from '../runtime/config/read.ts';
import { configuredRegistry, toldBy } from '../runtime/registry/open.ts';
import { subjectOf } from '../runtime/registry/subjects.ts';
import { CliError, EXIT } from './exit.ts';

/**
 * Schemas of a simulated fleet as its gateways know them: with the ids that the registry gives them when they register, where there
 * is one. Throws `TransportError` when it does not answer.
 */
export const gatewaySchemas = async <E extends string>(
  { schemas, config }: ServiceConfig,
  given: Readonly<Record<E, unknown>>,
): Promise<Readonly<Record<E, unknown>>> => {
  const registry = configuredRegistry(schemas);
  if (registry === null) return given;
  const registered: Record<E, unknown> = { ...given };
  for (const [event, schema] of Object.entries(given) as [E, unknown][]) {
    const topic = config.topics.sources[event];
    if (topic === undefined) continue;
    const subject = subjectOf(topic);
    const id = toldBy(await registry.register(subject, JSON.stringify(schema)));
    if (id === null)
      throw new CliError('schema-incompatible', EXIT.config, `a schema of ${event} that ${subject} takes`, 'look at the subject');
    registered[event] = { ...(schema as object), schemaId: id };
  }
  return registered;
};
