import { type Attribute, attributesOf } from './attributes.ts';
import type { Policy, PolicyDataset } from './shape.ts';

/** An attribute of a dataset: its name and the columns that hold it, one per axis ('' for ladders with one input). */
export interface DatasetAttribute {
  readonly name: string;
  readonly columns: readonly { readonly column: string; readonly axis: string }[];
}

/** The attributes that a dataset has, in the order of its columns. */
export const datasetAttributes = ({ columns }: PolicyDataset): DatasetAttribute[] => {
  const attributes: DatasetAttribute[] = [];
  for (const [column, declared] of Object.entries(columns)) {
    if (!('attribute' in declared)) continue;
    const found = attributes.findIndex(({ name }) => name === declared.attribute);
    const input = { column, axis: declared.axis ?? '' };
    if (found < 0) attributes.push({ name: declared.attribute, columns: [input] });
    else attributes[found] = { name: declared.attribute, columns: [...(attributes[found]?.columns ?? []), input] };
  }
  return attributes;
};

/** Attributes of a view's path, by name, as the event has them; empty for a view that there is not. */
export const guardedAttributes = (policy: Policy, view: string): ReadonlyMap<string, Attribute> => {
  const guarded = Object.hasOwn(policy.views, view) ? policy.views[view] : undefined;
  const event = guarded !== undefined && Object.hasOwn(policy.events, guarded.event) ? policy.events[guarded.event] : undefined;
  if (guarded === undefined || event === undefined) return new Map();
  const names = new Set(guarded.path.flatMap((level) => Object.keys(level)));
  return new Map(attributesOf(event).flatMap((attribute) => (names.has(attribute.name) ? [[attribute.name, attribute] as const] : [])));
};
