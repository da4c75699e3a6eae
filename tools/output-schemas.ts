import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { schemaText } from '../src/encode/encode.ts';
import { loadPlan } from '../src/runtime/policy-files.ts';
import { type Generated, isProgram, TOP, write } from './generated.ts';

export const OUTPUT_SCHEMAS = 'schemas/output';

/** The output schema of every view of every ready-made policy: `schemas/output/<policy>/<view>.avsc`. */
export const outputSchemas = (): Generated => {
  const generated = new Map<string, string>();
  for (const file of readdirSync(join(TOP, 'policies')).filter((name) => name.endsWith('.yaml'))) {
    const { plan, issues } = loadPlan(join(TOP, 'policies', file));
    if (plan === null)
      throw new Error(`policies/${file} does not load: ${issues.map(({ code, line }) => `${code} (line ${line})`).join(', ')}`);
    for (const view of plan.views) generated.set(`${OUTPUT_SCHEMAS}/${basename(file, '.yaml')}/${view.name}.avsc`, schemaText(plan, view));
  }
  return generated;
};

if (isProgram(import.meta.url)) write(outputSchemas(), OUTPUT_SCHEMAS);
