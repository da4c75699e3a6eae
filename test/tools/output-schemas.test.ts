import avro from 'avsc';
import t from 'tap';
import { drift } from '../../tools/generated.ts';
import { OUTPUT_SCHEMAS, outputSchemas } from '../../tools/output-schemas.ts';

t.test('committed output schemas are what the ready-made policies give (npm run schemas)', async (t) => {
  const generated = outputSchemas();
  t.ok(generated.size > 0);
  t.same(drift(generated, OUTPUT_SCHEMAS), []);
});

t.test('every output schema is closed: one record of longs, ints and strings', async (t) => {
  for (const [path, text] of outputSchemas()) {
    const { type, fields } = JSON.parse(text);
    t.equal(type, 'record', path);
    for (const field of fields) t.match(field.type, /^(long|int|string)$/, `${path}: ${field.name}`);
    t.doesNotThrow(() => avro.Type.forSchema(JSON.parse(text)), path);
  }
});
