import type { Derived, NamedList, Pattern } from '../model/derived.ts';
import type { Limits } from '../model/plan.ts';
import { DAY_MS } from '../model/time.ts';
import { type Attribute, attributesOf } from '../policy/attributes.ts';
import { canonicalise, type IdentifierKind } from '../policy/canonical/index.ts';
import { derivedOf, patternsOf, TOPIC } from '../policy/derived.ts';
import { parseDuration } from '../policy/duration.ts';
import { parsePolicy } from '../policy/parse.ts';
import type { Policy, PolicyEvent, PolicyView } from '../policy/shape.ts';
import { type Schema, schemaOf } from './avro-schema.ts';
import { type DerivedRule, derivedRules, listsOf } from './derive.ts';
import { createLadder, type Ladder } from './ladders/index.ts';
import type { TimeRule } from './times.ts';

/** What the policy asks for, as the checker reads it: the raw policy with its defaults written out. */
export interface Rules {
  readonly policy: Policy;
  readonly limits: Limits;
  readonly epochMs: number;
  /** Somebody may sign control records: there is a control log. */
  readonly hasControls: boolean;
  readonly events: readonly EventRule[];
  readonly views: readonly ViewRule[];
  /** Words that are public: the policy's own, what its ladders list, and what manifests and schemas say in words. */
  readonly vocabulary: Set<string>;
}

export interface EventRule {
  readonly name: string;
  readonly policy: PolicyEvent;
  readonly schemas: readonly { readonly id: number | null; readonly json: unknown; readonly schema: Schema }[];
  readonly when: { readonly path: string; readonly values: readonly string[] } | null;
  readonly appendTime: TimeRule | null;
  readonly eventTime: TimeRule;
  /** Path and text of the fields that the policy declares constant. */
  readonly constants: readonly (readonly [string, string])[];
  /** Top-level fields that the policy itself names: they stay allowed although a schema lacks them. */
  readonly tolerated: ReadonlySet<string>;
  /** Paths that no schema has. */
  readonly derived: readonly DerivedRule[];
  /** What tells the event apart, when that is derived. */
  readonly derivedWhen: Derived | null;
  readonly lists: readonly NamedList[];
  readonly isCloudEvent: boolean;
  /** Fields that hold JSON as text. */
  readonly embedded: readonly string[];
  /** Patterns of its topics. */
  readonly topicPatterns: readonly Pattern[];
  readonly views: ViewRule[];
}

export interface AttributeRule extends Attribute {
  readonly climb: Ladder;
}

export interface ViewRule {
  readonly name: string;
  readonly subject: 'household' | 'device';
  /** Who says whose household a record of the event is of. */
  readonly household: 'trusted' | 'gateway' | 'bindings';
  readonly purpose: string;
  readonly windowMs: number;
  readonly k: number;
  readonly attributes: readonly AttributeRule[];
  /** Per path level, per attribute: index of the ladder level; `levels.length` is `*`. */
  readonly path: readonly (readonly number[])[];
  readonly sensitive: {
    readonly name: string;
    readonly attribute: AttributeRule;
    readonly revealing: ReadonlySet<string>;
    readonly topShare: number;
  } | null;
  readonly pseudonym: boolean;
  readonly contribution: number;
  /** Publishers by canonical gateway id. */
  readonly gateways: { readonly min: number; readonly publishers: readonly string[] } | null;
  readonly location: boolean;
  /** Names of the output fields, in order. */
  readonly fields: readonly string[];
}

const DEFAULTS = { k: 20, locationK: 50, gateways: 4, topShare: 0.5, epochMs: 7 * DAY_MS } as const;
const LIMITS: Limits = { recordBytes: 1 << 20, depth: 32, items: 10_000, stringBytes: 64 << 10 };

const list = (value: string | readonly string[]): readonly string[] => (typeof value === 'string' ? [value] : value);

const toleratedBy = ({ when, appendTime }: PolicyEvent): ReadonlySet<string> => {
  const append = typeof appendTime === 'object' ? appendTime.field : appendTime;
  return new Set([when?.field, append].flatMap((path) => (path === undefined || path.includes('.') ? [] : [path])));
};

const timeRule = (field: PolicyEvent['eventTime'], event: PolicyEvent): TimeRule => {
  const { path, unit } = typeof field === 'string' ? ({ path: field, unit: 'ms' } as const) : { path: field.field, unit: field.unit };
  return { path, unit, isText: derivedOf(event, path)?.kind === 'text' };
};

const gatewayRule = ({ gateways }: PolicyView, event: PolicyEvent): ViewRule['gateways'] => {
  if (gateways === undefined) return null;
  const role = event.gateway === undefined ? undefined : event.fields[event.gateway];
  const kind = (role?.role === 'identifier' ? role.kind : 'other') as IdentifierKind;
  return { min: gateways.min ?? DEFAULTS.gateways, publishers: (gateways.publishers ?? []).map((id) => canonicalise(kind, id)) };
};

