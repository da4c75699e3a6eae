import type { Issue } from '../model/issue.ts';
import { ISSUES, type IssueCode } from './codes.ts';
import type { Locate, Position } from './locate.ts';

export type PolicyPath = readonly (string | number)[];

/** Collects issues of one policy file; the registry says how severe a code is. */
export interface Reporter {
  readonly issues: Issue[];
  /** At the key of a path; `value` points behind the key. */
  report(code: IssueCode, path: PolicyPath, message: string, fix: string, at?: 'key' | 'value'): void;
}

/** Nobody reads more at once, and looking up places is not free. */
const MAX_ISSUES = 100;

export const createReporter = (file: string, locate: Locate): Reporter => {
  const issues: Issue[] = [];
  return {
    issues,
    report: (code, path, message, fix, at) => {
      if (issues.length < MAX_ISSUES) issues.push(issueAt(code, file, locate(path, at), message, fix));
    },
  };
};

export const issueAt = (code: IssueCode, file: string, { line, column }: Position, message: string, fix: string): Issue => ({
  code,
  severity: ISSUES[code].severity,
  file,
  line,
  column,
  message,
  fix,
});
