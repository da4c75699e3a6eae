import { createHash } from 'node:crypto';

const VERSION = 1;
/** What stands for the hash before the first line. */
export const GENESIS = '0'.repeat(64);

export interface AuditEntry {
  readonly view: string;
  readonly windowStart: number;
  readonly windowEnd: number;
  /** 1, or the length of a run of windows without records that this line stands for. */
  readonly windows: number;
  readonly inputs: readonly { readonly topic: string; readonly partition: number; readonly from: number; readonly to: number }[];
  /** Digest of the plan. */
  readonly policy: string;
  /** Version of the control records. */
  readonly controls: number;
  readonly epoch: number;
  /** Already exported: multiples of k. */
  readonly counts: { readonly released: readonly number[]; readonly blocked: Readonly<Record<string, number>> };
}

/** A count as it may leave: floored to a multiple of k, so that no difference of two readings isolates anybody. */
export const exported = (count: number, k: number): number => Math.floor(count / k) * k;

const bodyText = (seq: number, entry: AuditEntry, prev: string): string =>
  JSON.stringify({
    v: VERSION,
    seq,
    view: entry.view,
    windowStart: entry.windowStart,
    windowEnd: entry.windowEnd,
    windows: entry.windows,
    inputs: entry.inputs.map(({ topic, partition, from, to }) => ({ topic, partition, from, to })),
    policy: entry.policy,
    controls: entry.controls,
    epoch: entry.epoch,
    counts: { released: entry.counts.released, blocked: entry.counts.blocked },
    prev,
  });

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

export interface AuditChain {
  /** The next line of `audit.ndjson`. */
  line(entry: AuditEntry): string;
  /** Hash of the last line: whoever pins it elsewhere can tell a chain that was cut at its end. */
  head(): string;
}

/** Continues a chain after `seq` lines whose last hash is `prev`. */
export const createAuditChain = (seq = 0, prev: string = GENESIS): AuditChain => {
  let next = seq;
  let last = prev;
  return {
    line(entry) {
      const body = bodyText(next++, entry, last);
      last = hashOf(body);
      return `${body.slice(0, -1)},"hash":"${last}"}`;
    },
    head: () => last,
  };
};

/**
 * Checks a chain: number of the first line that was changed, is missing before it or is out of place; -1 when it is
 * whole. Lines cut off at the end cannot be seen from the chain alone: compare its head with a pinned one.
 */
export const firstBrokenLine = (lines: readonly string[]): number => {
  let prev = GENESIS;
  for (const [seq, line] of lines.entries()) {
    const match = /^(\{.*),"hash":"([0-9a-f]{64})"\}$/s.exec(line);
    if (match === null) return seq;
    const body = `${match[1]}}`;
    if (hashOf(body) !== match[2] || !body.startsWith(`{"v":${VERSION},"seq":${seq},`) || !body.endsWith(`,"prev":"${prev}"}`)) return seq;
    prev = match[2];
  }
  return -1;
};
