import { readingForm } from '../../decode/avro-canonical.ts';
import { authorisedSchemaText, schemaText } from '../../encode/encode.ts';
import { TransportError } from '../../model/log.ts';
import type { Plan } from '../../model/plan.ts';
import type { OwnTopics } from '../log/kafka/settings.ts';
import type { Found, Registry } from './client.ts';
import { toldBy } from './open.ts';

/** A schema under a subject. */
export interface Subject {
  readonly subject: string;
  readonly schema: string;
}

/** Subject of the values of a topic (Confluent's `TopicNameStrategy`). */
export const subjectOf = (topic: string): string => `${topic}-value`;

export interface ViewSubject extends Subject {
  readonly view: string;
}

/** What the schema of what leaves of subjects who authorised a period goes by, beside that of its view. */
export const authorisedName = (view: string): string => `${view}, authorised`;

/**
 * Where the schemas of released records stand. Where somebody may announce combined-use periods, those of authorised outputs, too: of a
 * view there is one for all periods, as topics come and go with these.
 */
export const viewSubjects = (plan: Plan, topics: OwnTopics): ViewSubject[] => {
  const hasPeriods = plan.signers.some(({ may }) => may.includes('period'));
  return plan.views.flatMap((view) => {
    const topic = topics.view(view.name);
    const own = { view: view.name, subject: subjectOf(topic), schema: schemaText(plan, view) };
    const authorised = {
      view: authorisedName(view.name),
      subject: subjectOf(`${topic}.authorised`),
      schema: authorisedSchemaText(plan, view),
    };
    return hasPeriods ? [own, authorised] : [own];
  });
};

/** Whether what a registry found is read like a schema, which is given as text or parsed. */
export const isSame = (found: Found, schema: unknown): boolean => {
  if (found.kind !== 'avro') return false;
  try {
    const own = typeof schema === 'string' ? JSON.parse(schema) : schema;
    return readingForm(JSON.parse(found.text)) === readingForm(own);
  } catch {
    // Whatever was thrown may quote the schema.
    return false;
  }
};

/** What a registry has of some subjects against what it should have. */
export interface SubjectSurvey {
  readonly register: readonly ViewSubject[];
  readonly keep: readonly (ViewSubject & { readonly id: number })[];
  /** Schemas that the subject's own compatibility does not let follow those that it has. */
  readonly refused: readonly ViewSubject[];
}

/** Looks, and changes nothing. Throws `TransportError` when the registry does not answer. */
export const surveySubjects = async (registry: Registry, subjects: readonly ViewSubject[]): Promise<SubjectSurvey> => {
  const register: ViewSubject[] = [];
  const keep: (ViewSubject & { id: number })[] = [];
  const refused: ViewSubject[] = [];
  for (const one of subjects) {
    const found = toldBy(await registry.lookUp(one.subject, one.schema));
    if (found !== null) keep.push({ ...one, id: found.id });
    else (toldBy(await registry.isCompatible(one.subject, one.schema)) ? register : refused).push(one);
  }
  return { register, keep, refused };
};

/** Registers what a survey found missing; returns the ids by view. Throws `TransportError` when the registry refuses. */
export const registerSubjects = async (registry: Registry, survey: SubjectSurvey): Promise<Record<string, number>> => {
  const ids = Object.fromEntries(survey.keep.map(({ view, id }) => [view, id]));
  for (const { view, subject, schema } of survey.register) {
    const id = toldBy(await registry.register(subject, schema));
    if (id === null) throw new TransportError('misconfigured', `the schema registry refuses the schema of ${subject}`, false);
    ids[view] = id;
  }
  return ids;
};

/**
 * Ids of the schemas of released records, by view. Throws `TransportError` `misconfigured` when one is not registered, or when its
 * id stands for another schema: consumers would read every record wrongly.
 */
export const registeredIds = async (registry: Registry, subjects: readonly ViewSubject[]): Promise<Map<string, number>> => {
  const ids = new Map<string, number>();
  for (const { view, subject, schema } of subjects) {
    const found = toldBy(await registry.lookUp(subject, schema));
    if (found === null)
      throw new TransportError('misconfigured', `no schema of ${view} under the subject ${subject}: unjoin provision registers it`, false);
    if (!isSame(toldBy(await registry.schema(found.id)), schema))
      throw new TransportError('misconfigured', `the id of the schema under ${subject} stands for another one`, false);
    ids.set(view, found.id);
  }
  return ids;
};
