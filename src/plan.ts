import { createHash } from 'node:crypto';
import { compileDatasets } from './control/dataset/compile.ts';
import { compileSourceSchema } from './decode/avro-schema.ts';
import { POSITION } from './model/derived.ts';
import type { Issue } from './model/issue.ts';
import type { Ladder } from './model/ladder.ts';
import { STAR } from './model/ladder.ts';
import type { AttributePlan, DerivedPlan, EventPlan, Plan, SourceSchema, TimeField, TouchedField, ViewPlan } from './model/plan.ts';
import { type Attribute, attributesOf } from './policy/attributes.ts';
import {
  DEFAULT_CONTRIBUTION,
  DEFAULT_EPOCH_MS,
  DEFAULT_K,
  DEFAULT_LIMITS,
  DEFAULT_MIN_GATEWAYS,
  DEFAULT_PLACE_K,
  DEFAULT_PRF,
  DEFAULT_RETENTION_MS,
  DEFAULT_TOP_SHARE,
} from './policy/defaults.ts';
import { derivedOf, isOptional, patternsOf, readPaths, TOPIC } from './policy/derived.ts';
import { parseDuration } from './policy/duration.ts';
import { checkPolicy } from './policy/laws.ts';
import { parsePolicy } from './policy/parse.ts';
import { isPattern } from './policy/pattern.ts';
import type { Policy, PolicyEvent, PolicyView } from './policy/shape.ts';
import { compileLadder } from './transform/techniques.ts';

/** How the compiler reaches files: everything it reads becomes part of the plan's digest. */
export interface PlanFiles {
  /** Text of a file named in the policy, relative to it; throws when it cannot be read. */
  read(path: string): string;
  /** Offline IP-to-country table (CC0), read only when a ladder asks for it. */
  ipTable(): { readonly v4: string; readonly v6: string };
}

/** A plan, or the reasons why there is none. Warnings come with a plan too. */
export interface Compiled {
  readonly plan: Plan | null;
  readonly policy: Policy | null;
  readonly issues: readonly Issue[];
}

const list = (value: string | readonly string[]): readonly string[] => (typeof value === 'string' ? [value] : value);

const timeField = (field: PolicyEvent['eventTime'] | undefined): TimeField | null =>
  field === undefined ? null : typeof field === 'string' ? { path: field, unit: 'ms' } : { path: field.field, unit: field.unit };

/** Columns in a fixed order: ids first, then constants, then the inputs of attributes. A field stands once per kind. */
const createFields = (event: PolicyEvent) => {
  const fields: TouchedField[] = [];
  const slot = (path: string, kind: TouchedField['kind'], extra: Partial<TouchedField> = {}): number => {
    const known = fields.findIndex((field) => field.path === path && field.kind === kind);
    if (known >= 0) return known;
    const role = event.fields[path];
    const identifier = role?.role === 'identifier' ? role.kind : null;
    return fields.push({ path, kind, identifier, constant: null, ...extra }) - 1;
  };
  return { fields, slot };
};

const compileAttribute = (
  attribute: Attribute,
  ladders: ReadonlyMap<string, Ladder>,
  slot: (path: string, kind: TouchedField['kind']) => number,
): AttributePlan => {
  const ladder = ladders.get(attribute.ladder) as Ladder;
  const inputs = ladder.inputs
    .map((input) => ({
      input,
      field: attribute.inputs.find(({ axis }) => axis === input.axis) ?? (ladder.inputs.length === 1 ? attribute.inputs[0] : undefined),
    }))
    .flatMap(({ input, field }) => (field === undefined ? [-1] : [slot(field.path, input.kind)]));
  return { name: attribute.name, ladder, inputs };
};

const compileDerived = (event: PolicyEvent): ReadonlyMap<string, DerivedPlan> =>
  new Map(
    readPaths(event).flatMap((path) => {
      const derived = derivedOf(event, path);
      return derived === null ? [] : [[path, { ...derived, isRequired: derived.kind === 'text' && !isOptional(event, path) }] as const];
    }),
  );

