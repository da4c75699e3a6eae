import { TransportError } from '../model/log.ts';
import type { Plan } from '../model/plan.ts';
import type { ServiceConfig } from '../runtime/config/read.ts';
import type { OwnTopics } from '../runtime/log/kafka/settings.ts';
import { configuredRegistry } from '../runtime/registry/open.ts';
import { registerSubjects, type SubjectSurvey, surveySubjects, viewSubjects } from '../runtime/registry/subjects.ts';
import { CliError, EXIT } from './exit.ts';

/** The registry's part of provisioning, looked at and not done yet. */
export interface SubjectStep {
  readonly lines: readonly string[];
  /** Schemas that `apply` registers. */
  readonly missing: readonly string[];
  /** Registers what is missing; returns the ids by view. */
  apply(): Promise<Readonly<Record<string, number>>>;
}

const NONE: SubjectStep = { lines: [], missing: [], apply: async () => ({}) };

const linesOf = ({ register, keep }: SubjectSurvey): string[] => [
  ...register.map(({ subject }) => `register ${subject}`),
  ...keep.map(({ subject, id }) => `keep    ${subject}  id ${id}`),
];

const refuse = ({ refused }: SubjectSurvey): void => {
  const [first] = refused;
  if (first === undefined) return;
  throw new CliError(
    'schema-incompatible',
    EXIT.config,
    `a schema of ${first.view} that the compatibility of ${first.subject} lets follow its last one`,
    `set the compatibility of ${first.subject} to NONE, or give the view another name`,
  );
};

/** What `work` gives; a registry that is not there ends the command with 69. */
const reaching = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    const exit = { unreachable: EXIT.unavailable, denied: EXIT.denied }[error.code as string] ?? EXIT.config;
    throw new CliError('registry-unusable', exit, `a schema registry at schemas.registry.url (${error.message})`, 'unjoin doctor -c <file> says more');
  }
}; // biome-ignore format: long lines

/** Looks which schemas of released records are registered. Nothing is looked at where there is no registry. */
export const lookAtSubjects = ({ schemas }: ServiceConfig, plan: Plan, topics: OwnTopics): Promise<SubjectStep> =>
  reaching(async () => {
    const registry = configuredRegistry(schemas);
    if (registry === null) return NONE;
    const survey = await surveySubjects(registry, viewSubjects(plan, topics));
    refuse(survey);
    return {
      lines: linesOf(survey),
      missing: survey.register.map(({ subject }) => subject),
      apply: () => reaching(() => registerSubjects(registry, survey)),
    };
  });
