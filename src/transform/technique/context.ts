import type { Issue } from '../../model/issue.ts';
import type { Ladder } from '../../model/ladder.ts';
import type { PolicyLadder } from '../../policy/shape.ts';
import { LADDER_ISSUES, type LadderIssueCode } from './issues.ts';

/** What a technique gets besides its part of the policy. */
export interface LadderContext {
  /** Text of a file that the policy names, relative to it; throws when it cannot be read. */
  read(path: string): string;
  /** Offline IP-to-country table: two CSV texts `first,last,country`, addresses as text. Only asked for when needed. */
  ipTable(): { readonly v4: string; readonly v6: string };
  /** The policy file, and where in it the ladder stands (1-based). */
  readonly file: string;
  readonly position: Position;
}

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The ladder of a policy that has `K` for its technique. */
export type Spec<K extends string> = Extract<PolicyLadder, { [key in K]: unknown }>;

/** A compiled ladder, or everything that is wrong with its declaration. */
export type Compiled = Ladder | Issue[];

/** An issue at a position of `file`; meaning and remedy come from the registry, `detail` says what exactly. */
export const issueIn = (file: string, position: Position, code: LadderIssueCode, detail: string): Issue => ({
  code,
  severity: LADDER_ISSUES[code].severity,
  file,
  line: position.line,
  column: position.column,
  message: `${LADDER_ISSUES[code].meaning}: ${detail}`,
  fix: LADDER_ISSUES[code].remedy,
});

/** An issue at the ladder's place in the policy. */
export const issueAt = (context: LadderContext, code: LadderIssueCode, detail: string): Issue =>
  issueIn(context.file, context.position, code, detail);

/** Levels must be some of `known`, finest first, each once. Null when they are. */
export const checkLevels = (context: LadderContext, levels: readonly string[], known: readonly string[]): Issue[] | null => {
  const ranks = levels.map((level) => known.indexOf(level));
  const isRising = ranks.every((rank, i) => rank >= 0 && (i === 0 || rank > ranks[i - 1]));
  return isRising && levels.length > 0
    ? null
    : [issueAt(context, 'ladder-bad-levels', `expected some of ${known.join(', ')}, in this order`)];
};
