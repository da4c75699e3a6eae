import type { FaultName } from '../model/fault.ts';
import type { Limits } from '../model/plan.ts';
import { LATEST_MS } from '../model/time.ts';
import { type Member, scanJson } from './json-scan.ts';
import {
  HEADERS,
  hasRepeatedKey,
  isEnvelope,
  KEY,
  type Members,
  OFFSET,
  PARTITION,
  sortMembers,
  TIMESTAMP,
  TOPIC,
  VALUE,
} from './members.ts';

/** Topic of records that no envelope names: bare lines, containers, and lines that are no envelope. */
export const FILE_TOPIC = 'file';

/** How much longer than its value an envelope's line may be: base64, key, headers. */
const AROUND_BYTES = 64 << 10;

/** Members and items of key, headers and the envelope itself. */
const AROUND_ITEMS = 1024;

/** The longest line that can be a record at all. */
export const longestLine = (limits: Limits): number => Math.ceil(limits.recordBytes * 1.5) + AROUND_BYTES;

/**
 * Bounds on a line as a whole. They are wide: a value is held to the plan's limits where it is decoded, and there its fault
 * has the coordinates of its envelope.
 */
export const lineLimits = (limits: Limits): Limits => ({
  recordBytes: longestLine(limits),
  depth: longestLine(limits),
  items: 2 * limits.items + AROUND_ITEMS,
  stringBytes: longestLine(limits),
});

/** What a line turned out to be. */
export type Line =
  | { readonly kind: 'bare' }
  | { readonly kind: 'fault'; readonly fault: FaultName }
  | {
      readonly kind: 'envelope';
      readonly at: Where;
      readonly value: Value;
      readonly key: Span | undefined;
      readonly headers: Span | undefined;
    };

/** Where a member lies, as it is written. */
export type Span = Pick<Member, 'start' | 'end'>;

/** Where an envelope says that its record stood. */
export interface Where {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly appendMs: number;
}

/** Span of the value: JSON, characters of base64 (`isEscaped`: still with JSON's escapes), or nothing. */
export interface Value {
  readonly form: 'json' | 'base64' | 'none';
  readonly start: number;
  readonly end: number;
  readonly isEscaped: boolean;
}

const MAX_PARTITION = 2 ** 31 - 1;
const QUOTE = 34;
const BACKSLASH = 92;
const NULL = 110;
const DIGIT_0 = 48;
const DIGIT_9 = 57;
/** Digits that a double holds whatever they are. */
const EXACT_DIGITS = 15;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const hasEscape = (bytes: Buffer, { start, end }: Member): boolean => bytes.subarray(start, end).includes(BACKSLASH);

/** A member's whole number of at most `max`; -1 when it is none. */
const wholeOf = (bytes: Buffer, member: Member | undefined, max: number): number => {
  if (member === undefined || bytes[member.start] < DIGIT_0 || bytes[member.start] > DIGIT_9) return -1;
  let value = 0;
  for (let i = member.start; i < member.end; i++) {
    // Another spelling (`1.0`, `1e3`) or digits that a double cannot hold.
    if (bytes[i] < DIGIT_0 || bytes[i] > DIGIT_9 || i - member.start >= EXACT_DIGITS) {
      value = Number(bytes.toString('latin1', member.start, member.end));
      break;
    }
    value = value * 10 + bytes[i] - DIGIT_0;
  }
  return Number.isSafeInteger(value) && value <= max ? value : -1;
};

/** The topic; '' when it is none. */
const topicOf = (bytes: Buffer, member: Member | undefined): string => {
  if (member === undefined || bytes[member.start] !== QUOTE) return '';
  const start = member.start + 1;
  const end = member.end - 1;
  for (let i = start; i < end; i++) if (bytes[i] > 127 || bytes[i] === BACKSLASH) return unusualTopic(bytes, member);
  return bytes.toString('latin1', start, end);
};

const unusualTopic = (bytes: Buffer, member: Member): string => {
  try {
    return JSON.parse(utf8.decode(bytes.subarray(member.start, member.end)));
  } catch {
    return '';
  }
};

const whereOf = (bytes: Buffer, named: Members['named']): Where | null => {
  const topic = topicOf(bytes, named[TOPIC]);
  const partition = wholeOf(bytes, named[PARTITION], MAX_PARTITION);
  const offset = wholeOf(bytes, named[OFFSET], Number.MAX_SAFE_INTEGER);
  const appendMs = wholeOf(bytes, named[TIMESTAMP], LATEST_MS);
  return topic === '' || partition < 0 || offset < 0 || appendMs < 0 ? null : { topic, partition, offset, appendMs };
};

const spanOf = (bytes: Buffer, member: Member): Value => {
  const { start, end } = member;
  if (bytes[start] === NULL) return { form: 'none', start, end: start, isEscaped: false };
  if (bytes[start] !== QUOTE) return { form: 'json', start, end, isEscaped: false };
  return { form: 'base64', start: start + 1, end: end - 1, isEscaped: hasEscape(bytes, member) };
};

/**
 * Reads one line. An object with four of topic, partition, offset, timestamp and value is an envelope, which needs all five;
 * anything else is a bare event whose fields have to say what it is. Key and headers are told
 * as spans, and nothing looks into them here; other members are identity, and nothing looks at them at all. `limits` are those of the line.
 */
export const readLine = (bytes: Buffer, start: number, length: number, limits: Limits): Line => {
  if (length > limits.recordBytes) return { kind: 'fault', fault: 'too-long-line' };
  const members: Member[] = [];
  const { fault } = scanJson(bytes, start, start + length, limits, members);
  if (fault !== null) return { kind: 'fault', fault };
  const sorted = sortMembers(bytes, members);
  if (!isEnvelope(sorted)) return { kind: 'bare' };
  if (hasRepeatedKey(bytes, sorted)) return { kind: 'fault', fault: 'duplicate-key' };
  const at = whereOf(bytes, sorted.named);
  const value = sorted.named[VALUE];
  if (at === null || value === undefined) return { kind: 'fault', fault: 'envelope-incomplete' };
  // Records without an envelope have this topic; their coordinates must stay theirs.
  if (at.topic === FILE_TOPIC) return { kind: 'fault', fault: 'reserved-topic' };
  return { kind: 'envelope', at, value: spanOf(bytes, value), key: sorted.named[KEY], headers: sorted.named[HEADERS] };
};
