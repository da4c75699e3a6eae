import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TransportError } from '../model/log.ts';
import { type ChainHead, createAuditCheck } from '../record/audit.ts';
import { textLines } from './text-lines.ts';

/** What the audit of a run shows by itself, without records, keys or policy. */
export interface AuditReport {
  /** Lines that fit. */
  readonly lines: number;
  /** Number of the first line that was changed, is missing before it or out of place; -1 when there is none. */
  readonly broken: number;
  /** End of the whole part of the chain: pin it elsewhere, to see later that nothing was cut off or made anew. */
  readonly head: ChainHead;
  /** Whether the chain has the pinned head at its place; null when none was given. */
  readonly isPinned: boolean | null;
}

const isHead = (head: ChainHead, pinned: ChainHead): boolean => head.seq === pinned.seq && head.hash === pinned.hash;

/** Checks the hash chain of a run's audit, line by line. Throws `TransportError` `unreadable` when there is no audit. */
export const checkAudit = async (out: string, pinned: ChainHead | null): Promise<AuditReport> => {
  const path = join(out, 'audit.ndjson');
  if (!existsSync(path)) throw new TransportError('unreadable', 'the folder holds no audit of a run', false);
  const check = createAuditCheck();
  let isPinned = pinned === null ? null : isHead(check.head(), pinned);
  for await (const line of textLines(path)) {
    if (!check.next(line)) return { lines: check.head().seq, broken: check.head().seq, head: check.head(), isPinned };
    if (pinned !== null && isHead(check.head(), pinned)) isPinned = true;
  }
  return { lines: check.head().seq, broken: -1, head: check.head(), isPinned };
};