const compileEvent = (
  name: string,
  event: PolicyEvent,
  index: number,
  schemas: readonly SourceSchema[],
  ladders: ReadonlyMap<string, Ladder>,
): EventPlan => {
  const { fields, slot } = createFields(event);
  const household = event.household;
  const slots = {
    // Without an id the coordinate stands in: see `eventTokens`.
    id: event.id === POSITION ? -1 : slot(event.id, 'text'),
    device: slot(event.device, 'text'),
    household: typeof household === 'object' ? slot(household.trusted, 'text') : -1,
    gateway: event.gateway === undefined ? -1 : slot(event.gateway, 'text'),
    account: event.account === undefined ? -1 : slot(event.account, 'text'),
  };
  for (const [path, field] of Object.entries(event.fields)) {
    if (field.role === 'constant') slot(path, 'text', { constant: String(field.value) });
  }
  const attributes = attributesOf(event).map((attribute) => compileAttribute(attribute, ladders, slot));
  return {
    name,
    index,
    schemas,
    topics: (event.topics ?? []).filter((topic) => !isPattern(topic)),
    topicPatterns: patternsOf(event).get(TOPIC) ?? [],
    when: event.when === undefined ? null : { path: event.when.field, values: list(event.when.equals) },
    appendTime: timeField(event.appendTime),
    eventTime: timeField(event.eventTime),
    fields,
    slots,
    household: typeof household === 'object' ? 'trusted' : (household ?? 'bindings'),
    derived: compileDerived(event),
    isCloudEvent: event.cloudevents ?? false,
    embedded: event.embedded ?? [],
    lists: Object.entries(event.lists ?? {}).map(([path, members]) => ({ list: path, ...members })),
    attributes,
    views: [],
  };
};

const compileSensitive = (view: PolicyView, source: PolicyEvent, attributes: readonly AttributePlan[]): ViewPlan['sensitive'] => {
  if (view.sensitive === undefined) return null;
  const attribute = attributesOf(source).find(
    ({ name, inputs }) => name === view.sensitive || inputs.some(({ path }) => path === view.sensitive),
  );
  const index = attributes.findIndex(({ name }) => name === attribute?.name);
  const revealing = (attribute?.revealing ?? []).map((text) => codeOfText(attributes[index].ladder, text));
  return { name: attributes[index].name, attribute: index, revealing, topShare: view.topShare ?? DEFAULT_TOP_SHARE };
};

/** Code of a declared value at a ladder's finest level: the ladder itself is asked, so that no second lookup exists. */
const codeOfText = (ladder: Ladder, text: string): number => {
  const bytes = new TextEncoder().encode(text);
  const codes = new Int32Array(ladder.levels.length);
  const first = new Uint8Array(1);
  const column = { kind: 'text', bytes, start: new Int32Array(1), length: Int32Array.of(bytes.length) } as const;
  const rows = { count: 1, appendMs: new Float64Array(1), eventMs: new Float64Array(1) };
  ladder.apply([column], rows, codes, first);
  return first[0] === 0 ? codes[0] : -1;
};

const compileView = (name: string, view: PolicyView, index: number, policy: Policy, events: readonly EventPlan[]): ViewPlan => {
  const event = events.find((candidate) => candidate.name === view.event) as EventPlan;
  const names = Object.keys(view.path[0]);
  const attributes = names.map((attribute) => event.attributes.findIndex((candidate) => candidate.name === attribute));
  const path = view.path.map((level) =>
    names.map((attribute, a) => {
      const { ladder } = event.attributes[attributes[a]];
      const wanted = typeof level[attribute] === 'number' ? `r${level[attribute]}` : String(level[attribute]);
      return wanted === STAR ? ladder.levels.length : ladder.levels.indexOf(wanted);
    }),
  );
  const location = attributes.some((attribute) => event.attributes[attribute].ladder.technique === 'h3');
  const gateways = view.gateways;
  return {
    name,
    index,
    event: event.index,
    purpose: view.purpose,
    consumers: view.consumers,
    subject: view.subject,
    windowMs: parseDuration(view.window),
    k: view.k ?? (location ? DEFAULT_PLACE_K : DEFAULT_K),
    attributes,
    path,
    sensitive: compileSensitive(view, policy.events[view.event], event.attributes),
    pseudonym: view.pseudonym ?? 'none',
    contribution: view.contribution ?? DEFAULT_CONTRIBUTION,
    gateways: gateways === undefined ? null : { min: gateways.min ?? DEFAULT_MIN_GATEWAYS, publishers: gateways.publishers ?? [] },
    location,
    retentionMs: view.retention === undefined ? DEFAULT_RETENTION_MS : parseDuration(view.retention),
  };
};

