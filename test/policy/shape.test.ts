import { Ajv } from 'ajv';
import fc from 'fast-check';
import t from 'tap';
import { parse, stringify } from 'yaml';
import { parsePolicy } from '../../src/policy/parse.ts';
import { PolicyShape } from '../../src/policy/shape.ts';
import { checkShape } from '../../src/policy/shape-check.ts';
import { drift } from '../../tools/generated.ts';
import { policySchema } from '../../tools/policy-schema.ts';
import { BASE } from './world.ts';

t.test('the JSON Schema for editors is the shape (tools/policy-schema.ts)', async (t) => {
  t.same(drift(policySchema(), 'schemas/policy'), []);
});

t.test('editors can explain every key', async (t) => {
  const unexplained: string[] = [];
  const walk = (schema: Readonly<Record<string, unknown>>, path: string): void => {
    for (const [key, property] of Object.entries(
      (schema['properties'] ?? {}) as Readonly<Record<string, Readonly<Record<string, unknown>>>>,
    )) {
      const inner = JSON.stringify(property);
      if (!inner.includes('"description"') && key !== 'role') unexplained.push(`${path}.${key}`);
      walk(property, `${path}.${key}`);
    }
    for (const inner of [schema['items'], ...Object.values(schema['patternProperties'] ?? {}), ...((schema['anyOf'] ?? []) as unknown[])]) {
      if (typeof inner === 'object' && inner !== null) walk(inner as Readonly<Record<string, unknown>>, path);
    }
  };
  walk(PolicyShape, '');
  t.same(unexplained, []);
});

const isShape = new Ajv({ strict: false, strictNumbers: true }).compile(PolicyShape);

/** Places in a value: every path to something that can be changed. */
const pathsIn = (value: unknown, path: readonly string[] = []): (readonly string[])[] =>
  typeof value === 'object' && value !== null
    ? [path, ...Object.entries(value).flatMap(([key, item]) => pathsIn(item, [...path, key]))]
    : [path];

const changed = (value: unknown, path: readonly string[], change: (parent: Record<string, unknown>, key: string) => void): unknown => {
  const copy = structuredClone(value);
  let parent = copy as Record<string, unknown>;
  for (const key of path.slice(0, -1)) parent = parent[key] as Record<string, unknown>;
  change(parent, path[path.length - 1]);
  return copy;
};

t.test('the explanation and the validator always agree', async (t) => {
  const base = parse(BASE) as Record<string, unknown>;
  const paths = pathsIn(base).filter((path) => path.length > 0);
  const junk = fc.constantFrom<unknown>(null, true, 0, -1, 7, 1.5, Number.NaN, '', 'x', '1h', '*', [], ['a'], [1], [''], {}, { role: 'drop' }, { trusted: 'a' }, { field: 'a', unit: 'ms' }, { table: 'a' }); // biome-ignore format: a list of values
  const key = fc.constantFrom('x', 'k', 'role', 'table', 'field', 'path', 'trusted', 'top');
  const mutant = fc.tuple(fc.constantFrom(...paths), junk, key, fc.constantFrom('set', 'delete', 'add')).map(([path, value, name, how]) =>
    changed(base, path, (parent, last) => {
      if (how === 'set') parent[last] = value;
      else if (how === 'delete') Array.isArray(parent) ? parent.splice(Number(last), 1) : delete parent[last];
      else if (typeof parent[last] === 'object' && parent[last] !== null && !Array.isArray(parent[last]))
        (parent[last] as Record<string, unknown>)[name] = value;
    }),
  );
  fc.assert(
    fc.property(mutant, (value) => isShape(value) === (checkShape(value, PolicyShape).length === 0)),
    { numRuns: 1500 },
  );
  t.equal(isShape(base), true);
});

t.test('one wrong thing is explained once', async (t) => {
  const base = parse(BASE) as Record<string, unknown>;
  for (const path of pathsIn(base).filter((candidate) => candidate.length > 0)) {
    const findings = checkShape(
      changed(base, path, (parent, last) => {
        parent[last] = Number.NaN;
      }),
      PolicyShape,
    );
    t.equal(findings.length, 1, path.join(' '), { findings });
  }
});

t.test('names that no name has are refused by the explanation alone', async (t) => {
  const odd = { ...(parse(BASE) as object), ladders: { 'a\nb': 7 } };
  t.equal(isShape(odd), true, 'the pattern of JSON Schema does not match them, so it looks away');
  t.same(
    checkShape(odd, PolicyShape).map(([code]) => code),
    ['policy-bad-name'],
  );
  t.equal(parsePolicy(stringify(odd), 'p.yaml').policy, null);
});
