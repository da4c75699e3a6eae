import { createHash } from 'node:crypto';
import { invariant } from '../model/invariant.ts';
import { REASONS, type Reason } from '../model/verdict.ts';
import { type AuditAcceptance, acceptanceText, decodeAcceptanceLine } from './audit-acceptance.ts';
import { type AuditAlarm, alarmText, decodeAlarmLine } from './audit-alarm.ts';
import { type AuditControl, controlText, decodeControlLine } from './audit-control.ts';
import { type Decoded, decoded, refused } from './decoded.ts';
import { isCount, isDigest, isFields, isText, isWhole, joinLine, LINE_VERSION, splitLine } from './line.ts';

/**
 * Offsets of one source partition, both inclusive. A topic that the policy does not name is identity (bridges put client ids
 * into topic names): it stands under a keyed digest, which lineage, sealed, resolves.
 */
export type AuditInput = ({ readonly topic: string } | { readonly topicId: string }) & {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
};

/** What an audit line says of a window of a view, or of a run of windows without records. */
export interface AuditEntry {
  /** Which of several tasks decided; left out where one decides everything. Each task has a chain of its own. */
  readonly task?: number;
  readonly view: string;
  readonly windowStart: number;
  readonly windowEnd: number;
  /** 1, or how many windows without records this line stands for. */
  readonly windows: number;
  readonly inputs: readonly AuditInput[];
  /** Digest of the plan. */
  readonly policy: string;
  /** Control records that were appended before the window's end: by these it was decided. 0 where no window has records. */
  readonly controls: number;
  readonly epoch: number;
  /** As `exported`. */
  readonly counts: {
    readonly released: readonly number[];
    /** Records of subjects who authorised a combined-use period; left out when it is 0. */
    readonly authorised?: number;
    readonly blocked: Readonly<Partial<Record<Reason, number>>>;
  };
}

export type AuditLine = AuditEntry & { readonly seq: number; readonly prev: string; readonly hash: string };

/** End of a chain: lines so far, and the hash of the last one. Pinned elsewhere, it shows that a chain was cut or remade. */
export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

/** Before the first line. */
export const GENESIS: ChainHead = { seq: 0, hash: '0'.repeat(64) };

/** A count as it may leave: floored to a multiple of k, so that no difference of two readings isolates anybody. */
export const exported = (count: number, k: number): number => {
  invariant(k >= 1, 'k is at least 1');
  return Math.floor(count / k) * k;
};

/** SHA-256 in hex; what chains of persisted records are linked by. */
export const chainHash = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex');

/** Canonical text of a line without its hash: fixed order, reasons in the order of their numbers. */
const clearText = ({ counts, inputs, ...line }: AuditEntry & Omit<AuditLine, 'hash'>): string =>
  JSON.stringify({
    v: LINE_VERSION,
    seq: line.seq,
    ...(line.task === undefined ? {} : { task: line.task }),
    view: line.view,
    windowStart: line.windowStart,
    windowEnd: line.windowEnd,
    windows: line.windows,
    inputs: inputs.map((input) => {
      const { partition, from, to } = input;
      return 'topic' in input ? { topic: input.topic, partition, from, to } : { topicId: input.topicId, partition, from, to };
    }),
    policy: line.policy,
    controls: line.controls,
    epoch: line.epoch,
    counts: { released: counts.released, ...authorisedOf(counts), blocked: Object.fromEntries(reasons(counts.blocked)) },
    prev: line.prev,
  });

const authorisedOf = ({ authorised = 0 }: AuditEntry['counts']) => (authorised > 0 ? { authorised } : {});

const reasons = (blocked: AuditEntry['counts']['blocked']): [Reason, number][] =>
  (Object.keys(REASONS) as Reason[]).flatMap((reason) => (blocked[reason] === undefined ? [] : [[reason, blocked[reason]]]));

export interface AuditChain {
  /** The next line of `audit.ndjson`. */
  line(entry: AuditEntry): string;
  /** The next line, for a window that is late. */
  alarm(alarm: AuditAlarm): string;
  /** The next line, for a record of the control log. */
  control(control: AuditControl): string;
  /** The next line, for what somebody accepted. */
  acceptance(acceptance: AuditAcceptance): string;
  head(): ChainHead;
}

