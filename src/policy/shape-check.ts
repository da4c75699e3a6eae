import type { TSchema } from '@sinclair/typebox';
import { expected, jsonType, typesOf } from './shape-words.ts';
import type { PolicyPath, Reporter } from './report.ts';
import { didYouMean, suggest } from './suggest.ts';

/**
 * Explains where a value leaves the shape of a policy: one issue a mistake. Of a union only the branch is followed that
 * the author meant: by the type of the value, by its `role`, or by the key that only one branch has.
 */
export const checkShape = (value: unknown, schema: TSchema, reporter: Reporter, path: PolicyPath = []): void => {
  if (schema['anyOf'] !== undefined) return checkUnion(value, schema['anyOf'], reporter, path);
  if (schema['const'] !== undefined) {
    if (value !== schema['const']) wrongValue(value, [schema['const']], reporter, path);
    return;
  }
  if (!typesOf(schema).includes(jsonType(value)) && !(schema['type'] === 'number' && jsonType(value) === 'integer')) {
    return reporter.report('policy-wrong-type', path, `expected ${expected(schema)}, found ${found(value)}`, `write ${expected(schema)}`, 'value');
  }
  if (typeof value === 'object' && value !== null) {
    if (Array.isArray(value)) checkItems(value, schema, reporter, path);
    else checkMap(value as Readonly<Record<string, unknown>>, schema, reporter, path);
  } else checkScalar(value, schema, reporter, path);
};

const found = (value: unknown): string => (value === null ? 'nothing' : `a ${jsonType(value)}`.replace(/^a (?=[aeiou])/, 'an '));

const checkItems = (value: readonly unknown[], schema: TSchema, reporter: Reporter, path: PolicyPath): void => {
  if (value.length < (schema['minItems'] ?? 0)) {
    return reporter.report('policy-wrong-value', path, 'the list is empty', `list at least ${schema['minItems']}`, 'value');
  }
  for (const [index, item] of value.entries()) checkShape(item, schema['items'], reporter, [...path, index]);
};

const checkMap = (value: Readonly<Record<string, unknown>>, schema: TSchema, reporter: Reporter, path: PolicyPath): void => {
  if (schema['patternProperties'] !== undefined) {
    const [inner] = Object.values(schema['patternProperties']) as TSchema[];
    for (const [key, item] of Object.entries(value)) {
      if (isName(key)) checkShape(item, inner, reporter, [...path, key]);
      else reporter.report('policy-bad-name', [...path, key], 'a name is empty, too long, or has characters that no name has', 'rename it');
    }
    return;
  }
  const known = Object.keys(schema['properties'] ?? {});
  const required: readonly string[] = schema['required'] ?? [];
  const missing = required.filter((key) => !Object.hasOwn(value, key));
  for (const [key, item] of Object.entries(value)) {
    if (known.includes(key)) checkShape(item, schema['properties'][key], reporter, [...path, key]);
    else {
      const open = known.filter((name) => !Object.hasOwn(value, name));
      const meant = suggest(key, open);
      // A misspelt key that is required is one mistake, not two.
      if (meant !== null && missing.includes(meant)) missing.splice(missing.indexOf(meant), 1);
      const allowed = open.length > 0 ? `delete it, or use one of: ${open.join(', ')}` : 'delete it';
      reporter.report('policy-unknown-key', [...path, key], `\`${key}\` is no key here`, meant === null ? allowed : `did you mean \`${meant}\`?`);
    }
  }
  for (const key of missing) {
    const what = schema['properties'][key]?.description;
    reporter.report('policy-missing-key', path, `\`${key}\` is missing`, `add \`${key}\`${what === undefined ? '' : `: ${what}`}`);
  }
};

/** Texts that could end a line or vanish on a screen are no names; and what JavaScript treats as its own is none. */
const isName = (key: string): boolean => key !== '' && key.length <= 200 && key !== '__proto__' && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(key);

