import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileSourceSchema } from '../../decode/avro-schema.ts';
import type { Plan } from '../../model/plan.ts';

/** Id and identity of a schema file; null when it is no Avro schema. */
const identityOf = (file: string): string | null => {
  try {
    const { id, fingerprint } = compileSourceSchema(file, JSON.parse(readFileSync(file, 'utf8')));
    return `${id} ${fingerprint}`;
  } catch {
    // The reason is a third party's text and may quote the file.
    return null;
  }
};

/**
 * Schema ids of the policy that the folder of source schemas does not have, or has for another schema: gateways that write
 * by that folder would be read wrongly, so nothing may start. The folder may hold more.
 */
export const foreignIds = (dir: string, plan: Plan): number[] => {
  const known = new Set(
    readdirSync(dir)
      .filter((name) => name.endsWith('.avsc'))
      .map((name) => identityOf(join(dir, name))),
  );
  return plan.events
    .flatMap(({ schemas }) => schemas)
    .flatMap(({ id, fingerprint }) => (id === null || known.has(`${id} ${fingerprint}`) ? [] : [id]));
};
