import { TransportError } from '../../model/log.ts';
import type { SchemaPlace } from '../config/read.ts';
import { openRegistry, type Registry, type Told } from './client.ts';
import type { Failure } from './http.ts';

/** The registry of a configuration; null where schema ids come from a folder. */
export const configuredRegistry = (schemas: SchemaPlace): Registry | null => (schemas.kind === 'registry' ? openRegistry(schemas) : null);

/** What a failure is to whoever cannot go on without the answer. */
const ERRORS: Readonly<Record<Failure, ConstructorParameters<typeof TransportError>>> = {
  silent: ['unreachable', 'the schema registry does not answer', true],
  slow: ['unreachable', 'the schema registry does not answer in time', true],
  failing: ['unreachable', 'the schema registry says that it cannot answer', true],
  denied: ['denied', 'the schema registry refuses our login', false],
  untrusted: ['misconfigured', 'the certificate of the schema registry is of another authority or host', false],
  redirected: ['misconfigured', 'the schema registry sends us elsewhere: name that address', false],
  garbage: ['misconfigured', 'what answers at schemas.registry.url is no schema registry', false],
  oversized: ['misconfigured', 'what answers at schemas.registry.url is no schema registry', false],
};

/** What a registry told. Throws `TransportError` when it told nothing. */
export const toldBy = <T>(told: Told<T>): T => {
  if (told.failure !== null) throw new TransportError(...ERRORS[told.failure]);
  return told.value;
};
