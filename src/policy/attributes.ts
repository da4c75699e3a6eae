import type { PolicyEvent, PolicyField } from './shape.ts';

/** An attribute of an event: what a view's path or sensitive field names. It reads one field, or one field per axis. */
export interface Attribute {
  readonly name: string;
  /** Name of the ladder, of its first field when fields disagree (`checkPolicy` refuses that). */
  readonly ladder: string;
  readonly role: 'quasi' | 'sensitive';
  /** In the order of the policy; `axis` is '' for ladders with one input. */
  readonly inputs: readonly AttributeInput[];
  /** Values that must not be most of a class; of sensitive fields. */
  readonly revealing: readonly string[];
}

export interface AttributeInput {
  readonly path: string;
  readonly axis: string;
}

type Generalised = Extract<PolicyField, { role: 'quasi' | 'sensitive' }>;

/**
 * The attributes of an event, in the order of their first fields. Fields with an axis that share `as` are one attribute;
 * without `as` an axis belongs to the attribute named after its ladder. Two fields without an axis are never one
 * attribute, even when they share a name: `checkPolicy` refuses that.
 */
export const attributesOf = (event: Pick<PolicyEvent, 'fields'>): Attribute[] => {
  const attributes: Attribute[] = [];
  for (const [path, field] of Object.entries(event.fields)) {
    if (field.role !== 'quasi' && field.role !== 'sensitive') continue;
    const axis = axisOf(field);
    const name = nameOf(path, field);
    const index = attributes.findIndex((known) => axis !== '' && known.name === name && known.inputs[0].axis !== '');
    const input = { path, axis };
    if (index >= 0) attributes[index] = { ...attributes[index], inputs: [...attributes[index].inputs, input] };
    else attributes.push({ name, ladder: field.ladder, role: field.role, inputs: [input], revealing: revealingOf(field) });
  }
  return attributes;
};

const axisOf = (field: Generalised): string => (field.role === 'quasi' ? (field.axis ?? '') : '');

const revealingOf = (field: Generalised): readonly string[] => (field.role === 'sensitive' ? (field.revealing ?? []) : []);

/** Name of the attribute that a field belongs to. */
const nameOf = (path: string, field: Generalised): string => {
  if (field.as !== undefined) return field.as;
  return axisOf(field) === '' ? path.slice(path.lastIndexOf('.') + 1) : field.ladder;
};
