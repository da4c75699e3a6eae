import type { Member } from './json-scan.ts';

/** Span of the characters of a JSON string. */
interface Text {
  readonly start: number;
  readonly end: number;
  readonly isEscaped: boolean;
}

/** Text of a JSON string between its quotes. The scan has seen it: escapes are sound. */
export const textOf = (bytes: Buffer, { start, end, isEscaped }: Text): string => {
  const text = bytes.toString('utf8', start, end);
  return isEscaped ? JSON.parse(`"${text}"`) : text;
};

/** Members that mean something, the required ones first. */
const NAMES = ['topic', 'partition', 'offset', 'timestamp', 'value', 'key', 'headers'] as const;
const NAME_BYTES = NAMES.map((name) => Buffer.from(name));
/** Indexes of the members in `NAMES`. */
export const [TOPIC, PARTITION, OFFSET, TIMESTAMP, VALUE, KEY, HEADERS] = [0, 1, 2, 3, 4, 5, 6];
const REQUIRED = 5;

/** A line with at least so many of the five required members is an envelope, and incomplete unless it has all. */
const ENVELOPE_MEMBERS = 4;

const keyOf = (bytes: Buffer, { keyStart, keyEnd, isEscaped }: Member): string =>
  textOf(bytes, { start: keyStart, end: keyEnd, isEscaped });

const isAt = (bytes: Buffer, start: number, name: Buffer): boolean => {
  for (let i = 0; i < name.length; i++) if (bytes[start + i] !== name[i]) return false;
  return true;
};

/** Index of a member's key in `NAMES`; -1 when it is another. Builds no text unless the key is escaped. */
const nameOf = (bytes: Buffer, member: Member): number => {
  if (member.isEscaped) return (NAMES as readonly string[]).indexOf(keyOf(bytes, member));
  const length = member.keyEnd - member.keyStart;
  for (let i = 0; i < NAMES.length; i++) if (NAME_BYTES[i].length === length && isAt(bytes, member.keyStart, NAME_BYTES[i])) return i;
  return -1;
};

/** Members of a line: those with names, by index in `NAMES`, and the keys of the others. */
export interface Members {
  readonly named: (Member | undefined)[];
  readonly others: Member[];
  readonly isRepeated: boolean;
}

/** Tells the members of a line apart, in one pass over their keys. */
export const sortMembers = (bytes: Buffer, members: readonly Member[]): Members => {
  const named: (Member | undefined)[] = [undefined, undefined, undefined, undefined, undefined, undefined, undefined];
  const others: Member[] = [];
  let isRepeated = false;
  for (const member of members) {
    const name = nameOf(bytes, member);
    if (name < 0) others.push(member);
    else if (named[name] === undefined) named[name] = member;
    else isRepeated = true;
  }
  return { named, others, isRepeated };
};

/** Whether the line is an envelope, complete or not. */
export const isEnvelope = ({ named }: Members): boolean => {
  let count = 0;
  for (let i = 0; i < REQUIRED; i++) if (named[i] !== undefined) count++;
  return count >= ENVELOPE_MEMBERS;
};

/** Whether two members have one key, however it is written. */
export const hasRepeatedKey = (bytes: Buffer, { others, isRepeated }: Members): boolean =>
  isRepeated || (others.length > 1 && new Set(others.map((member) => keyOf(bytes, member))).size < others.length);
