/** One thing wrong with a policy, ladder file or schema: what its author has to change. Never holds event data. */
export interface Issue {
  /** Stable, e.g. `field-without-role`. */
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly column: number;
  /** What is wrong and what was expected. */
  readonly message: string;
  /** What to do next; with a suggestion when it looks like a typo. */
  readonly fix: string;
}
