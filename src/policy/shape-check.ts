import type { TSchema } from '@sinclair/typebox';
import type { IssueCode } from './codes.ts';
import type { PolicyPath } from './report.ts';
import { expected, jsonType, typesOf } from './shape-words.ts';
import { suggest } from './suggest.ts';

/** One mistake: what `Reporter.report` takes. */
export type Finding = readonly [code: IssueCode, path: PolicyPath, message: string, fix: string, at?: 'key' | 'value'];

type Json = Readonly<Record<string, unknown>>;

/**
 * Explains where a value leaves the shape of a policy: one finding a mistake. Of a union only the branch is followed
 * that the author meant: by the type of the value, by its `role`, or by the key that only one branch has.
 */
export const checkShape = (value: unknown, schema: TSchema, path: PolicyPath = []): Finding[] => {
  if (schema['anyOf'] !== undefined) return checkUnion(value, schema['anyOf'], path);
  if (schema['const'] !== undefined) return value === schema['const'] ? [] : [wrongValue(value, [schema], path)];
  if (!typesOf(schema).includes(jsonType(value))) return [wrongType(value, expected(schema), path)];
  if (typeof value !== 'object' || value === null) return checkScalar(value, schema, path);
  if (Array.isArray(value)) return checkItems(value, schema, path);
  return schema['patternProperties'] === undefined ? checkMap(value as Json, schema, path) : checkNamed(value as Json, schema, path);
};

const wrongType = (value: unknown, wanted: string, path: PolicyPath): Finding => {
  const found = value === null ? 'nothing' : `a ${jsonType(value)}`.replace(/^a (?=[aeiou])/, 'an ');
  return ['policy-wrong-type', path, `expected ${wanted}, found ${found}`, `write ${wanted}`, 'value'];
};

/** `branches` are constants, perhaps beside other shapes that the value could have had. */
const wrongValue = (value: unknown, branches: readonly TSchema[], path: PolicyPath): Finding => {
  const words = branches.flatMap((branch) => (branch['const'] === undefined ? [] : [String(branch['const'])]));
  const meant = typeof value === 'string' ? suggest(value, words) : null;
  const list = [...words, ...branches.filter((branch) => branch['const'] === undefined).map(expected)].join(', ');
  const message = `this is not ${words.length === 1 ? `\`${words[0]}\`` : 'one of the values that are known here'}`;
  const fix = meant === null ? `write ${branches.length === 1 ? '' : 'one of: '}${list}` : `did you mean \`${meant}\`?`;
  return ['policy-wrong-value', path, message, fix, 'value'];
};

const unknownKey = (key: string, path: PolicyPath, fix: string): Finding => [
  'policy-unknown-key',
  [...path, key],
  `\`${key}\` is no key here`,
  fix,
];

const checkScalar = (value: unknown, schema: TSchema, path: PolicyPath): Finding[] => {
  const isTooLittle =
    typeof value === 'number' && (value < (schema['minimum'] ?? value) || value <= (schema['exclusiveMinimum'] ?? value - 1));
  const isTooMuch = typeof value === 'number' && value > (schema['maximum'] ?? value);
  const isEmpty = typeof value === 'string' && value.length < (schema['minLength'] ?? 0);
  const isForeign = typeof value === 'string' && schema['pattern'] !== undefined && !new RegExp(schema['pattern'], 'u').test(value);
  if (!isTooLittle && !isTooMuch && !isEmpty && !isForeign) return [];
  return [['policy-wrong-value', path, `expected ${expected(schema)}`, `write ${expected(schema)}`, 'value']];
};

const checkItems = (value: readonly unknown[], schema: TSchema, path: PolicyPath): Finding[] => {
  if (value.length < (schema['minItems'] ?? 0)) {
    return [['policy-wrong-value', path, 'the list is empty', `list at least ${schema['minItems']}`, 'value']];
  }
  return value.flatMap((item, index) => checkShape(item, schema['items'], [...path, index]));
};

