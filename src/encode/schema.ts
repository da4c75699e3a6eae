import { invariant } from '../model/invariant.ts';
import { STAR } from '../model/ladder.ts';
import type { AttributePlan, Plan, ViewPlan } from '../model/plan.ts';

/** One field of an output record. Nothing else exists: no unions, no nulls, no nesting, no defaults. */
export interface OutputField {
  readonly name: string;
  readonly type: 'long' | 'int' | 'string';
  readonly doc: string;
}

/** The closed Avro schema of a view's released records. */
export interface OutputSchema {
  readonly type: 'record';
  readonly namespace: 'unjoin.view';
  readonly name: string;
  readonly doc: string;
  readonly fields: readonly OutputField[];
}

/** Attributes of a view's tuple in path order, which is also their order in outputs. */
export const viewAttributes = (plan: Plan, view: ViewPlan): readonly AttributePlan[] =>
  view.attributes.map((attribute) => plan.events[view.event].attributes[attribute]);

/** Name of the ladder level that the path gives `attribute` at path level `level`; `*` above the last. */
export const levelName = (plan: Plan, view: ViewPlan, level: number, attribute: number): string =>
  viewAttributes(plan, view)[attribute].ladder.levels[view.path[level][attribute]] ?? STAR;

/** `feature-usage` becomes `FeatureUsage`; a leading digit is no Avro name and gets `View` before it. */
export const recordName = (view: string): string => {
  const words = view.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  const name = words.map((word) => word[0].toUpperCase() + word.slice(1)).join('');
  return /^[0-9]/.test(name) ? `View${name}` : name;
};

const AVRO_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * The Avro schema of what a view releases: window end, level, one text per attribute in path order, then the sensitive
 * field and the pseudonym when the view has them. The docs carry the ladder levels, so that a reader of the schema alone
 * knows how coarse a value of each level is. Throws `InvariantError` when two fields would share a name.
 */
export const outputSchema = (plan: Plan, view: ViewPlan): OutputSchema => {
  const fields = tupleFields(plan, view);
  if (view.pseudonym === 'class') fields.push(pseudonymField('Connects records of one subject inside one class and nothing else'));
  const doc = `Released records of view ${view.name}: in every window, level and tuple at least ${view.k} subjects (${view.subject}).`;
  return closedSchema(view, recordName(view.name), doc, fields);
};

/**
 * The Avro schema of what leaves of subjects who authorised a combined-use period: the same fields, always at level 0, and always a
 * pseudonym. Throws `InvariantError` when two fields would share a name.
 */
export const authorisedSchema = (plan: Plan, view: ViewPlan): OutputSchema => {
  const pseudonym = pseudonymField('Connects records of one subject in one view over one combined-use period and nothing else');
  const doc = `Records of view ${view.name} of subjects (${view.subject}) who authorised a combined-use period: identifiers removed, in no class of k.`;
  return closedSchema(view, `${recordName(view.name)}Authorised`, doc, [...tupleFields(plan, view), pseudonym]);
};

const pseudonymField = (doc: string): OutputField => ({ name: 'pseudonym', type: 'string', doc: `${doc}; 32 hex digits.` });

const tupleFields = (plan: Plan, view: ViewPlan): OutputField[] => {
  const attributes = viewAttributes(plan, view);
  const levels = (attribute: number): string =>
    view.path.map((_, level) => `${level} ${levelName(plan, view, level, attribute)}`).join(', ');
  const fields: OutputField[] = [
    { name: 'windowEnd', type: 'long', doc: 'End of the window of broker append time, ms since 1970.' },
    { name: 'level', type: 'int', doc: `Path level, 0 is the finest of ${view.path.length}.` },
    ...attributes.map(({ name }, index) => ({ name, type: 'string' as const, doc: `Quasi-identifier. By level: ${levels(index)}.` })),
  ];
  if (view.sensitive !== null) {
    fields.push({
      name: view.sensitive.name,
      type: 'string',
      doc: 'Sensitive field; "other" and "*" stand for values that must not leave.',
    });
  }
  return fields;
};

const closedSchema = (view: ViewPlan, name: string, doc: string, fields: readonly OutputField[]): OutputSchema => {
  invariant(new Set(fields.map(({ name }) => name)).size === fields.length, `view ${view.name}: two output fields have one name`);
  invariant(
    [name, ...fields.map((field) => field.name)].every((word) => AVRO_NAME.test(word)),
    `view ${view.name}: a name is no Avro name`,
  );
  return { type: 'record', namespace: 'unjoin.view', name, doc, fields };
};

/** The same record as a closed JSON Schema, for the JSON writer: texts and integers only, all present. */
export const outputJsonSchema = (schema: OutputSchema) => ({
  title: schema.name,
  type: 'object' as const,
  additionalProperties: false,
  required: schema.fields.map(({ name }) => name),
  properties: Object.fromEntries(
    schema.fields.map(({ name, type }) => [name, { type: type === 'string' ? ('string' as const) : ('integer' as const) }]),
  ),
});
