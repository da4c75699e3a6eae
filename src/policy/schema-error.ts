/** Why an Avro schema has no finite list of paths. */
export const SCHEMA_PROBLEMS = {
  'not-a-record': 'an event is a record at the top',
  'unknown-type': 'a type is neither one of Avro nor defined before it is used',
  recursive: 'a type contains itself, so that its paths never end',
  'bad-name': 'a field has no name, or one with a dot, brackets or control characters',
  'doubled-name': 'two fields of one record have the same name, or two types do',
  'too-large': 'named types make more paths than any event has',
} as const;

export type SchemaProblem = keyof typeof SCHEMA_PROBLEMS;

/** A schema (not data) cannot be used; `path` is where, as far as it was walked. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';
  readonly code: SchemaProblem;
  readonly path: string;
  constructor(code: SchemaProblem, path: string) {
    super(SCHEMA_PROBLEMS[code]);
    this.code = code;
    this.path = path;
  }
}
