import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ControlLine } from '../control/fold.ts';
import { createContainer } from '../encode/container.ts';
import { authorisedSchemaText, schemaText } from '../encode/encode.ts';
import { manifest } from '../encode/manifest.ts';
import { DatasetError } from '../model/dataset-error.ts';
import type { Keys } from '../model/keys.ts';
import type { Plan } from '../model/plan.ts';
import { createPipeline, STAGES, type Stages } from '../pipeline.ts';
import { fileControls, readControlFile } from './control/file.ts';
import { type ControlSource, guardedControls } from './control/source.ts';
import { fixedGuarding, folderGuarding, type Guarding, impatient, isNamedByLog, namedGuarding } from './dataset/guarding.ts';
import { requireNamed } from './dataset/named.ts';
import { createShelf } from './dataset/shelf.ts';
import { forgetKeys, keysByEpochs } from './keys/epochs.ts';
import { openRecipients } from './keys/recipients.ts';
import { openRing } from './keys/ring.ts';
import { openFileLog } from './log/file/log.ts';
import { createSink, type Sink, type WholeFile } from './log/file/sink.ts';
import type { Summary } from './summary.ts';
import { runTask } from './task.ts';
import { createWriters } from './writers.ts';

export interface FileRun {
  readonly plan: Plan;
  readonly inputs: readonly string[];
  readonly out: string;
  readonly format: 'ndjson' | 'avro';
  /** Folder of the key ring; without it a fresh ring is made in `<out>/keys`. */
  readonly keys?: string | undefined;
  /** The control log, of a policy that names signers. */
  readonly controls?: string | undefined;
  /** Folder of the indexes of registered datasets; needed when the policy declares any. */
  readonly datasets?: string | undefined;
  readonly onStep?: ((read: number) => void) | undefined;
  /** Stages to run with; tests put broken ones here to prove that the checker notices. */
  readonly stages?: Stages;
}

const wholeFiles = (plan: Plan, summary: Summary): WholeFile[] => [
  ...plan.views.flatMap((view) => [
    { name: join('views', `${view.name}.avsc`), text: schemaText(plan, view), mode: 0o644 },
    { name: join('views', `${view.name}.manifest.json`), text: `${JSON.stringify(manifest(plan, view), null, 2)}\n`, mode: 0o644 },
  ]),
  { name: 'summary.json', text: `${JSON.stringify(summary, null, 2)}\n`, mode: 0o600 },
];

/** The key ring of a run, with the public keys that quarantine and lineage are sealed to. */
const openKeys = (run: FileRun, sink: Sink): { keys: Keys; recipients: ReturnType<typeof openRecipients> } => {
  const dir = run.keys === undefined ? join(sink.aside, 'keys') : resolve(run.keys);
  const views = run.plan.views.map((view) => view.name);
  return { keys: openRing(dir, { prf: run.plan.prf, create: true, views }), recipients: openRecipients(dir, { create: true }) };
};

/** What guards the views of the plan. Throws `DatasetError` before anything is made. */
const guardingOf = ({ plan, datasets, keys }: FileRun, lines: readonly ControlLine[]): Guarding => {
  if (plan.datasets.length === 0) return fixedGuarding();
  if (datasets === undefined) throw new DatasetError('datasets-not-given', 'a folder of indexes: the policy declares datasets');
  if (keys === undefined) throw new DatasetError('datasets-without-keys', 'the key folder that opens the indexes');
  const folders = { index: resolve(datasets), keys: resolve(keys) };
  if (!isNamedByLog(plan)) return impatient(plan, folderGuarding(plan, folders));
  const shelf = createShelf(folders);
  requireNamed(plan, lines, shelf);
  return impatient(plan, namedGuarding(plan, shelf));
};

/** Without signers nobody could say anything, and candidates carry no control tokens. */
const controlsOf = (run: FileRun): ControlSource => {
  const { plan, controls } = run;
  const lines = plan.signers.length === 0 || controls === undefined ? [] : readControlFile(resolve(controls));
  const guarding = guardingOf(run, lines);
  return plan.signers.length === 0 ? guardedControls(guarding) : fileControls(plan, lines, guarding);
};

/**
 * Runs files through the gate into a folder. The folder appears, whole, when everything is decided; after any error or
 * kill there is none. The same files, policy and keys give the same releases.
 */
export const runFiles = async (run: FileRun): Promise<Summary> => {
  const { plan } = run;
  const controls = controlsOf(run);
  const views = plan.views.map((view) => ({
    name: view.name,
    schema: schemaText(plan, view),
    authorised: authorisedSchemaText(plan, view),
  }));
  const sink = createSink({ dir: resolve(run.out), format: run.format, views }, createContainer);
  try {
    const { keys: ring, recipients } = openKeys(run, sink);
    const keys = keysByEpochs(ring, controls.epochs);
    const log = await openFileLog(run.inputs, plan, sink);
    const pipeline = createPipeline(plan, keys, run.stages ?? STAGES);
    const writers = createWriters(plan, keys, recipients);
    const summary = await runTask({
      ...{ plan, pipeline, log, writers, controls },
      forget: (gone) => forgetKeys(keys, gone),
      ...(run.onStep === undefined ? {} : { onStep: run.onStep }),
    });
    sink.complete(wholeFiles(plan, summary));
    return summary;
  } catch (error) {
    sink.discard();
    throw error;
  }
};

/** Input files that do not exist, so that a typo is told before anything is made. */
export const missingInputs = (inputs: readonly string[]): string[] => inputs.filter((path) => !existsSync(path));
