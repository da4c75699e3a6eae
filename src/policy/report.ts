import type { Issue } from '../model/issue.ts';
import { ISSUES, type IssueCode } from './codes.ts';
import type { Locate, Position } from './locate.ts';

export type PolicyPath = readonly (string | number)[];

/** Collects issues of one policy file, or of one file with another registry of codes, which says how severe each is. */
export interface Reporter<C extends string = IssueCode> {
  readonly issues: Issue[];
  /** At the key of a path; `value` points behind the key. */
  report(code: C, path: PolicyPath, message: string, fix: string, at?: 'key' | 'value'): void;
}

/** How severe each code of a registry is. */
export type Severities<C extends string> = Readonly<Record<C, { readonly severity: Issue['severity'] }>>;

/** Nobody reads more at once, and looking up places is not free. */
const MAX_ISSUES = 100;

/** A reporter whose codes are those of `registry`. */
export const reporterOf = <C extends string>(registry: Severities<C>, file: string, locate: Locate): Reporter<C> => {
  const issues: Issue[] = [];
  return {
    issues,
    report: (code, path, message, fix, at) => {
      const { severity } = registry[code];
      if (issues.length < MAX_ISSUES) issues.push({ code, severity, file, ...locate(path, at), message, fix });
    },
  };
};

export const createReporter = (file: string, locate: Locate): Reporter => reporterOf(ISSUES, file, locate);

export const issueAt = (code: IssueCode, file: string, { line, column }: Position, message: string, fix: string): Issue => ({
  code,
  severity: ISSUES[code].severity,
  file,
  line,
  column,
  message,
  fix,
});