/** Starts a chain, or goes on after `head`. */
export const createAuditChain = (head: ChainHead = GENESIS): AuditChain => {
  let last = head;
  const next = (clear: string): string => {
    last = { seq: last.seq + 1, hash: chainHash(clear) };
    return joinLine(clear, 'hash', last.hash);
  };
  return {
    line: (entry) => next(clearText({ ...entry, seq: last.seq, prev: last.hash })),
    alarm: (alarm) => next(alarmText({ ...alarm, seq: last.seq, prev: last.hash })),
    control: (control) => next(controlText({ ...control, seq: last.seq, prev: last.hash })),
    acceptance: (acceptance) => next(acceptanceText({ ...acceptance, seq: last.seq, prev: last.hash })),
    head: () => last,
  };
};

const TOPIC_ID = /^[0-9a-f]{16}$/;

const isInput = (input: unknown): boolean =>
  isFields(input) &&
  (isText(input['topic']) || (isText(input['topicId']) && TOPIC_ID.test(input['topicId'] as string))) &&
  [input['partition'], input['from'], input['to']].every(isCount);

const isCounts = (counts: unknown): boolean => {
  if (!isFields(counts) || !Array.isArray(counts['released']) || !isFields(counts['blocked'])) return false;
  return [...counts['released'], counts['authorised'] ?? 0, ...Object.values(counts['blocked'])].every(isCount);
};

const isEntry = (fields: Readonly<Record<string, unknown>>): boolean =>
  [fields['seq'], fields['windows'], fields['controls']].every(isCount) &&
  (fields['task'] === undefined || isCount(fields['task'])) &&
  [fields['windowStart'], fields['windowEnd'], fields['epoch']].every(isWhole) &&
  [fields['view'], fields['policy']].every(isText) &&
  Array.isArray(fields['inputs']) &&
  fields['inputs'].every(isInput) &&
  isCounts(fields['counts']) &&
  isDigest(fields['prev']);

/** Reads the line of a window, which must be the very text that a chain writes, and whose hash must fit it. */
export const decodeAuditLine = (text: string): Decoded<AuditLine> => {
  const split = splitLine(text, 'hash');
  if (!split.ok) return split;
  const { clear, last, fields } = split.value;
  if (!isEntry(fields)) return refused('malformed');
  const { v: _, ...line } = { ...fields, hash: last } as unknown as AuditLine & { readonly v: number };
  return clearText(line) === clear && chainHash(clear) === last ? decoded(line) : refused('malformed');
};

/** Reads an alarm, under the same terms. */
export const decodeAuditAlarm = (text: string) => decodeAlarmLine(text, chainHash);

/** Reads the line of a control record, under the same terms. */
export const decodeAuditControl = (text: string) => decodeControlLine(text, chainHash);

/** Reads an acceptance, under the same terms. */
export const decodeAuditAcceptance = (text: string) => decodeAcceptanceLine(text, chainHash);

type Chained = { readonly seq: number; readonly prev: string; readonly hash: string };

/** A line of any kind: what a chain is checked by. */
const decodeAny = (text: string): Decoded<Chained> => {
  for (const decode of [decodeAuditLine, decodeAuditAlarm, decodeAuditControl, decodeAuditAcceptance]) {
    const line: Decoded<Chained> = decode(text);
    if (line.ok) return line;
  }
  return refused('malformed');
};

/** Checks a chain line by line, from its start or from where `after` says. */
export interface AuditCheck {
  /** False when the line was changed, has another one missing before it or is out of place; then the head stays. */
  next(text: string): boolean;
  head(): ChainHead;
}

export const createAuditCheck = (after: ChainHead = GENESIS): AuditCheck => {
  let head = after;
  return {
    next(text) {
      const line = decodeAny(text);
      if (!line.ok || line.value.seq !== head.seq || line.value.prev !== head.hash) return false;
      head = { seq: head.seq + 1, hash: line.value.hash };
      return true;
    },
    head: () => head,
  };
};

/**
 * Checks a chain from its start (or from where `after` says). `broken` is the number of the first line that was changed,
 * has another one missing before it or is out of place; -1 when the chain is whole up to `head`. Lines cut off at the
 * end, and a chain remade from its start, cannot be seen from the chain alone: compare `head` with a pinned one.
 */
export const verifyChain = (lines: Iterable<string>, after: ChainHead = GENESIS): { readonly broken: number; readonly head: ChainHead } => {
  const check = createAuditCheck(after);
  for (const text of lines) if (!check.next(text)) return { broken: check.head().seq, head: check.head() };
  return { broken: -1, head: check.head() };
};