const checkScalar = (value: unknown, schema: TSchema, reporter: Reporter, path: PolicyPath): void => {
  const isTooLittle = typeof value === 'number' && (value < (schema['minimum'] ?? value) || value <= (schema['exclusiveMinimum'] ?? value - 1));
  const isTooMuch = typeof value === 'number' && value > (schema['maximum'] ?? value);
  const isEmpty = typeof value === 'string' && value.length < (schema['minLength'] ?? 0);
  const isForeign = typeof value === 'string' && schema['pattern'] !== undefined && !new RegExp(schema['pattern'], 'u').test(value);
  if (!isTooLittle && !isTooMuch && !isEmpty && !isForeign) return;
  reporter.report('policy-wrong-value', path, `expected ${expected(schema)}`, `write ${expected(schema)}`, 'value');
};

const wrongValue = (value: unknown, allowed: readonly unknown[], reporter: Reporter, path: PolicyPath): void => {
  const words = allowed.map(String);
  const list = `write ${words.length === 1 ? '' : 'one of: '}${words.join(', ')}`;
  const fix = typeof value === 'string' ? didYouMean(value, words, list) : list;
  reporter.report('policy-wrong-value', path, `this is not ${words.length === 1 ? `\`${words[0]}\`` : 'one of the values that are known here'}`, fix, 'value');
};

const checkUnion = (value: unknown, branches: readonly TSchema[], reporter: Reporter, path: PolicyPath): void => {
  const fitting = branches.filter((branch) => typesOf(branch).includes(jsonType(value)));
  const literals = fitting.filter((branch) => branch['const'] !== undefined);
  if (fitting.length > 0 && literals.length === fitting.length) {
    if (!literals.some((branch) => branch['const'] === value)) wrongValue(value, literals.map((branch) => branch['const']), reporter, path);
    return;
  }
  if (fitting.length === 0) {
    const words = [...new Set(branches.map(expected))].join(', or ');
    return reporter.report('policy-wrong-type', path, `expected ${words}, found ${found(value)}`, `write ${words}`, 'value');
  }
  if (fitting.length === 1) return checkShape(value, fitting[0], reporter, path);
  if (jsonType(value) === 'object') return checkVariant(value as Readonly<Record<string, unknown>>, fitting, reporter, path);
  // Several branches take the type: fine when one takes the value, else the first speaks for all.
  const silent = fitting.some((branch) => {
    const trial: Reporter = { issues: [], report: (...issue) => void trial.issues.push(issue as never) };
    checkShape(value, branch, trial, path);
    return trial.issues.length === 0;
  });
  if (!silent) checkShape(value, fitting[0], reporter, path);
};

/** Objects told apart by a constant (`role`), or by the one key that each requires (`table`, `h3`, ...). */
const checkVariant = (
  value: Readonly<Record<string, unknown>>,
  branches: readonly TSchema[],
  reporter: Reporter,
  path: PolicyPath,
): void => {
  const tag = Object.keys(branches[0]['properties']).find((key) => branches.every((branch) => branch['properties'][key]?.const !== undefined));
  if (tag !== undefined) {
    const tags = branches.map((branch) => branch['properties'][tag].const as string);
    const chosen = branches[tags.indexOf(value[tag] as string)];
    if (chosen !== undefined && Object.hasOwn(value, tag)) return checkShape(value, chosen, reporter, path);
    if (Object.hasOwn(value, tag)) return wrongValue(value[tag], tags, reporter, [...path, tag]);
    return missingVariant(value, [tag], `${tag}: ${tags.join(', ')}`, reporter, path);
  }
  const keys = branches.map((branch) => (branch['required'] as readonly string[])[0]);
  const index = Object.keys(value).map((key) => keys.indexOf(key)).find((position) => position >= 0);
  if (index !== undefined) return checkShape(value, branches[index], reporter, path);
  missingVariant(value, keys, `one of: ${keys.join(', ')}`, reporter, path);
};

const missingVariant = (
  value: Readonly<Record<string, unknown>>,
  keys: readonly string[],
  choice: string,
  reporter: Reporter,
  path: PolicyPath,
): void => {
  for (const key of Object.keys(value)) {
    const meant = suggest(key, keys);
    if (meant !== null) return reporter.report('policy-unknown-key', [...path, key], `\`${key}\` is no key here`, `did you mean \`${meant}\`?`);
  }
  reporter.report('policy-missing-key', path, `${keys.length === 1 ? `\`${keys[0]}\`` : 'what tells its kind'} is missing`, `add ${choice}`);
};
