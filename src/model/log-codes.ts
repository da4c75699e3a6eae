import { DATASET_CODES, type DatasetCode } from './dataset-error.ts';
import { FAULTS, type FaultName } from './fault.ts';
import { REASONS, type Reason } from './verdict.ts';

/**
 * Everything that a log line can say. A line is a code of this registry and the fields that the code declares, each a
 * number or a member of a closed set: there is no slot for a value or for free text, so nothing personal fits in.
 */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** What went wrong, without its text: texts of third parties quote values. */
export const ERROR_CODES = [
  'key-destroyed',
  'key-file-mode',
  'key-file-broken',
  'control-key-missing',
  'invariant',
  'fenced',
  'unreadable',
  'unwritable',
  'closed',
  'unreachable',
  'denied',
  'misconfigured',
  'out-of-range',
  'corrupt',
  'file-missing',
  'file-denied',
  'disk-full',
  'too-many-files',
  'pipe-closed',
  'network-refused',
  'network-reset',
  'network-timeout',
  'name-not-found',
  'range-error',
  'type-error',
  'syntax-error',
  'internal-error',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** The closed sets. A field of another kind is a number. */
export interface LogSets {
  readonly fault: FaultName;
  readonly reason: Reason;
  readonly error: ErrorCode;
  readonly dataset: DatasetCode;
}

export const LOG_SETS: { readonly [K in keyof LogSets]: ReadonlySet<LogSets[K]> } = {
  fault: new Set(Object.keys(FAULTS) as FaultName[]),
  reason: new Set(Object.keys(REASONS) as Reason[]),
  error: new Set(ERROR_CODES),
  dataset: new Set(Object.keys(DATASET_CODES) as DatasetCode[]),
};

export type LogFieldKind = 'number' | keyof LogSets;

interface LogCodeEntry {
  readonly level: LogLevel;
  readonly meaning: string;
  readonly fields: Readonly<Record<string, LogFieldKind>>;
}

/** Counts are multiples of k, or of steps and windows rather than of people. */
export const LOG_CODES = {
  started: {
    level: 'info',
    meaning: 'the process runs; probes and metrics are served on the port',
    fields: { tasks: 'number', partitions: 'number', views: 'number', port: 'number' },
  },
  ready: { level: 'info', meaning: 'every task has read what it needs and gates', fields: { tasks: 'number', tookMs: 'number' } },
  stopping: { level: 'info', meaning: 'intake has ended; open steps are finished', fields: { tasks: 'number' } },
  stopped: { level: 'info', meaning: 'the process ends', fields: { tookMs: 'number' } },
  'task-assigned': { level: 'info', meaning: 'a task is owned by this process', fields: { task: 'number', partitions: 'number' } },
  'task-revoked': { level: 'info', meaning: 'a task is owned by another process now', fields: { task: 'number' } },
  restored: {
    level: 'info',
    meaning: 'a task has offered again what it held',
    fields: { task: 'number', tookMs: 'number' },
  },
  'step-done': {
    level: 'debug',
    meaning: 'one transaction was committed',
    fields: { task: 'number', windows: 'number', tookMs: 'number' },
  },
  'step-failed': {
    level: 'error',
    meaning: 'one transaction was aborted; nothing of it was released',
    fields: { task: 'number', error: 'error' },
  },
  'window-closed': {
    level: 'info',
    meaning: 'a window of a view was decided',
    fields: { task: 'number', view: 'number', window: 'number', lagMs: 'number' },
  },
  'window-late': {
    level: 'warn',
    meaning: 'a window is past its objective and still undecided',
    fields: { task: 'number', view: 'number', window: 'number', lagMs: 'number' },
  },
  'policy-loaded': {
    level: 'info',
    meaning: 'another policy is wanted from the next boundary on',
    fields: { views: 'number', alignMs: 'number' },
  },
  'policy-same': { level: 'info', meaning: 'the policy was read again and is the one that is wanted already', fields: {} },
  'policy-refused': {
    level: 'error',
    meaning: 'a policy that was read again does not load; the one before stays in force',
    fields: { issues: 'number', exit: 'number' },
  },
  'policy-loosens': {
    level: 'error',
    meaning: 'a policy that was read again loosens the one in force, and nobody accepted that; the one before stays in force',
    fields: { changes: 'number', exit: 'number' },
  },
  'policy-accepted': {
    level: 'warn',
    meaning: 'a policy loosens the one in force, and somebody accepted that; the audit chain says who',
    fields: { plans: 'number' },
  },
  'policy-in-force': {
    level: 'info',
    meaning: 'a task has come to a boundary: another policy decides from there on',
    fields: { task: 'number' },
  },
  quarantined: {
    level: 'warn',
    meaning: 'records of one fault went to quarantine',
    fields: { task: 'number', fault: 'fault', rows: 'number' },
  },
  blocked: {
    level: 'debug',
    meaning: 'records were blocked for one reason',
    fields: { task: 'number', view: 'number', reason: 'reason', rows: 'number' },
  },
  'keys-made': { level: 'info', meaning: 'the keys of an epoch were made', fields: { epoch: 'number' } },
  'control-key-destroyed': { level: 'warn', meaning: 'a control key was destroyed', fields: { key: 'number' } },
  'keys-destroyed': { level: 'warn', meaning: 'the keys of an epoch were destroyed', fields: { epoch: 'number' } },
  'intake-paused': {
    level: 'warn',
    meaning: 'memory is short: nothing is fetched, and brokers keep what comes',
    fields: { rssMiB: 'number', capMiB: 'number' },
  },
  'intake-resumed': { level: 'info', meaning: 'memory suffices again: fetching goes on', fields: { pausedMs: 'number' } },
  retrying: {
    level: 'warn',
    meaning: 'something failed and is tried again',
    fields: { error: 'error', attempt: 'number', delayMs: 'number' },
  },
  held: { level: 'warn', meaning: 'release is held until something is reachable again', fields: { task: 'number', error: 'error' } },
  resumed: { level: 'info', meaning: 'release goes on', fields: { task: 'number', heldMs: 'number' } },
  'dataset-held': {
    level: 'warn',
    meaning: 'windows of a view are over and wait for an index of a dataset: nothing of them leaves until it is there',
    fields: { task: 'number', view: 'number', dataset: 'dataset' },
  },
  'dataset-resumed': { level: 'info', meaning: 'windows of a view wait for no index any more', fields: { task: 'number', view: 'number' } },
  'dataset-stale': {
    level: 'error',
    meaning: 'a window of a view was blocked whole: no index of a dataset was in force that is fresh enough and was not given up',
    fields: { task: 'number', view: 'number', window: 'number' },
  },
  'datasets-read': { level: 'info', meaning: 'the folder of indexes was looked at again', fields: { datasets: 'number' } },
  'datasets-refused': {
    level: 'error',
    meaning: 'what lies in the folder of indexes cannot guard; what guarded before goes on guarding',
    fields: { dataset: 'dataset' },
  },
  failed: { level: 'error', meaning: 'the process ends with an error', fields: { error: 'error', exit: 'number' } },
} as const satisfies Record<string, LogCodeEntry>;

export type LogCode = keyof typeof LOG_CODES;

type ValueOf<K extends LogFieldKind> = K extends keyof LogSets ? LogSets[K] : number;

/** The fields of a code, each of its kind. */
export type LogFields<C extends LogCode> = {
  readonly [F in keyof (typeof LOG_CODES)[C]['fields']]: ValueOf<Extract<(typeof LOG_CODES)[C]['fields'][F], LogFieldKind>>;
};
