import type { InputRecord, Rows } from './inputs.ts';
import type { AuditLine } from './statements/audit.ts';

/**
 * Which of several policies decided when, by the audit lines of one task: each decided from the start of its first window to
 * that of the next one's first. What is asked is always whether it was the policy that is being checked.
 */
export interface Reigns {
  /** Whether what begins at a time (a window) was for the policy to decide. */
  isOurs(atMs: number): boolean;
  /** How often the policy came into force here. */
  readonly times: number;
  /** Whether it is in force still. */
  readonly isLast: boolean;
  /** The records that were for the policy, as it saw them: none is older than the boundary behind which it came. */
  records(rows: Rows<InputRecord>): Rows<InputRecord>;
  /** Whether a record by its coordinates was among those; known once they were read. */
  has(coordinate: string): boolean;
}

/** A policy that decided everything. */
const ALWAYS: Reigns = { isOurs: () => true, times: 1, isLast: true, records: (rows) => rows, has: () => true };

interface Reign {
  readonly policy: string;
  readonly fromMs: number;
}

const startsOf = (lines: readonly AuditLine[]): Reign[] => {
  const reigns: Reign[] = [];
  for (const { policy, windowStart } of lines) {
    const last = reigns.at(-1);
    if (last === undefined) reigns.push({ policy, fromMs: Number.NEGATIVE_INFINITY });
    else if (last.policy !== policy) reigns.push({ policy, fromMs: windowStart });
    // Views follow one another in a chain; the boundary is where the first of them begins.
    else if (windowStart < last.fromMs) reigns[reigns.length - 1] = { policy, fromMs: windowStart };
  }
  return reigns;
};

/** `policy`: digest of the one that is checked, null when there was only one; `now`: the one in force, if the ledger tells. */
export const reignsOf = (lines: readonly AuditLine[], policy: string | null, now?: Reign): Reigns => {
  if (policy === null) return ALWAYS;
  const reigns = startsOf(lines);
  // It has not closed a window yet, so that no line names it.
  if (now !== undefined && reigns.at(-1)?.policy !== now.policy) reigns.push(now);
  const at = (ms: number): Reign | undefined => reigns.findLast(({ fromMs }) => fromMs <= ms);
  const isOurs = (ms: number): boolean => at(ms)?.policy === policy;
  const clocks = new Map<string, number>();
  /** Offsets per partition, as ranges that include both ends; the last one grows until another policy follows. */
  const ranges = new Map<string, { from: number; to: number }[]>();
  const growing = new Map<string, { from: number; to: number }>();
  const note = (name: string, offset: number): void => {
    const range = growing.get(name) ?? { from: offset, to: offset };
    if (!growing.has(name)) ranges.set(name, [...(ranges.get(name) ?? []), range]);
    range.to = offset;
    growing.set(name, range);
  };
  return {
    isOurs,
    times: reigns.filter((reign) => reign.policy === policy).length,
    isLast: reigns.at(-1)?.policy === policy,
    async *records(rows) {
      for await (const record of rows) {
        if (record.kind !== 'record') {
          yield record;
          continue;
        }
        const name = `${record.topic}:${record.partition}`;
        const clockMs = Math.max(clocks.get(name) ?? Number.NEGATIVE_INFINITY, record.appendMs);
        clocks.set(name, clockMs);
        const reign = at(clockMs);
        if (reign?.policy !== policy) {
          growing.delete(name);
          continue;
        }
        note(name, record.offset);
        yield { ...record, appendMs: Math.max(record.appendMs, reign.fromMs) };
      }
    },
    has(coordinate) {
      const cut = coordinate.lastIndexOf(':');
      const offset = Number(coordinate.slice(cut + 1));
      return (ranges.get(coordinate.slice(0, cut)) ?? []).some(({ from, to }) => from <= offset && offset <= to);
    },
  };
};
