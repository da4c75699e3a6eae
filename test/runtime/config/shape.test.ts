import t from 'tap';
import { ConfigShape } from '../../../src/runtime/config/shape.ts';
import { configSchema } from '../../../tools/config-schema.ts';
import { drift } from '../../../tools/generated.ts';

t.test('the JSON Schema for editors is the shape (tools/config-schema.ts)', async (t) => {
  t.same(drift(configSchema(), 'schemas/config'), []);
});

interface Schema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
}

t.test('editors can explain every key, and no key takes a secret', async (t) => {
  const keys: string[] = [];
  const walk = (schema: Schema, path: string): void => {
    for (const [key, property] of Object.entries(schema.properties ?? {})) {
      keys.push(key);
      t.match(JSON.stringify(property), /"description":"./, `${path}.${key}`);
      walk(property, `${path}.${key}`);
    }
    for (const inner of [...(schema.anyOf ?? []), ...(schema.items === undefined ? [] : [schema.items])]) walk(inner, path);
  };
  walk(ConfigShape, '');
  t.ok(keys.length > 30);
  t.same([...new Set(keys.filter((key) => /password|secret|token/i.test(key)))], ['passwordFile']);
});
