import { type Schema, schemaOf } from './avro-schema.ts';
import { type ControlLog, isBound } from './control/index.ts';
import type { Decisions } from './decisions.ts';
import { takeApart } from './derive.ts';
import { FILE_TOPIC, type Frame, frameOf, type SourceRecord } from './frames.ts';
import { type CollectIdentifiers, createCollector } from './identifiers/collect.ts';
import type { Search } from './identifiers/search.ts';
import type { InputRecord, NamedSchemas, Rows } from './inputs.ts';
import { readNames } from './names.ts';
import { project } from './projection.ts';
import type { Findings } from './report.ts';
import type { Rules, ViewRule } from './rules.ts';
import { blockRecords } from './skip.ts';
import type { Sources } from './sources.ts';
import { checkAuthorised } from './statements/authorised.ts';
import { type Counted, noteFaulty } from './statements/conservation.ts';
import { checkPeople, checkScope } from './statements/controlled.ts';
import { contradiction, type Telling, withoutRule } from './statements/reasons.ts';

/** What is filled while the source is read once. */
export interface SourcePass {
  readonly rules: Rules;
  readonly sources: Sources;
  /** By view name; empty when there is no lineage key. */
  readonly decisions: ReadonlyMap<string, Decisions>;
  readonly search: Search;
  /** By view name: windows from here on are not decided yet. */
  readonly openFrom?: ReadonlyMap<string, number>;
  /** Windows by view of which nobody can tell any more what was decided. */
  readonly lost?: ReadonlyMap<string, ReadonlyMap<number, string>>;
  readonly counted: Counted;
  /** Null where nobody gave it. */
  readonly control: ControlLog | null;
  readonly findings: Findings;
  /** What the records of this source say of their schemas. */
  readonly schemas?: NamedSchemas | undefined;
}

const BLANK = /^[ \t\r]*$/;

const isBlank = (bytes: Uint8Array): boolean =>
  bytes.length === 0 || (bytes.length < 256 && BLANK.test(Buffer.from(bytes).toString('latin1')));

const withoutReturn = (bytes: Uint8Array): Uint8Array => (bytes[bytes.length - 1] === 13 ? bytes.subarray(0, -1) : bytes);

/** A topic that the policy does not name is identity: bridges put client ids into topic names. */
const isDeclared = (rules: Rules, topic: string): boolean =>
  topic === FILE_TOPIC || rules.events.some(({ name, policy }) => name === topic || policy.topics?.includes(topic) === true);

/** Parts of texts around a record that no event could be made of: whatever patterns the policy has, they may name somebody. */
const partsAround = ({ topic, around }: Frame, rules: Rules): string[] =>
  rules.events.flatMap(({ derived }) =>
    derived.flatMap(({ path, derived: one }) => {
      if (one.kind !== 'text' || one.part === null) return [];
      const { part, patterns } = one;
      const of = path.slice(0, -part.length - 1);
      const texts = [...around, { path: '$topic', text: topic }].flatMap((told) => (told.path === of ? [told.text] : []));
      return texts.flatMap((text) => patterns.flatMap((pattern) => takeApart(text, pattern)?.get(part) ?? []));
    }),
  );

/** What the policy says of a text around an event that is not there to name somebody (a time, a type) is not searched for. */
const isNoIdentifier = ({ event }: Frame, path: string): boolean => {
  const role = event?.policy.fields[path]?.role;
  return role !== undefined && role !== 'identifier';
};

const lookAround = (frame: Frame, pass: SourcePass, collect: CollectIdentifiers, where: string): void => {
  const look = (text: string): void => pass.search.look({ kind: 'other', text, exact: false }, where);
  if (frame.isPlaced && !isDeclared(pass.rules, frame.topic)) look(frame.topic);
  for (const { path, text } of frame.around) if (!isNoIdentifier(frame, path)) look(text);
  if (frame.event === null) {
    for (const part of partsAround(frame, pass.rules)) look(part);
    return;
  }
  for (const identifier of collect(frame.event, frame.value)) pass.search.look(identifier, where);
};

