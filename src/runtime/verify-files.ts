import type { KeyObject } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { createGunzip } from 'node:zlib';
import avro from 'avsc';
import { TransportError } from '../model/log.ts';
import type { ControlRow, InputRecord, RunOutputs, VerifyInputs, ViewRows } from '../verify/inputs.ts';
import { readKeyFile } from './keys/files.ts';
import { periodKeys } from './keys/periods.ts';
import { loadPrivateKey } from './keys/recipients.ts';
import { textLines } from './text-lines.ts';
import { containerBlocks } from './verify-container.ts';

/** What the checker reads of a run, from the folder it left. Nothing here is shared with how the run wrote it. */
export interface RunFolder {
  readonly in: readonly string[];
  readonly out: string;
  readonly keys?: string | undefined;
  readonly lineageKey?: string | undefined;
  readonly operatorKey?: string | undefined;
  readonly second?: string | undefined;
  /** The control log of the run. */
  readonly controls?: string | undefined;
}

const unreadable = (): TransportError => new TransportError('unreadable', 'a file of the run cannot be read', false);

async function* lines(path: string): AsyncGenerator<string> {
  if (existsSync(path)) yield* textLines(path);
}

/** Input lines as bytes, so that invalid UTF-8 is seen for what it is. */
async function* inputLines(path: string, file: number): AsyncGenerator<InputRecord> {
  const raw = createReadStream(path, { highWaterMark: 1 << 20 });
  const stream: AsyncIterable<Buffer> = path.endsWith('.gz') ? raw.pipe(createGunzip()) : raw;
  let rest = Buffer.alloc(0);
  try {
    for await (const chunk of stream) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let from = 0;
      for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
        yield { kind: 'line', file, bytes: bytes.subarray(from, end > from && bytes[end - 1] === 13 ? end - 1 : end) };
        from = end + 1;
      }
      rest = Buffer.from(bytes.subarray(from));
    }
  } catch {
    throw unreadable();
  }
  if (rest.length > 0) yield { kind: 'line', file, bytes: rest };
}

/** Records of a control log in a file, a line each: when it was appended, and the envelope. */
async function* controlRows(path: string): AsyncGenerator<ControlRow> {
  for await (const line of lines(path)) {
    if (line.trim() === '') continue;
    const row = parsed(line) as { readonly timestamp?: unknown; readonly value?: unknown } | null;
    if (!Number.isSafeInteger(row?.timestamp) || typeof row?.value !== 'object') throw unreadable();
    yield { atMs: row.timestamp as number, value: Buffer.from(JSON.stringify(row.value)) };
  }
}

/** Records of an output container by avsc's own reader, with the schema that the file carries. */
async function* containerRecords(path: string): AsyncGenerator<{ schema: unknown; value: unknown }> {
  const decoder = avro.createFileDecoder(path);
  let schema: unknown = null;
  decoder.on('metadata', (type: { schema(options: object): unknown }) => {
    schema = type.schema({ exportAttrs: true });
  });
  try {
    for await (const value of decoder as unknown as AsyncIterable<unknown>) yield { schema, value };
  } catch {
    throw unreadable();
  }
}

async function* records(files: readonly string[]): AsyncGenerator<InputRecord> {
  for (const [file, path] of files.entries()) {
    if (!path.endsWith('.avro')) yield* inputLines(path, file);
    else for (const { schema, count, bytes } of containerBlocks(path)) yield { kind: 'block', file, schema, count, bytes };
  }
}

/** A JSON document, null when it is none: then no record can be as it says. */
const parsed = (document: string | null): unknown => {
  try {
    return document === null ? null : JSON.parse(document);
  } catch {
    return null;
  }
};

const outputName = (view: string, period?: string, isAuthorised = false): string =>
  `${view}${period === undefined ? '' : `.period-${period}`}${isAuthorised ? '.authorised' : ''}`;

/** What a view released, or what it released in a combined-use period, of subjects who authorised it or of the others. */
const viewRows = (out: string, view: string, period?: string, isAuthorised = false): ViewRows | null => {
  const name = outputName(view, period, isAuthorised);
  const ndjson = join(out, 'views', `${name}.ndjson`);
  if (existsSync(ndjson)) return { kind: 'ndjson', lines: lines(ndjson) };
  const container = join(out, 'views', `${name}.avro`);
  if (!existsSync(container)) return null;
  const schema = parsed(text(join(out, 'views', `${outputName(view, undefined, isAuthorised)}.avsc`)));
  const values = async function* () {
    for await (const { value } of containerRecords(container)) yield value;
  };
  return { kind: 'avro', schema, records: values() };
};

const text = (path: string): string | null => (existsSync(path) ? readFileSync(path, 'utf8') : null);

const GIVEN = ['summary.json', 'lineage.ndjson', 'audit.ndjson', 'quarantine.ndjson'];

const outputsOf = (out: string): RunOutputs => {
  const names = readdirSync(out, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(out, join(entry.parentPath, entry.name)));
  // Whatever nobody asked for by its name is searched as it is: a file too many in views/ is no view of the policy.
  const given = new Set(GIVEN);
  const give = (name: string): string => {
    given.add(name);
    return join(out, name);
  };
  return {
    view(name, period, isAuthorised) {
      const rows = viewRows(out, name, period, isAuthorised);
      if (rows !== null) give(join('views', `${outputName(name, period, isAuthorised)}.${rows.kind}`));
      return rows;
    },
    avsc: (view) => text(give(join('views', `${view}.avsc`))),
    authorisedAvsc: (view) => text(give(join('views', `${outputName(view, undefined, true)}.avsc`))),
    manifest: (view) => text(give(join('views', `${view}.manifest.json`))),
    lineage: () => lines(join(out, 'lineage.ndjson')),
    audit: () => lines(join(out, 'audit.ndjson')),
    quarantine: () => lines(join(out, 'quarantine.ndjson')),
    summary: () => text(join(out, 'summary.json')),
    names: () => names,
    *others() {
      for (const name of names)
        if (!given.has(name) && !name.startsWith(`keys${sep}`)) yield { name, bytes: readFileSync(join(out, name)) };
    },
  };
};

const privateKey = (path: string): KeyObject | null => (existsSync(path) ? loadPrivateKey(path) : null);

/** Opens everything that the checker wants of a run; keys that are not there are null. */
export const readRun = (run: RunFolder): Omit<VerifyInputs, 'policyText' | 'policyFile' | 'read' | 'ipTable'> => {
  const keys = run.keys ?? join(run.out, 'keys');
  const { second, controls } = run;
  return {
    records: records(run.in),
    ...(controls === undefined ? {} : { controls: controlRows(controls) }),
    outputs: outputsOf(run.out),
    lineageKey: privateKey(run.lineageKey ?? join(keys, 'lineage.key')),
    periodKeys: periodKeys(keys),
    operatorKey: privateKey(run.operatorKey ?? join(keys, 'operator.key')),
    ring: readKeyFile(join(keys, 'ring.json')),
    controlKeys: readKeyFile(join(keys, 'control.json')),
    second: second === undefined ? null : (view, period, isAuthorised) => viewRows(second, view, period, isAuthorised),
  };
};
