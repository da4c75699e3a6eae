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

/** Roles of an event's paths, each worked out when it is first met. `[]` stands for the items of a list. */
interface RoleNode {
  readonly role: Role;
  readonly path: string;
  readonly below: Map<string, RoleNode>;
}

/** Keys of maps are data, so that an event may have any number of paths: beyond this many under one no more are remembered. */
const REMEMBERED = 1000;

/** All identifiers that a record's value holds, at any depth. */
export type CollectIdentifiers = (event: EventRule, value: Value) => Identifier[];

/** Collects the identifiers of records; `ladders` gives the technique of each ladder. */
export const createCollector = (ladders: ReadonlyMap<string, string>): CollectIdentifiers => {
  const roots = new Map<EventRule, RoleNode>();
  const rootOf = (event: EventRule): RoleNode => {
    const known = roots.get(event) ?? { role: null, path: '', below: new Map() };
    roots.set(event, known);
    return known;
  };
  const nodeBelow = (event: EventRule, above: RoleNode, name: string): RoleNode => {
    const known = above.below.get(name);
    if (known !== undefined) return known;
    const path = name === '[]' ? `${above.path}[]` : above.path === '' ? name : `${above.path}.${name}`;
    const node = { role: roleOf(event, ladders, path, above.role), path, below: new Map() };
    if (above.below.size < REMEMBERED) above.below.set(name, node);
    return node;
  };
  return (event, value) => {
    const found: Identifier[] = [];
    const walk = (part: Value, node: RoleNode): void => {
      const { role } = node;
      if (Array.isArray(part)) for (const item of part) walk(item, nodeBelow(event, node, '[]'));
      else if (isObject(part)) for (const name of Object.keys(part)) walk(part[name], nodeBelow(event, node, name));
      else if (role !== null && part !== null && typeof part !== 'boolean' && !(part instanceof Uint8Array)) {
        const text = String(part);
        const exact = typeof part === 'number' && role.exact;
        if (!exact || (text.split('.')[1] ?? '').length >= MIN_DECIMALS) found.push({ kind: role.kind, text, exact });
      }
    };
    walk(value, rootOf(event));
    return found;
  };
};
