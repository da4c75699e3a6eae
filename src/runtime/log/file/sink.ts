import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { AvroContainer } from '../../../encode/container.ts';
import { type Transaction, TransportError } from '../../../model/log.ts';

/** Files that a run writes whole, besides what it appends: schemas, manifests, the summary. */
export interface WholeFile {
  readonly name: string;
  readonly text: string;
  readonly mode: number;
}

/** The output folder of a run: written aside, renamed at the end, so that a half-written one never looks complete. */
export interface Sink {
  /** Where the run writes until it is complete. */
  readonly aside: string;
  append(transaction: Transaction): void;
  /** Adds whole files, forces everything to disk and renames the folder to its final name. */
  complete(files: readonly WholeFile[]): void;
  discard(): void;
}

export interface SinkOptions {
  readonly dir: string;
  readonly format: 'ndjson' | 'avro';
  /** Views in plan order with their Avro output schema: an empty view still gets its file. */
  readonly views: readonly { readonly name: string; readonly schema: string }[];
}

const OWN_FILES = new Set(['views', 'summary.json', 'quarantine.ndjson', 'lineage.ndjson', 'audit.ndjson', 'keys']);

/** True when a folder holds nothing but an earlier run of ours (or nothing), so that replacing it loses nothing else. */
export const isReplaceable = (dir: string): boolean => !existsSync(dir) || readdirSync(dir).every((name) => OWN_FILES.has(name));

/** A run writes beside its target, under its own process id: two runs never write into one folder. */
const asideOf = (dir: string): string => join(dirname(dir), `.${basename(dir)}.${process.pid}.partial`);

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** Removes what killed runs left beside the target, and what this process left. */
const sweep = (dir: string): void => {
  const parent = dirname(dir);
  if (!existsSync(parent)) return;
  for (const name of readdirSync(parent)) {
    const pid = name.startsWith(`.${basename(dir)}.`) ? /\.(\d+)\.partial$/.exec(name)?.[1] : undefined;
    if (pid !== undefined && (Number(pid) === process.pid || !isAlive(Number(pid))))
      rmSync(join(parent, name), { recursive: true, force: true });
  }
};

const guard = <T>(work: () => T): T => {
  try {
    return work();
  } catch {
    throw new TransportError('unwritable', 'the output folder cannot be written', true);
  }
};

export const createSink = (options: SinkOptions, containers: (name: string, schema: string) => AvroContainer): Sink => {
  const { dir, format, views } = options;
  const aside = asideOf(dir);
  guard(() => {
    sweep(dir);
    mkdirSync(join(aside, 'views'), { recursive: true, mode: 0o700 });
  });
  const open = (name: string, mode: number) => guard(() => openSync(join(aside, name), 'w', mode));
  const streams = new Map(['quarantine', 'lineage', 'audit'].map((name) => [name, open(`${name}.ndjson`, 0o600)]));
  const outputs = new Map(
    views.map(({ name, schema }) => [
      name,
      { file: open(`views/${name}.${format}`, 0o644), container: format === 'avro' ? containers(name, schema) : null },
    ]),
  );
  for (const { file, container } of outputs.values()) if (container !== null) guard(() => writeFileSync(file, container.header));
  const lines = (file: number, texts: readonly string[]) => {
    if (texts.length > 0) guard(() => writeFileSync(file, `${texts.join('\n')}\n`));
  };
  const closeAll = () => {
    for (const file of [...streams.values(), ...[...outputs.values()].map((output) => output.file)]) {
      fsyncSync(file);
      closeSync(file);
    }
  };
  return {
    aside,
    append(transaction) {
      for (const output of transaction.outputs) {
        const target = outputs.get(output.view) as { file: number; container: AvroContainer | null };
        if (target.container === null) lines(target.file, output.json);
        else if (output.count > 0) guard(() => writeFileSync(target.file, (target.container as AvroContainer).block(output.avro)));
      }
      for (const name of ['quarantine', 'lineage', 'audit'] as const) lines(streams.get(name) as number, transaction[name]);
    },
    complete(files) {
      guard(() => {
        closeAll();
        for (const { name, text, mode } of files) writeFileSync(join(aside, name), text, { mode });
        rmSync(dir, { recursive: true, force: true });
        renameSync(aside, dir);
      });
    },
    discard() {
      rmSync(aside, { recursive: true, force: true });
    },
  };
};
