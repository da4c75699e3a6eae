import type { Reporter } from '../report.ts';
import { SCHEMA_PROBLEMS } from '../schema-error.ts';
import { type EventFacts, type Facts, listOf } from './facts.ts';

/** Events and the schemas that they name: finite, told apart by id, topic and `when`. */
export const schemaLaws = ({ events }: Facts, reporter: Reporter): void => {
  const ids = new Map<unknown, string>();
  const claims = new Map<string, string>();
  for (const facts of events) {
    checkSchemas(facts, ids, reporter);
    checkClaims(facts, claims, reporter);
    if (facts.name !== 'log') continue;
    reporter.report(
      'event-later',
      ['events', facts.name],
      'events of logs (2.2.3) cannot be read yet',
      'take the event and its views out of the policy',
    );
  }
};

const checkSchemas = ({ name, schemas }: EventFacts, ids: Map<unknown, string>, reporter: Reporter): void => {
  const at = ['events', name, 'schema'];
  for (const [index, { file, id, problem }] of schemas.entries()) {
    const place = schemas.length > 1 ? [...at, index] : at;
    if (problem !== null) {
      const where = problem.path === '' ? '' : ` at \`${problem.path}\``;
      reporter.report('schema-unsupported', place, `${SCHEMA_PROBLEMS[problem.code]}${where}`, `change the schema \`${file}\``, 'value');
    }
    if (id === undefined) continue;
    const owner = ids.get(id);
    if (owner !== undefined && owner !== file) {
      reporter.report(
        'schema-id-doubled',
        place,
        `\`${file}\` has the schema id of \`${owner}\``,
        'give each schema its own `schemaId`',
        'value',
      );
    }
    ids.set(id, file);
  }
};

const checkClaims = ({ name, event }: EventFacts, claims: Map<string, string>, reporter: Reporter): void => {
  const claim = (key: string, what: string, path: readonly (string | number)[]): void => {
    const owner = claims.get(key);
    if (owner !== undefined && owner !== name) {
      reporter.report(
        'event-ambiguous',
        path,
        `${what} belongs to the event \`${owner}\` already`,
        'take it from one of the two events',
        'value',
      );
    }
    claims.set(key, name);
  };
  for (const [index, topic] of (event.topics ?? []).entries()) claim(`topic ${topic}`, 'this topic', ['events', name, 'topics', index]);
  const { when } = event;
  if (when === undefined) return;
  for (const [index, value] of listOf(when.equals).entries()) {
    const place = ['events', name, 'when', 'equals'];
    claim(`when ${when.field} ${value}`, 'a bare record like this', Array.isArray(when.equals) ? [...place, index] : place);
  }
};
