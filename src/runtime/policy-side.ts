import { ADDRESSES } from '../policy/diff/ladders.ts';
import type { Side, TableText } from '../policy/diff.ts';
import { parsePolicy } from '../policy/parse.ts';
import type { Policy } from '../policy/shape.ts';
import { parseCsv } from '../transform/technique/csv.ts';
import { checkTable } from '../transform/technique/table-laws.ts';
import type { PlanTexts } from './plan-store.ts';

/** A table as the technique reads it; null when it is none, which no policy that loads has. */
const tableOf = (text: string): TableText | null => {
  const csv = parseCsv(text);
  const table = 'rows' in csv ? checkTable(csv.rows, '') : null;
  if (table === null || !('rest' in table)) return null;
  const texts = (row: readonly { readonly text: string }[]): string[] => row.map((cell) => cell.text);
  return { levels: texts(table.levels), rows: table.rows.map(texts), rest: texts(table.rest) };
};

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    // A text that is no JSON is no schema of a policy that loads; what cannot be read counts as loosening where it differs.
    return undefined;
  }
};

const read = <T>(names: readonly string[], files: PlanTexts['files'], reader: (text: string) => T | null | undefined): Map<string, T> => {
  const found = new Map<string, T>();
  for (const name of names) {
    const text = files.get(name);
    const value = text === undefined ? undefined : reader(text);
    if (value != null) found.set(name, value);
  }
  return found;
};

const filesOf = (policy: Policy): { readonly tables: readonly string[]; readonly schemas: readonly string[] } => ({
  tables: Object.values(policy.ladders).flatMap((ladder) => ('table' in ladder ? [ladder.table] : [])),
  schemas: Object.values(policy.events).flatMap(({ schema }) => schema),
});

/** The texts of a plan as `diffPolicies` compares them; null when the policy has not the shape of one. */
export const sideOf = ({ policy: text, files, ip }: PlanTexts): Side | null => {
  const { policy } = parsePolicy(text, '');
  if (policy === null) return null;
  const { tables, schemas } = filesOf(policy);
  const addresses = ip === null ? [] : [[ADDRESSES[0], ip.v4] as const, [ADDRESSES[1], ip.v6] as const];
  return { policy, texts: new Map([...files, ...addresses]), tables: read(tables, files, tableOf), schemas: read(schemas, files, jsonOf) };
};
