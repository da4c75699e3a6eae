import { closeSync, existsSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { AvroContainer } from '../../../encode/container.ts';
import { type Transaction, TransportError, type ViewOutput } from '../../../model/log.ts';
import { makeFolder } from '../../make-folder.ts';

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
  /** Views in plan order: an empty view still gets its file. */
  readonly views: readonly SinkView[];
}

/** A view with its Avro output schemas. */
export interface SinkView {
  readonly name: string;
  readonly schema: string;
  /** Of what leaves of subjects who authorised a combined-use period. */
  readonly authorised: string;
}

const SUMMARY = 'summary.json';
const OWN_FILES = new Set(['views', SUMMARY, 'quarantine.ndjson', 'lineage.ndjson', 'audit.ndjson', 'keys']);
const OWN_VIEW_FILE = /\.(ndjson|avro|avsc|manifest\.json)$/;

/**
 * True when a folder is not there, is empty, or holds a complete earlier run of ours and nothing else, so that replacing it
 * loses nothing else. A key ring alone is no run.
 */
export const isReplaceable = (dir: string): boolean => {
  if (!existsSync(dir)) return true;
  if (!statSync(dir).isDirectory()) return false;
  const names = readdirSync(dir);
  if (names.length === 0) return true;
  const views = join(dir, 'views');
  return (
    names.includes(SUMMARY) &&
    names.every((name) => OWN_FILES.has(name)) &&
    statSync(views, { throwIfNoEntry: false })?.isDirectory() === true &&
    readdirSync(views).every((name) => OWN_VIEW_FILE.test(name))
  );
};

/** A run writes beside its target, under its own process id: two runs never write into one folder. */
const asideOf = (dir: string, what: 'new' | 'old'): string =>
  join(dirname(dir), `.${basename(dir)}.${what === 'new' ? '' : 'old.'}${process.pid}.partial`);

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

/** What may be better the next time: no space, no descriptors. */
const PASSING = new Set(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'EIO']);

const guard = <T>(work: () => T): T => {
  try {
    return work();
  } catch (error) {
    if (error instanceof TransportError) throw error;
    const canRetry = PASSING.has((error as NodeJS.ErrnoException).code ?? '');
    throw new TransportError('unwritable', 'the output folder cannot be written', canRetry);
  }
};

/** Refuses to replace what is no run of ours, whoever asks. */
const refuseForeign = (dir: string): void => {
  if (!isReplaceable(dir)) throw new TransportError('unwritable', 'the output folder holds something else than an earlier run', false);
};

const forceToDisk = (path: string): void => {
  const file = openSync(path, 'r');
  fsyncSync(file);
  closeSync(file);
};

/**
 * Puts the finished folder in the place of an earlier one. Each step is one rename, so that a kill leaves the earlier run,
 * none (the earlier one lies aside, and the next run sweeps it) or this one: never half of any.
 */
const replace = (dir: string, aside: string): void => {
  const old = asideOf(dir, 'old');
  if (existsSync(dir)) renameSync(dir, old);
  renameSync(aside, dir);
  forceToDisk(dirname(dir));
  rmSync(old, { recursive: true, force: true });
};

export const createSink = (options: SinkOptions, containers: (name: string, schema: string) => AvroContainer): Sink => {
  const { dir, format, views } = options;
  const aside = asideOf(dir, 'new');
  guard(() => {
    refuseForeign(dir);
    sweep(dir);
    makeFolder(join(aside, 'views'), 0o700);
  });
  const open = (name: string, mode: number) => guard(() => openSync(join(aside, name), 'w', mode));
  const streams = new Map(['quarantine', 'lineage', 'audit'].map((name) => [name, open(`${name}.ndjson`, 0o600)]));
  const outputs = new Map<string, { file: number; container: AvroContainer | null }>();
  const openOutput = (name: string, schema: string) => {
    const output = { file: open(`views/${name}.${format}`, 0o644), container: format === 'avro' ? containers(name, schema) : null };
    if (output.container !== null) guard(() => writeFileSync(output.file, (output.container as AvroContainer).header));
    outputs.set(name, output);
    return output;
  };
  for (const { name, schema } of views) openOutput(name, schema);
  /** Whoever reads a combined-use period's file has no business in the view's own, so that it has one of its own. */
  const outputOf = ({ view, period, isAuthorised }: ViewOutput) => {
    const name = period === null ? view : `${view}.period-${period}${isAuthorised ? '.authorised' : ''}`;
    const known = outputs.get(name);
    if (known !== undefined) return known;
    const { schema, authorised } = views.find((one) => one.name === view) as SinkView;
    if (isAuthorised) guard(() => writeFileSync(join(aside, 'views', `${view}.authorised.avsc`), authorised, { mode: 0o644, flush: true }));
    return openOutput(name, isAuthorised ? authorised : schema);
  };
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
        const target = outputOf(output);
        if (target.container === null) lines(target.file, output.json);
        else if (output.count > 0) guard(() => writeFileSync(target.file, (target.container as AvroContainer).block(output.avro)));
      }
      for (const name of ['quarantine', 'lineage', 'audit'] as const) lines(streams.get(name) as number, transaction[name]);
    },
    complete(files) {
      guard(() => {
        closeAll();
        for (const { name, text, mode } of files) writeFileSync(join(aside, name), text, { mode, flush: true });
        refuseForeign(dir);
        replace(dir, aside);
      });
    },
    discard() {
      rmSync(aside, { recursive: true, force: true });
    },
  };
};
