/** How commands end: exit codes after sysexits(3), and errors that say what to do next but never hold a value. */
import { CommanderError } from 'commander';
import { DATASET_CODES, DatasetError } from '../model/dataset-error.ts';
import { InvariantError } from '../model/invariant.ts';
import type { Issue } from '../model/issue.ts';
import { KeyError } from '../model/keys.ts';
import { type TransportCode, TransportError } from '../model/log.ts';

export const EXIT = {
  ok: 0,
  /** A check ran and failed: `verify`, `lint --strict`, ... */
  failed: 1,
  /** Input that cannot be read as what it should be. */
  data: 65,
  /** Something needed is not there or not reachable. */
  unavailable: 69,
  /** A bug of ours. */
  bug: 70,
  /** May work the next time. */
  retry: 75,
  /** Keys, permissions, signatures. */
  denied: 77,
  /** Policy, configuration, command line. */
  config: 78,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A failure that a command foresaw. None of its texts may hold a value of an event. */
export class CliError extends Error {
  override readonly name = 'CliError';
  /** Stable, for scripts: `input-missing`. */
  readonly code: string;
  readonly exit: ExitCode;
  /** What to do next. */
  readonly next: string;
  readonly issues: readonly Issue[];
  constructor(code: string, exit: ExitCode, expected: string, next: string, issues: readonly Issue[] = []) {
    super(expected);
    this.code = code;
    this.exit = exit;
    this.next = next;
    this.issues = issues;
  }
}

/** What is said about a failure, on the terminal or as JSON. */
export interface Failure {
  readonly exit: ExitCode;
  readonly code: string;
  readonly expected: string;
  readonly next: string;
  readonly issues: readonly Issue[];
  /** Nothing for stderr: Commander said it already, or nobody is listening any more. */
  readonly silent: boolean;
}

/**
 * Turns whatever was thrown into what may be said. Texts of third parties quote values (JSON.parse, avsc), so of an
 * unforeseen error only its kind is told; `args` are what the user typed, so those of them may be repeated.
 */
export function failureOf(error: unknown, args: readonly string[]): Failure {
  if (error instanceof CliError) return { ...failure(error.code, error.exit, error.message, error.next), issues: error.issues };
  if (error instanceof KeyError)
    return failure(error.code, EXIT.denied, error.message, 'restore the key ring, or make its files readable by you only');
  if (error instanceof TransportError) {
    const exit = error.canRetry ? EXIT.retry : TRANSPORT[error.code].exit;
    const { expected } = TRANSPORT[error.code];
    return failure(error.code, exit, `${expected} (${error.message})`, 'nothing was released; correct it and run it again');
  }
  if (error instanceof DatasetError) {
    const { exit, remedy } = DATASET_CODES[error.code];
    return failure(error.code, exit, error.message, remedy);
  }
  if (error instanceof InvariantError) return failure('invariant', EXIT.bug, error.message, REPORT);
  if (error instanceof CommanderError)
    return { ...failure('usage', usage(error), 'a command line as --help shows it', 'unjoin --help'), silent: true };
  return systemFailure(error, args) ?? failure('internal-error', EXIT.bug, `no ${kindOf(error)} was expected here`, REPORT);
}

/** What was expected of the log; the error's own message says what is the matter with it. */
const TRANSPORT: Readonly<Record<TransportCode, { readonly expected: string; readonly exit: ExitCode }>> = {
  fenced: { expected: 'to be the only owner of the log', exit: EXIT.unavailable },
  unreadable: { expected: 'files that can be read', exit: EXIT.data },
  unwritable: { expected: 'a target that can be written', exit: EXIT.unavailable },
  closed: { expected: 'an open log', exit: EXIT.unavailable },
  unreachable: { expected: 'a broker that answers', exit: EXIT.unavailable },
  denied: { expected: 'a principal with the rights that provision gives', exit: EXIT.denied },
  misconfigured: { expected: 'topics and brokers set up as provision does', exit: EXIT.config },
  'out-of-range': { expected: 'records that a restart needs', exit: EXIT.unavailable },
  corrupt: { expected: 'records whose bytes are whole', exit: EXIT.data },
};

const REPORT = 'nothing was released by the step that failed; please report the code and the command';

const failure = (code: string, exit: ExitCode, expected: string, next: string): Failure => ({
  exit,
  code,
  expected,
  next,
  issues: [],
  silent: false,
});

/** Help and version end well; everything else that Commander refuses is a wrong command line. */
const usage = (error: CommanderError): ExitCode => (error.exitCode === 0 ? EXIT.ok : EXIT.config);

const KINDS = ['TypeError', 'RangeError', 'SyntaxError', 'ReferenceError', 'AggregateError'];

/** Name of a built-in kind of error; any other name could be made of anything. */
function kindOf(error: unknown): string {
  const name = error instanceof Error ? error.name : '';
  return KINDS.includes(name) ? name : 'Error';
}

const SYSTEM: Readonly<Record<string, readonly [code: string, exit: ExitCode, expected: string, next: string]>> = {
  ENOENT: ['file-missing', EXIT.unavailable, 'a file or folder that exists', 'check the path'],
  ENOTDIR: ['file-missing', EXIT.unavailable, 'a folder on the way to the file', 'check the path'],
  EISDIR: ['file-is-folder', EXIT.config, 'a file, not a folder', 'name a file'],
  EEXIST: ['file-exists', EXIT.config, 'a file that does not exist yet', 'name another file, or remove this one'],
  EACCES: ['file-denied', EXIT.denied, 'a file that you may use', 'change its owner or mode'],
  EPERM: ['file-denied', EXIT.denied, 'a file that you may use', 'change its owner or mode'],
  EROFS: ['file-denied', EXIT.denied, 'a file system that can be written', 'name another folder'],
  ENOSPC: ['disk-full', EXIT.retry, 'space on the disk', 'make room and run it again'],
  EDQUOT: ['disk-full', EXIT.retry, 'space within your quota', 'make room and run it again'],
  EADDRINUSE: ['port-taken', EXIT.unavailable, 'a free port at `http`', 'stop what listens there, or give the service another port'],
  EADDRNOTAVAIL: ['address-foreign', EXIT.config, 'an address of this machine at `http.host`', 'correct it; 127.0.0.1 is always there'],
  EMFILE: ['too-many-files', EXIT.retry, 'a free file descriptor', 'raise the limit (ulimit -n) and run it again'],
};

function systemFailure(error: unknown, args: readonly string[]): Failure | undefined {
  const { code, path } = (error ?? {}) as { readonly code?: unknown; readonly path?: unknown };
  if (code === 'EPIPE') return { ...failure('pipe-closed', EXIT.ok, '', ''), silent: true };
  const entry = typeof code === 'string' && Object.hasOwn(SYSTEM, code) ? SYSTEM[code] : undefined;
  if (entry === undefined) return undefined;
  const typed = typeof path === 'string' && args.includes(path) ? `${path}: ` : '';
  return failure(entry[0], entry[1], `${typed}${entry[2]}`, entry[3]);
}
