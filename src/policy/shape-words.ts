import type { TSchema } from '@sinclair/typebox';

export type JsonType = 'null' | 'boolean' | 'integer' | 'number' | 'string' | 'array' | 'object';

/** JSON Schema's name of a value's type; numbers without a fraction are integers. NaN and infinities have none. */
export const jsonType = (value: unknown): JsonType | 'nothing that JSON has' => {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'array';
  switch (typeof value) {
    case 'boolean':
    case 'string':
    case 'object':
      return typeof value as JsonType;
    case 'number':
      return Number.isInteger(value) ? 'integer' : Number.isFinite(value) ? 'number' : 'nothing that JSON has';
    default:
      return 'nothing that JSON has';
  }
};

/** JSON types that a schema takes, constants and unions included. */
export const typesOf = (schema: TSchema): readonly string[] => {
  if (schema['anyOf'] !== undefined) return (schema['anyOf'] as readonly TSchema[]).flatMap(typesOf);
  if (schema['const'] !== undefined) return [jsonType(schema['const'])];
  return schema['type'] === 'number' ? ['number', 'integer'] : [schema['type']];
};

/** What a schema wants, in words that fit after "expected" and "write". */
export const expected = (schema: TSchema): string => {
  if (schema['anyOf'] !== undefined) return [...new Set((schema['anyOf'] as readonly TSchema[]).map(expected))].join(' or ');
  if (schema['const'] !== undefined) return `\`${schema['const']}\``;
  const about = schema['description'] === undefined ? '' : ` (${schema['description']})`;
  switch (schema['type']) {
    case 'string':
      return `${String(schema['pattern'] ?? '').endsWith('(ms|s|m|h|d|w)$') ? 'a duration such as 30s, 1h or 7d' : 'a text'}${about}`;
    case 'integer':
    case 'number':
      return `a ${schema['type'] === 'integer' ? 'whole number' : 'number'}${bounds(schema)}${about}`;
    case 'array':
      return `a list${about}`;
    case 'boolean':
      return 'true or false';
    default:
      return 'a map';
  }
};

const bounds = (schema: TSchema): string => {
  const low = schema['minimum'] ?? schema['exclusiveMinimum'];
  const above = schema['exclusiveMinimum'] === undefined ? 'at least' : 'above';
  const parts = [low === undefined ? null : `${above} ${low}`, schema['maximum'] === undefined ? null : `at most ${schema['maximum']}`];
  const words = parts.filter((part) => part !== null).join(' and ');
  return words === '' ? '' : ` of ${words}`;
};
