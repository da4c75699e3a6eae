import { PolicyShape } from '../src/policy/shape.ts';
import { type Generated, isProgram, write } from './generated.ts';

/** The JSON Schema that editors read: the policy's shape itself, so that both always say the same. */
export const policySchema = (): Generated => {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'unjoin policy',
    description: 'What may leave, for whom, and how coarse. The laws beyond its shape: unjoin lint.',
    ...PolicyShape,
  };
  return new Map([['schemas/policy/policy.schema.json', `${JSON.stringify(schema, null, 2)}\n`]]);
};

if (isProgram(import.meta.url)) write(policySchema());