const assemble = (
  policy: Policy,
  digest: string,
  schemas: ReadonlyMap<string, SourceSchema>,
  ladders: ReadonlyMap<string, Ladder>,
  ladderTexts: ReadonlyMap<string, string>,
): Plan => {
  const bare = Object.entries(policy.events).map(([name, event], index) =>
    compileEvent(
      name,
      event,
      index,
      list(event.schema).map((file) => schemas.get(file) as SourceSchema),
      ladders,
    ),
  );
  const views = Object.entries(policy.views).map(([name, view], index) => compileView(name, view, index, policy, bare));
  const prf = policy.prf ?? DEFAULT_PRF;
  return {
    name: policy.name,
    digest,
    prf,
    epochMs: policy.epoch === undefined ? DEFAULT_EPOCH_MS : parseDuration(policy.epoch),
    limits: { ...DEFAULT_LIMITS, ...policy.limits },
    events: bare.map((event) => ({ ...event, views: views.filter((view) => view.event === event.index).map((view) => view.index) })),
    views,
    datasets: compileDatasets(policy, bare, views, prf, ladderTexts),
    signers: Object.entries(policy.signers ?? {}).map(([name, { key, may }]) => ({ name, key, may })),
  };
};

/** Reads what the policy names and remembers it for the digest, each file once. */
const rememberingFiles = (files: PlanFiles) => {
  const texts = new Map<string, string>();
  const read = (path: string): string => {
    const known = texts.get(path);
    if (known !== undefined) return known;
    const text = files.read(path);
    texts.set(path, text);
    return text;
  };
  /** The IP table decides too, so it is part of the digest whenever a ladder asks for it. */
  const ipTable = (): ReturnType<PlanFiles['ipTable']> => {
    const table = files.ipTable();
    texts.set('ip table, v4', table.v4);
    texts.set('ip table, v6', table.v6);
    return table;
  };
  return { read, ipTable, texts };
};

const digestOf = (policyText: string, texts: ReadonlyMap<string, string>): string => {
  const hash = createHash('sha256').update(`unjoin plan 1\n${policyText.length}\n${policyText}`);
  for (const path of [...texts.keys()].sort()) {
    const text = texts.get(path) as string;
    hash.update(`\n${path}\n${text.length}\n${text}`);
  }
  return hash.digest('hex');
};

/**
 * Compiles a policy, its schemas and its ladders into a plan. Everything that could fail at run time is refused here:
 * every issue has a file, a line and a column, and a plan exists only when no issue is an error.
 */
export const compilePlan = (policyText: string, policyFile: string, files: PlanFiles): Compiled => {
  const parsed = parsePolicy(policyText, policyFile);
  const policy = parsed.policy;
  if (policy === null) return { plan: null, policy: null, issues: parsed.issues };
  const { read, ipTable, texts } = rememberingFiles(files);
  const issues: Issue[] = [...parsed.issues];
  const ladders = new Map<string, Ladder>();
  for (const [name, spec] of Object.entries(policy.ladders)) {
    const compiled = compileLadder(name, spec, {
      read,
      ipTable,
      file: policyFile,
      position: parsed.locate(['ladders', name]),
    });
    if (Array.isArray(compiled)) issues.push(...compiled);
    else ladders.set(name, compiled);
  }
  const ladderTexts = new Map(texts);
  const { schemas, json, unreadable } = readSchemas(policy, policyFile, read, parsed.locate);
  issues.push(...unreadable);
  issues.push(...checkPolicy(policy, { file: policyFile, locate: parsed.locate, schemas: json, ladders }));
  if (issues.some((issue) => issue.severity === 'error')) return { plan: null, policy, issues };
  return { plan: assemble(policy, digestOf(policyText, texts), schemas, ladders, ladderTexts), policy, issues };
};

const readSchemas = (
  policy: Policy,
  file: string,
  read: (path: string) => string,
  locate: (path: readonly (string | number)[]) => { line: number; column: number },
) => {
  const schemas = new Map<string, SourceSchema>();
  const json = new Map<string, unknown>();
  const unreadable: Issue[] = [];
  for (const [name, event] of Object.entries(policy.events)) {
    for (const path of list(event.schema)) {
      try {
        const parsed: unknown = JSON.parse(read(path));
        json.set(path, parsed);
        schemas.set(path, compileSourceSchema(path, parsed));
      } catch {
        // The reason is a third party's text and may quote the file; the position is what helps.
        const position = locate(['events', name, 'schema']);
        unreadable.push({
          code: 'schema-unreadable',
          severity: 'error',
          file,
          ...position,
          message: 'an Avro schema that the policy names cannot be read or is not valid Avro',
          fix: 'check the path, relative to the policy, and the schema itself',
        });
      }
    }
  }
  return { schemas, json, unreadable };
};
