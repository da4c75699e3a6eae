import type { KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import avro from 'avsc';
import { authorisedSchemaText, schemaText } from '../encode/encode.ts';
import { TransportError } from '../model/log.ts';
import type { Plan, ViewPlan } from '../model/plan.ts';
import { decodeAuditLine } from '../record/audit.ts';
import { decodeLedger, type LedgerEntry, type LedgerOffsets } from '../record/ledger.ts';
import type {
  ControlRow,
  KafkaRecord,
  NamedSchemas,
  PassageInputs,
  RunOutputs,
  TaskInputs,
  TimedLine,
  VerifyInputs,
  ViewRows,
} from '../verify/inputs.ts';
import { readKeyFile } from './keys/files.ts';
import { periodKeys } from './keys/periods.ts';
import { loadPrivateKey } from './keys/recipients.ts';
import { openAdmin } from './log/kafka/admin.ts';
import type { TopicPartition } from './log/kafka/reader.ts';
import { type KafkaSettings, type OwnTopics, outputTopic } from './log/kafka/settings.ts';
import { earliestOf, lastValue, readRange, readToEnd } from './log/kafka/whole.ts';
import type { Registry } from './registry/client.ts';
import { toldBy } from './registry/open.ts';
import { isSame } from './registry/subjects.ts';
import { authorisedSchemaId, outputSchemaId } from './service/options.ts';
import { countsOf } from './summary.ts';

/** What the checker reads of a service: its topics, as anybody with the rights could. */
export interface KafkaRun {
  readonly plan: Plan;
  readonly settings: KafkaSettings;
  readonly topics: OwnTopics;
  readonly tasks: number;
  readonly viewPartitions: (view: string) => number;
  /**
   * Set when several policies decided: digests of all of them, and by view the schema ids of the others' outputs where theirs
   * differ from this plan's.
   */
  readonly among?: { readonly policies: readonly string[]; readonly otherIds: (view: string) => ReadonlySet<number> };
  /** How long after its end a window may be open without an alarm, ms. */
  readonly objectiveMs: number;
  /** Null: schema ids are those of the policy's files, and of the released schemas themselves. */
  readonly registry: Registry | null;
  /** Folder with the private keys of lineage and quarantine. */
  readonly keys: string;
}

const PREFIX_BYTES = 5;

const texts = async function* (settings: KafkaSettings, of: TopicPartition): AsyncGenerator<string> {
  for await (const { value } of readToEnd(settings, of, 'earliest')) if (value !== null) yield value.toString('utf8');
};

const timedTexts = async function* (settings: KafkaSettings, of: TopicPartition): AsyncGenerator<TimedLine> {
  for await (const { value, timestampMs } of readRange(settings, of, null))
    if (value !== null) yield { text: value.toString('utf8'), atMs: timestampMs };
};

/** The last committed entry of each task: it says how far the task has come, which bounds what can be checked. */
const readLedgers = async ({ settings, topics, tasks }: Pick<KafkaRun, 'settings' | 'topics' | 'tasks'>): Promise<LedgerEntry[]> => {
  const entries: LedgerEntry[] = [];
  for (let task = 0; task < tasks; task++) {
    const last = await lastValue(settings, { topic: topics.ledger, partition: task });
    const read = last === null ? null : decodeLedger(last);
    if (read === null || !read.ok) throw new TransportError('unreadable', 'the ledger of a task is empty or cannot be read', false);
    entries.push(read.value);
  }
  return entries;
};

const sourceRecords = async function* (settings: KafkaSettings, { positions }: LedgerEntry): AsyncGenerator<KafkaRecord> {
  for (const { topic, partition, next } of positions) {
    for await (const record of readRange(settings, { topic, partition }, next))
      yield {
        kind: 'record',
        topic,
        partition,
        offset: record.offset,
        appendMs: record.timestampMs,
        key: record.key,
        headers: record.headers,
        value: record.value,
        bytes: record.whole,
      };
  }
};

const controlRows = async function* (settings: KafkaSettings, topic: string): AsyncGenerator<ControlRow> {
  for await (const { offset, timestampMs, value } of readRange(settings, { topic, partition: 0 }, null))
    yield { offset, atMs: timestampMs, value: value ?? new Uint8Array(0) };
};

/** What the service went by, and the registry to hold it to. */
const namedSchemas = (registry: Registry | null, { positions, registry: told }: LedgerEntry): NamedSchemas | undefined => {
  if (told === undefined) return undefined;
  if (registry === null)
    throw new TransportError('misconfigured', 'records were read by a schema registry; name it in the configuration', false);
  const placed = (offsets: LedgerOffsets) => offsets.map(([position, offset]) => ({ ...positions[position], offset }));
  return {
    since: placed(told.since),
    names: told.names.map(({ name, schema, from }) => ({ name, schema, from: placed(from) })),
    async schema(name) {
      const found = toldBy(await registry.schema(name));
      return found.kind === 'avro' ? found.text : null;
    },
  };
};

/**
 * Whether ids of released records are those of their view's schema; each is looked up once. A service that had no registry at
 * first made its ids itself.
 */
const createIdCheck = (
  { plan, registry }: KafkaRun,
  entries: readonly LedgerEntry[],
  view: ViewPlan,
  isAuthorised: boolean,
): ((id: number) => Promise<boolean>) => {
  const madeIds = entries.some((entry) => entry.registry === undefined || entry.registry.since.length > 0);
  const own = isAuthorised ? authorisedSchemaId(plan, view) : outputSchemaId(plan, view);
  const text = isAuthorised ? authorisedSchemaText(plan, view) : schemaText(plan, view);
  const known = new Map<number, boolean>(madeIds ? [[own, true]] : []);
  return async (id) => {
    const isOwn = known.get(id) ?? (registry !== null && isSame(toldBy(await registry.schema(id)), text));
    known.set(id, isOwn);
    return isOwn;
  };
};

/** Released records, decoded by the view's published schema. One with a key, a header, another id or time is none (I17). */
const viewRows = (run: KafkaRun, entries: readonly LedgerEntry[], name: string, topic: string, isAuthorised = false): ViewRows | null => {
  const { plan, settings, viewPartitions, among } = run;
  const view = plan.views.find((one) => one.name === name);
  if (view === undefined) return null;
  const schema: unknown = JSON.parse(isAuthorised ? authorisedSchemaText(plan, view) : schemaText(plan, view));
  const type = avro.Type.forSchema(schema as avro.Schema, { wrapUnions: false } as never);
  const isOwnId = createIdCheck(run, entries, view, isAuthorised);
  const records = async function* (): AsyncGenerator<unknown> {
    for (let partition = 0; partition < viewPartitions(name); partition++) {
      for await (const record of readRange(settings, { topic, partition }, null)) {
        const { key, headers, value } = record;
        if (value !== null && value.length > PREFIX_BYTES && among?.otherIds(name).has(value.readInt32BE(1))) continue;
        const isBare = key === null && headers.length === 0 && value !== null && value.length > PREFIX_BYTES && value[0] === 0;
        const isOwn = isBare && (await isOwnId(value.readInt32BE(1)));
        const row = isOwn ? (type.fromBuffer(value.subarray(PREFIX_BYTES)) as { readonly windowEnd: number }) : null;
        yield row !== null && row.windowEnd === record.timestampMs ? { ...row } : null;
      }
    }
  };
  return { kind: 'avro', schema, records: records() };
};

const isThere = async (settings: KafkaSettings, topic: string): Promise<boolean> => {
  const admin = await openAdmin(settings);
  return (await admin.describe([topic], []).finally(() => admin.close())).length > 0;
};

/** Exact counts of all tasks, as a run over files writes them. */
const summaryOf = (plan: Plan, entries: readonly LedgerEntry[]): string => {
  const sum = (of: (entry: LedgerEntry) => number): number => entries.reduce((total, entry) => total + of(entry), 0);
  const views = plan.views.map(({ name, path }) => {
    const own = entries.flatMap((entry) => entry.views.filter(({ view }) => view === name));
    const verdicts = new Float64Array(256);
    for (const { counts } of own) for (const [verdict, count] of counts) verdicts[verdict] += count;
    const classes = own.map(({ smallestClass }) => smallestClass).filter((size) => size > 0);
    return [name, { ...countsOf(verdicts, path.length), smallestClass: Math.min(...classes, Number.MAX_SAFE_INTEGER) }] as const;
  });
  return JSON.stringify({
    read: sum(({ counts }) => counts.read),
    noView: sum(({ counts }) => counts.noView),
    quarantined: sum(({ counts }) => counts.quarantined),
    views: Object.fromEntries(views),
  });
};

const outputsOf = (run: KafkaRun, entries: readonly LedgerEntry[]): RunOutputs => {
  const { plan, settings, topics, tasks } = run;
  const byTask = async function* (topic: string): AsyncGenerator<string> {
    for (let partition = 0; partition < tasks; partition++) yield* texts(settings, { topic, partition });
  };
  const own = [
    topics.ledger,
    topics.held,
    topics.quarantine,
    topics.lineage,
    topics.audit,
    ...plan.views.map(({ name }) => topics.view(name)),
  ];
  return {
    async view(name, period, isAuthorised = false) {
      if (period === undefined) return viewRows(run, entries, name, topics.view(name));
      const topic = isAuthorised ? topics.authorised(name, period) : topics.period(name, period);
      // One that is over may be deleted, with all that left to it.
      return (await isThere(settings, topic)) ? viewRows(run, entries, name, topic, isAuthorised) : null;
    },
    starts: async (view, output) => {
      const starts = new Map<number, number>();
      const topic = outputTopic(topics, view, output);
      for (let partition = 0; partition < run.viewPartitions(view); partition++)
        starts.set(partition, await earliestOf(settings, { topic, partition }));
      return starts;
    },
    avsc: (name) => {
      const view = plan.views.find((one) => one.name === name);
      return view === undefined ? null : schemaText(plan, view);
    },
    manifest: () => null,
    lineage: () => byTask(topics.lineage),
    audit: () => byTask(topics.audit),
    quarantine: () => byTask(topics.quarantine),
    summary: () => (entries.every((entry) => entry.plan === plan.digest) ? summaryOf(plan, entries) : null),
    names: () => own,
    async *others() {
      for (const topic of [topics.ledger, topics.held])
        for (let partition = 0; partition < tasks; partition++)
          for await (const { value } of readToEnd(settings, { topic, partition }, 'earliest'))
            if (value !== null) yield { name: topic, bytes: value };
    },
  };
};

/** Digests of every policy that closed a window or decides now, in the order in which they are first met. */
export const policiesOf = async (run: Pick<KafkaRun, 'settings' | 'topics' | 'tasks'>): Promise<readonly string[]> => {
  const found = new Set<string>();
  for (let task = 0; task < run.tasks; task++)
    for await (const text of texts(run.settings, { topic: run.topics.audit, partition: task })) {
      const line = decodeAuditLine(text);
      if (line.ok) found.add(line.value.policy);
    }
  for (const { plan } of await readLedgers(run)) found.add(plan);
  return [...found];
};

/** What the checker wants to know of how policies followed one another in the tasks of a service. */
export const readPassages = async (
  run: Pick<KafkaRun, 'settings' | 'topics' | 'tasks'>,
  policies: PassageInputs['policies'],
): Promise<PassageInputs> => {
  const { settings, topics } = run;
  return {
    tasks: (await readLedgers(run)).map(({ plan }, task) => ({
      task,
      audit: () => texts(settings, { topic: topics.audit, partition: task }),
      now: plan,
    })),
    policies,
    controls: () => controlRows(settings, topics.control),
  };
};

const privateKey = (path: string): KeyObject | null => (existsSync(path) ? loadPrivateKey(path) : null);

/** The control log; a policy without signers has none. */
/** Opens everything that the checker wants of a service, as far as its ledgers say that it has come. */
export const readKafkaRun = async (run: KafkaRun): Promise<Omit<VerifyInputs, 'policyText' | 'policyFile' | 'read' | 'ipTable'>> => {
  const entries = await readLedgers(run);
  const { settings, topics, keys } = run;
  return {
    records: [],
    ...(run.plan.signers.length === 0 ? {} : { controls: controlRows(settings, topics.control) }),
    tasks: entries.map(
      (entry, task): TaskInputs => ({
        task,
        records: sourceRecords(settings, entry),
        schemas: namedSchemas(run.registry, entry),
        lineage: () => texts(settings, { topic: topics.lineage, partition: task }),
        audit: () => timedTexts(settings, { topic: topics.audit, partition: task }),
        head: entry.audit,
        now: { policy: entry.plan, fromMs: entry.change?.since ?? Number.NEGATIVE_INFINITY },
      }),
    ),
    ...(run.among === undefined ? {} : { among: { policy: run.plan.digest, policies: run.among.policies } }),
    objectiveMs: run.objectiveMs,
    outputs: outputsOf(run, entries),
    lineageKey: privateKey(join(keys, 'lineage.key')),
    periodKeys: periodKeys(keys),
    operatorKey: privateKey(join(keys, 'operator.key')),
    ring: readKeyFile(join(keys, 'ring.json')),
    controlKeys: readKeyFile(join(keys, 'control.json')),
  };
};
