/** One line of a diagnosis. Holds names of files, topics and principals, never a value or a secret. */
export interface Check {
  readonly name: string;
  /** `skip`: it could not be looked at, and why. */
  readonly status: 'ok' | 'warn' | 'fail' | 'skip';
  readonly told: string;
  /** What to do next; null when there is nothing to do. */
  readonly next: string | null;
  /** Exit code when it fails, after sysexits. */
  readonly exit: 1 | 69 | 77 | 78;
}

const of =
  (status: Check['status']) =>
  (name: string, told: string, next: string | null = null, exit: Check['exit'] = 1): Check => ({ name, status, told, next, exit });

export const ok = of('ok');
export const warn = of('warn');
export const fail = of('fail');
export const skip = of('skip');

/** How a diagnosis ends: with the exit code of the first thing that fails, as later ones may follow from it. */
export const exitOf = (checks: readonly Check[]): 0 | Check['exit'] => checks.find(({ status }) => status === 'fail')?.exit ?? 0;