const MEMBER = /"([^"\\]{1,64})"\s*:\s*"((?:[^"\\]|\\.){4,256})"/g;

/** Last parts of the paths that are identifiers in any event: what a malformed record may still name. */
const identifierNames = (rules: Rules): ReadonlySet<string> =>
  new Set(
    rules.events.flatMap(({ policy }) =>
      Object.entries(policy.fields).flatMap(([path, field]) =>
        field.role === 'identifier' ? [(path.split('.').pop() as string).replace('[]', '')] : [],
      ),
    ),
  );

/** A malformed record goes to quarantine; its identifiers must not come out of an error path. */
const lookRaw = (bytes: Uint8Array | null, names: ReadonlySet<string>, pass: SourcePass, where: string): void => {
  const raw = Buffer.from(bytes ?? []).toString('utf8');
  // JSON that stands in a text has its quotes escaped.
  const isEmbedded = pass.rules.events.some(({ embedded }) => embedded.length > 0);
  for (const whole of isEmbedded ? [raw, raw.replaceAll('\\"', '"')] : [raw]) {
    for (const [, name, text] of whole.matchAll(MEMBER))
      if (names.has(name)) pass.search.look({ kind: 'other', text, exact: false }, where);
  }
};

const tellingOf = (view: ViewRule, { rules, control }: SourcePass): Telling => {
  if (!isBound(view)) return 'raw';
  if (control === null || control.people === null) return 'unknown';
  // Without a control log nobody ever is bound, so that nothing waits for the window's end.
  return rules.hasControls ? 'bindings' : 'raw';
};

/** Compares one readable record with what lineage says of it in each view of its event. */
const decide = (frame: Frame, source: number, clockMs: number, read: number, pass: SourcePass): void => {
  const { findings, sources, decisions, rules, control } = pass;
  const where = sources.name(source, frame.offset);
  if (frame.event === null) return;
  for (const view of frame.event.views) {
    const table = decisions.get(view.name);
    if (table === undefined) continue;
    const windowStart = Math.floor(clockMs / view.windowMs) * view.windowMs;
    if (pass.lost?.get(view.name)?.has(windowStart)) continue;
    const row = table.find(source, frame.offset);
    if (row < 0) {
      if (windowStart >= (pass.openFrom?.get(view.name) ?? Number.POSITIVE_INFINITY)) continue;
      findings.fail('I1', where, 'record without a verdict, though it is in order');
      continue;
    }
    if (table.windowStart[row] !== windowStart) findings.fail('I2', where, 'decided in another window than that of its append time');
    const projection = project(frame.event, view, frame.value, clockMs, control?.people);
    table.fill(row, read, projection, rules.hasControls);
    const verdict = table.verdict[row];
    const isAuthorised = control?.authorisations?.isAuthorised(projection.named, view, windowStart) ?? null;
    const wrong = contradiction(verdict, projection, tellingOf(view, pass), isAuthorised === true) ?? withoutRule(verdict, view, rules);
    if (wrong !== null) findings.fail(wrong.startsWith('stale') ? 'I9' : wrong.startsWith('blocked') ? 'I1' : 'I5', where, wrong);
    if (control === null) continue;
    checkPeople(verdict, projection, view, windowStart, control, where, findings);
    checkScope(verdict, projection, view, windowStart, control, where, findings);
    checkAuthorised(verdict, isAuthorised, projection, view, windowStart, control, where, findings);
  }
};

/** Single records, numbered through their file: lines as they are, blocks of containers cut into their data. */
async function* recordsOf(given: Rows<InputRecord>, rules: Rules): AsyncGenerator<SourceRecord> {
  const next: number[] = [];
  const schemas = new Map<unknown, Schema>();
  for await (const record of given) {
    if (record.kind === 'record') {
      yield record;
      continue;
    }
    const { file } = record;
    const first = next[file] ?? 0;
    if (record.kind === 'line') {
      next[file] = first + 1;
      if (!isBlank(record.bytes)) yield { kind: 'line', file, number: first, bytes: withoutReturn(record.bytes) };
      continue;
    }
    const schema = schemas.get(record.schema) ?? schemaOf(record.schema);
    schemas.set(record.schema, schema);
    const { records, numbers } = blockRecords(record.bytes, record.count, schema, rules.limits);
    next[file] = first + numbers;
    for (const { ordinal, bytes } of records) yield { kind: 'datum', file, number: first + ordinal, bytes, schema: record.schema };
  }
}

/** Reads the source once: counts, projects, links with lineage, and looks every identifier up. */
export const readSource = async (records: Rows<InputRecord>, pass: SourcePass): Promise<void> => {
  const { rules, sources, counted } = pass;
  const collect = createCollector(new Map(Object.entries(rules.policy.ladders).map(([name, shape]) => [name, Object.keys(shape)[0]])));
  const names = identifierNames(rules);
  const schemaNames = await readNames(rules, pass.schemas, pass.findings);
  const lastOffset: number[] = [];
  const clocks: number[] = [];
  for await (const record of recordsOf(records, rules)) {
    const frame = frameOf(record, rules, schemaNames.schemaOf);
    const source = sources.of(frame.topic, frame.partition);
    const where = sources.name(source, frame.offset);
    const repeated = frame.offset <= (lastOffset[source] ?? -1);
    lastOffset[source] = Math.max(lastOffset[source] ?? -1, frame.offset);
    if (frame.event === null || repeated) {
      noteFaulty(counted, frame.bytes, frame.isPlaced ? where : '');
      lookRaw(frame.bytes, names, pass, where);
    } else {
      clocks[source] = Math.max(clocks[source] ?? Number.NEGATIVE_INFINITY, frame.appendMs);
      if (frame.event.views.length === 0) counted.noView++;
      else decide(frame, source, clocks[source], counted.read, pass);
    }
    lookAround(frame, pass, collect, where);
    counted.read++;
  }
  const unknown = schemaNames.unknown();
  if (unknown > 0) pass.findings.note('I19', `${unknown} records were quarantined for a schema that was unknown when they were read`);
};