/** Maps whose keys the author chooses: events, fields, ladders, views, attributes. */
const checkNamed = (value: Json, schema: TSchema, path: PolicyPath): Finding[] => {
  const [inner] = Object.values(schema['patternProperties']) as TSchema[];
  return Object.entries(value).flatMap(([key, item]): Finding[] =>
    isName(key)
      ? checkShape(item, inner, [...path, key])
      : [['policy-bad-name', [...path, key], 'a name is empty, too long, or has characters that no name has', 'rename it']],
  );
};

/** Texts that could end a line or vanish on a screen are no names; and what JavaScript treats as its own is none. */
const isName = (key: string): boolean => key !== '' && key.length <= 200 && key !== '__proto__' && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(key);

const checkMap = (value: Json, schema: TSchema, path: PolicyPath): Finding[] => {
  const known = Object.keys(schema['properties'] ?? {});
  const open = known.filter((key) => !Object.hasOwn(value, key));
  const required: readonly string[] = schema['required'] ?? [];
  const missing = new Set(required.filter((key) => open.includes(key)));
  const findings = Object.entries(value).flatMap(([key, item]) => {
    if (known.includes(key)) return checkShape(item, schema['properties'][key], [...path, key]);
    const meant = suggest(key, open);
    // A misspelt key that is required is one mistake, not two.
    if (meant !== null) missing.delete(meant);
    const allowed = open.length > 0 ? `delete it, or use one of: ${open.join(', ')}` : 'delete it';
    return [unknownKey(key, path, meant === null ? allowed : `did you mean \`${meant}\`?`)];
  });
  return [...findings, ...[...missing].map((key) => missingKey(key, schema['properties'][key], path))];
};

const missingKey = (key: string, schema: TSchema, path: PolicyPath): Finding => {
  const what = schema['description'] === undefined ? '' : `: ${schema['description']}`;
  return ['policy-missing-key', path, `\`${key}\` is missing`, `add \`${key}\`${what}`];
};

/** Unions of the shape are constants, objects of several kinds, or shapes that the JSON type tells apart. */
const checkUnion = (value: unknown, branches: readonly TSchema[], path: PolicyPath): Finding[] => {
  const fitting = branches.filter((branch) => typesOf(branch).includes(jsonType(value)));
  if (fitting.length === 0) return [wrongType(value, [...new Set(branches.map(expected))].join(' or '), path)];
  if (fitting.every((branch) => branch['const'] !== undefined)) {
    return fitting.some((branch) => branch['const'] === value) ? [] : [wrongValue(value, branches, path)];
  }
  return fitting.length > 1 && jsonType(value) === 'object'
    ? checkVariant(value as Json, fitting, path)
    : checkShape(value, fitting[0], path);
};

/** Objects told apart by a constant (`role`), or by the one key that each requires (`table`, `h3`, ...). */
const checkVariant = (value: Json, branches: readonly TSchema[], path: PolicyPath): Finding[] => {
  const isTag = (key: string): boolean => branches.every((branch) => branch['properties'][key]?.const !== undefined);
  const tag = Object.keys(branches[0]['properties']).find(isTag);
  if (tag === undefined) {
    const keys = branches.map((branch) => (branch['required'] as readonly string[])[0]);
    const chosen = keys.findIndex((key) => Object.hasOwn(value, key));
    return chosen < 0 ? [missingKind(value, keys, `one of: ${keys.join(', ')}`, path)] : checkShape(value, branches[chosen], path);
  }
  const tags = branches.map((branch) => branch['properties'][tag] as TSchema);
  if (!Object.hasOwn(value, tag))
    return [missingKind(value, [tag], `\`${tag}\`: ${tags.map((schema) => schema['const']).join(', ')}`, path)];
  const chosen = tags.findIndex((schema) => schema['const'] === value[tag]);
  return chosen < 0 ? [wrongValue(value[tag], tags, [...path, tag])] : checkShape(value, branches[chosen], path);
};

const missingKind = (value: Json, keys: readonly string[], choice: string, path: PolicyPath): Finding => {
  for (const key of Object.keys(value)) {
    const meant = suggest(key, keys);
    if (meant !== null) return unknownKey(key, path, `did you mean \`${meant}\`?`);
  }
  return ['policy-missing-key', path, `${keys.length === 1 ? `\`${keys[0]}\`` : 'what tells its kind'} is missing`, `add ${choice}`];
};
