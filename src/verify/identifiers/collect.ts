import { isObject, type Value } from '../json.ts';
import type { EventRule } from '../rules.ts';

/** A raw identifier of one record. `exact` marks a coordinate. */
export interface Identifier {
  readonly kind: string;
  readonly text: string;
  readonly exact: boolean;
}

type Role = { readonly kind: string; readonly exact: boolean } | null;

const MIN_DECIMALS = 3;

/** Which leaves are identifiers: those with that role, addresses that an ip ladder reads, positions that an h3 ladder reads. */
const roleOf = (event: EventRule, ladders: ReadonlyMap<string, string>, path: string, above: Role): Role => {
  const field = event.policy.fields[path];
  if (field === undefined) return above;
  if (field.role === 'identifier') return { kind: field.kind, exact: field.kind === 'position' };
  if (field.role === 'drop' || field.role === 'constant') return null;
  const technique = ladders.get(field.ladder);
  if (technique === 'ip') return { kind: 'ip', exact: false };
  return technique === 'h3' ? { kind: 'position', exact: true } : null;
};

/** All identifiers that a record's value holds, at any depth. */
export const identifiersIn = (event: EventRule, ladders: ReadonlyMap<string, string>, value: Value): Identifier[] => {
  const found: Identifier[] = [];
  const walk = (part: Value, path: string, above: Role): void => {
    const role = path === '' ? above : roleOf(event, ladders, path, above);
    if (Array.isArray(part)) for (const item of part) walk(item, `${path}[]`, role);
    else if (isObject(part)) for (const [name, item] of Object.entries(part)) walk(item, path === '' ? name : `${path}.${name}`, role);
    else if (role !== null && part !== null && typeof part !== 'boolean' && !(part instanceof Uint8Array)) {
      const text = String(part);
      const exact = typeof part === 'number' && role.exact;
      if (!exact || (text.split('.')[1] ?? '').length >= MIN_DECIMALS) found.push({ kind: role.kind, text, exact });
    }
  };
  walk(value, '', null);
  return found;
};