/** What `revealing` values leave as: the ladder's own text for them. */
const revealingTexts = (attribute: AttributeRule): ReadonlySet<string> =>
  new Set(
    (attribute.revealing ?? []).flatMap((value) => {
      const climb = attribute.climb.climb(new Map(attribute.inputs.map(({ axis }) => [axis ?? '', value])), 0, 0);
      return climb === 'future' || climb[0] === null ? [] : [climb[0]];
    }),
  );

const viewRule = (name: string, view: PolicyView, event: PolicyEvent, attributes: readonly AttributeRule[]): ViewRule => {
  const names = Object.keys(view.path[0]);
  const find = (wanted: string): AttributeRule =>
    attributes.find((one) => one.name === wanted || one.inputs.some(({ path }) => path === wanted)) as AttributeRule;
  const own = names.map((attribute) => attributes.find((one) => one.name === attribute) as AttributeRule);
  const levelOf = (attribute: AttributeRule, wanted: string | number): number => {
    if (wanted === '*') return attribute.climb.levels.length;
    return attribute.climb.levels.indexOf(typeof wanted === 'number' ? `r${wanted}` : wanted);
  };
  const location = own.some((attribute) => attribute.climb.technique === 'h3');
  const sensitive = view.sensitive === undefined ? null : find(view.sensitive);
  const pseudonym = view.pseudonym === 'class';
  return {
    name,
    subject: view.subject,
    household: typeof event.household === 'object' ? 'trusted' : (event.household ?? 'bindings'),
    purpose: view.purpose,
    windowMs: parseDuration(view.window),
    k: view.k ?? (location ? DEFAULTS.locationK : DEFAULTS.k),
    attributes: own,
    path: view.path.map((level) => own.map((attribute, a) => levelOf(attribute, level[names[a]]))),
    sensitive:
      sensitive === null
        ? null
        : {
            name: sensitive.name,
            attribute: sensitive,
            revealing: revealingTexts(sensitive),
            topShare: view.topShare ?? DEFAULTS.topShare,
          },
    pseudonym,
    contribution: view.contribution ?? 1,
    gateways: gatewayRule(view, event),
    location,
    fields: ['windowEnd', 'level', ...names, ...(sensitive === null ? [] : [sensitive.name]), ...(pseudonym ? ['pseudonym'] : [])],
  };
};

export interface RuleFiles {
  read(path: string): string;
  ipTable(): { readonly v4: string; readonly v6: string };
}

/** An event type of the policy with the topic that a service reads it from. */
const onTopic = (event: PolicyEvent, topic: string | undefined): PolicyEvent =>
  topic === undefined ? event : { ...event, topics: [...(event.topics ?? []), topic] };

/**
 * Reads the policy; throws when it does not load, since there is nothing to check against then. `topics` are those of a service,
 * by event type.
 */
export const readRules = (
  policyText: string,
  policyFile: string,
  files: RuleFiles,
  topics: Readonly<Record<string, string>> = {},
): Rules => {
  const { policy } = parsePolicy(policyText, policyFile);
  if (policy === null) throw new Error('the policy does not load: run lint on it');
  const vocabulary = new Set<string>();
  for (const word of policyText.toLowerCase().match(/[^\s,{}[\]'":]+/g) ?? []) vocabulary.add(word);
  const ladders = new Map(Object.entries(policy.ladders).map(([name, shape]) => [name, createLadder(shape, files, vocabulary)]));
  const events = Object.entries(policy.events).map(([name, given]): EventRule => {
    const event = onTopic(given, Object.hasOwn(topics, name) ? topics[name] : undefined);
    const attributes = attributesOf(event).map((attribute) => ({ ...attribute, climb: ladders.get(attribute.ladder) as Ladder }));
    const views = Object.entries(policy.views).flatMap(([view, shape]) =>
      shape.event === name ? [viewRule(view, shape, event, attributes)] : [],
    );
    return {
      name,
      policy: event,
      schemas: list(event.schema).map((file) => {
        const json = JSON.parse(files.read(file)) as { schemaId?: number };
        return { id: json.schemaId ?? null, json, schema: schemaOf(json) };
      }),
      when: event.when === undefined ? null : { path: event.when.field, values: list(event.when.equals) },
      appendTime: event.appendTime === undefined ? null : timeRule(event.appendTime, event),
      eventTime: timeRule(event.eventTime, event),
      constants: Object.entries(event.fields).flatMap(([path, field]) =>
        field.role === 'constant' ? [[path, String(field.value)] as const] : [],
      ),
      tolerated: toleratedBy(event),
      derived: derivedRules(event),
      derivedWhen: event.when === undefined ? null : derivedOf(event, event.when.field),
      lists: listsOf(event),
      isCloudEvent: event.cloudevents === true,
      embedded: event.embedded ?? [],
      topicPatterns: patternsOf(event).get(TOPIC) ?? [],
      views,
    };
  });
  const order = Object.keys(policy.views);
  const views = events.flatMap((event) => event.views).sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  const epochMs = policy.epoch === undefined ? DEFAULTS.epochMs : parseDuration(policy.epoch);
  const hasControls = Object.keys(policy.signers ?? {}).length > 0;
  return { policy, limits: { ...LIMITS, ...policy.limits }, epochMs, hasControls, events, views, vocabulary };
};
