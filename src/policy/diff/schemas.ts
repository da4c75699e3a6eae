import { leaves, SchemaError } from '../fields.ts';
import type { PolicyPath } from '../report.ts';
import type { PolicyEvent } from '../shape.ts';
import { type Differ, membersOf, quoted, restated } from './differ.ts';
import { isMap, isReordered, isSame } from './leaves.ts';
import { namesOf } from './side.ts';

/** Schemas that an event is read by: which files, and what the files say. */
export const schemaChanges = (differ: Differ, at: PolicyPath, a: PolicyEvent, b: PolicyEvent): void => {
  const [from, to] = [namesOf(a.schema), namesOf(b.schema)];
  if (isSame(from, to)) restated(differ, at, a.schema, b.schema);
  if (isReordered(from, to)) differ.tell('reading-changed', at, 'schemas are tried in another order: the first that fits a record counts');
  const { added, removed } = membersOf(from, to) ?? { added: [], removed: [] };
  if (added.length > 0) differ.tell('schema-added', at, `records of ${quoted(added)} are read, too`);
  if (removed.length > 0) differ.tell('schema-removed', at, `records of ${quoted(removed)} are not read any more`);
  for (const file of to.filter((name) => from.includes(name))) compareFile(differ, at, file);
};

/** Comments in a schema say nothing to a reader of records. */
const withoutDocs = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(withoutDocs);
  if (!isMap(schema)) return schema;
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key, value]) => key !== 'doc' || typeof value !== 'string')
      .map(([key, value]) => [key, withoutDocs(value)]),
  );
};

const compareFile = (differ: Differ, at: PolicyPath, file: string) => {
  const { before, after, tell, judged } = differ;
  if (before.texts.get(file) === after.texts.get(file)) return;
  const [a, b] = [before.schemas.get(file), after.schemas.get(file)];
  judged(file);
  if (a !== undefined && b !== undefined && isSame(withoutDocs(a), withoutDocs(b)))
    return tell('restated', at, `\`${file}\` says what it said`);
  tell('schema-changed', at, `\`${file}\` says something else${leafWords(a, b)}: what is read as a field may be something else`);
};

/** Which fields came and went. */
const leafWords = (a: unknown, b: unknown): string => {
  try {
    const [from, to] = [a, b].map((schema) => leaves(schema).map(({ path }) => path));
    const { added, removed } = membersOf(from, to) ?? { added: [], removed: [] };
    const came = added.length > 0 ? `; new: ${quoted(added)}` : '';
    return removed.length > 0 ? `${came}; gone: ${quoted(removed)}` : came;
  } catch (error) {
    if (error instanceof SchemaError) return '';
    throw error;
  }
};
