import { ConfigShape } from '../src/runtime/config/shape.ts';
import { type Generated, isProgram, write } from './generated.ts';

/** The JSON Schema that editors read: the shape of the service's configuration itself. */
export const configSchema = (): Generated => {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'unjoin service configuration',
    ...ConfigShape,
  };
  return new Map([['schemas/config/config.schema.json', `${JSON.stringify(schema, null, 2)}\n`]]);
};

if (isProgram(import.meta.url)) write(configSchema());
