import { createHash } from 'node:crypto';
import avro from 'avsc';
import { GUARANTEES } from '../model/guarantees.ts';
import type { Plan, ViewPlan } from '../model/plan.ts';
import { levelName, outputSchema, viewAttributes } from './schema.ts';
import { OTHER } from './texts.ts';

/** What a consumer of a view is told: for what it may be used, what its records mean, and what is not promised. */
export interface Manifest {
  readonly unjoin: 1;
  readonly view: string;
  readonly event: string;
  readonly purpose: string;
  readonly consumers: readonly string[];
  /** Whom k counts. */
  readonly subject: ViewPlan['subject'];
  readonly k: number;
  readonly windowMs: number;
  /** Level 0 first: ladder level of each attribute. */
  readonly path: readonly Readonly<Record<string, string>>[];
  readonly sensitive: {
    readonly field: string;
    readonly revealing: readonly string[];
    readonly topShare: number;
    readonly rule: string;
  } | null;
  readonly pseudonym: { readonly kind: ViewPlan['pseudonym']; readonly rule: string };
  /** Records that one subject leaves in one class at most. */
  readonly contribution: number;
  /** Publishers are gateway ids and therefore only counted here. */
  readonly gateways: { readonly min: number; readonly publishers: number } | null;
  readonly location: string | null;
  readonly retentionMs: number;
  /** The policy that decided, by content. */
  readonly policy: { readonly name: string; readonly digest: string };
  readonly schema: { readonly name: string; readonly fingerprint: string };
  readonly guarantees: typeof GUARANTEES;
}

/**
 * The manifest of a view. The schema fingerprint is the SHA-256 of the schema's canonical form (Avro specification
 * 1.11, "Parsing Canonical Form"), which ignores documentation.
 */
export const manifest = (plan: Plan, view: ViewPlan): Manifest => {
  const schema = outputSchema(plan, view);
  const canonical = JSON.stringify(avro.Type.forSchema(schema as unknown as avro.Schema).schema());
  return {
    unjoin: 1,
    view: view.name,
    event: plan.events[view.event].name,
    purpose: view.purpose,
    consumers: view.consumers,
    subject: view.subject,
    k: view.k,
    windowMs: view.windowMs,
    path: view.path.map((_, level) =>
      Object.fromEntries(viewAttributes(plan, view).map(({ name }, attribute) => [name, levelName(plan, view, level, attribute)])),
    ),
    sensitive: sensitiveRule(plan, view),
    pseudonym: { kind: view.pseudonym, rule: PSEUDONYM_RULES[view.pseudonym] },
    contribution: view.contribution,
    gateways: view.gateways === null ? null : { min: view.gateways.min, publishers: view.gateways.publishers.length },
    location: view.location ? LOCATION_RULE : null,
    retentionMs: view.retentionMs,
    policy: { name: plan.name, digest: plan.digest },
    schema: { name: `${schema.namespace}.${schema.name}`, fingerprint: createHash('sha256').update(canonical).digest('hex') },
    guarantees: GUARANTEES,
  };
};

const PSEUDONYM_RULES = {
  none: 'records of one subject cannot be told from records of others',
  class: 'one pseudonym connects records of one subject inside one window, level and tuple, and nothing else',
} as const;

const LOCATION_RULE = 'a location leaves only in 4 keyed-lottery hours of a day and never when it is older than 24 hours';

const sensitiveRule = (plan: Plan, { event, k, sensitive }: ViewPlan): Manifest['sensitive'] => {
  if (sensitive === null) return null;
  const { ladder } = plan.events[event].attributes[sensitive.attribute];
  return {
    field: sensitive.name,
    revealing: sensitive.revealing.filter((code) => code >= 0).map((code) => ladder.text(0, code)),
    topShare: sensitive.topShare,
    rule: `a value held by fewer than ${k} subjects of the batch leaves as "${OTHER}"; where more than topShare of a class's subjects hold a revealing value, the field leaves as "*" for the class`,
  };
};
