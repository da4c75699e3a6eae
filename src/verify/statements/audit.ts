import { createHash } from 'node:crypto';
import { AUTHORISED, isReleased, reasonOf } from '../../model/verdict.ts';
import type { Decisions } from '../decisions.ts';
import type { Corpus } from '../identifiers/corpus.ts';
import type { Rows, TimedLine } from '../inputs.ts';
import { addTexts } from '../outputs.ts';
import type { Findings } from '../report.ts';
import type { ViewRule } from '../rules.ts';
import type { Sources } from '../sources.ts';
import { type Acceptance, isAcceptance } from './acceptance.ts';
import { type ControlLine, isControlLine } from './control-lines.ts';
import { type DelayAlarm, isAlarm } from './delay.ts';

/** Offsets of a partition; its topic by name when the policy names it, else under a digest that only the keys resolve. */
interface AuditInput {
  readonly topic?: string;
  readonly topicId?: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** One line of `audit.ndjson`. */
export interface AuditLine {
  readonly v: number;
  readonly seq: number;
  readonly task?: number;
  readonly view: string;
  readonly windowStart: number;
  readonly windowEnd: number;
  readonly windows: number;
  readonly inputs: readonly AuditInput[];
  readonly policy: string;
  readonly controls: number;
  readonly epoch: number;
  readonly counts: {
    readonly released: readonly number[];
    readonly authorised?: number;
    readonly blocked: Readonly<Record<string, number>>;
  };
  readonly prev: string;
  readonly hash: string;
  /** When it was appended, ms; null where the log does not say it. */
  readonly atMs?: number | null;
}

const NAMES = [
  'v',
  'seq',
  'view',
  'windowStart',
  'windowEnd',
  'windows',
  'inputs',
  'policy',
  'controls',
  'epoch',
  'counts',
  'prev',
  'hash',
];
const ZEROS = '0'.repeat(64);
const HASHED = /^(\{.*),"hash":"[0-9a-f]{64}"\}$/;

const isCount = (value: unknown): boolean => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

const isTopic = ({ topic, topicId }: AuditInput): boolean =>
  topicId === undefined ? typeof topic === 'string' : topic === undefined && /^[0-9a-f]{16}$/.test(topicId);

/** Lines name their task when there are several. */
const namesOf = (task: number | null): string[] => (task === null ? NAMES : [...NAMES.slice(0, 2), 'task', ...NAMES.slice(2)]);

const isLine = (line: AuditLine, task: number | null): boolean =>
  JSON.stringify(Object.keys(line)) === JSON.stringify(namesOf(task)) &&
  (task === null || line.task === task) &&
  line.v === 1 &&
  [line.seq, line.windows, line.controls].every(isCount) &&
  [line.windowStart, line.windowEnd, line.epoch].every(Number.isSafeInteger) &&
  typeof line.view === 'string' &&
  line.inputs.every((input) => isTopic(input) && [input.partition, input.from, input.to].every(isCount)) &&
  line.counts.released.every(isCount) &&
  isCount(line.counts.authorised ?? 0) &&
  Object.values(line.counts.blocked).every(isCount);

/** Everything that a chain says: lines of windows, alarms and control records, and the hash of each by its number. */
export interface AuditChain {
  readonly lines: readonly AuditLine[];
  readonly alarms: readonly DelayAlarm[];
  readonly controls: readonly ControlLine[];
  readonly acceptances: readonly Acceptance[];
  readonly hashes: readonly string[];
}

/** A line of any kind, sound in itself; null for anything else. */
const lineOf = (text: string, task: number | null): AuditLine | DelayAlarm | ControlLine | Acceptance | null => {
  try {
    const line = JSON.parse(text) as AuditLine | DelayAlarm | ControlLine | Acceptance;
    if ('alarm' in line) return isAlarm(line, task) ? line : null;
    if ('control' in line) return isControlLine(line, task) ? line : null;
    if ('accepted' in line) return isAcceptance(line, task) ? line : null;
    return isLine(line, task) ? line : null;
  } catch {
    return null;
  }
};

/** What a line says in words. */
const wordsOf = (line: AuditLine | DelayAlarm | ControlLine | Acceptance): readonly (string | null)[] => {
  if ('control' in line) return [line.outcome, line.kind, line.signer];
  if ('accepted' in line) return [line.by, line.why];
  return [line.view, ...('alarm' in line ? [] : Object.keys(line.counts.blocked))];
};

/** Reads the audit lines and follows the hash chain from its start: changed, missing and reordered lines break it. */
export const readAudit = async (
  rows: Rows<string | TimedLine>,
  task: number | null,
  corpus: Corpus,
  findings: Findings,
): Promise<AuditChain> => {
  const lines: AuditLine[] = [];
  const alarms: DelayAlarm[] = [];
  const controls: ControlLine[] = [];
  const acceptances: Acceptance[] = [];
  const hashes: string[] = [];
  let prev = ZEROS;
  let number = 0;
  for await (const row of rows) {
    const { text, atMs } = typeof row === 'string' ? { text: row, atMs: null } : row;
    const where = `audit line ${number + 1}`;
    const hashed = HASHED.exec(text);
    const line = lineOf(text, task);
    if (hashed === null || line === null) {
      findings.fail('I2', where, 'audit line of another form');
      corpus.text(text, 'audit');
    } else {
      const hash = createHash('sha256').update(`${hashed[1]}}`).digest('hex');
      if (line.hash !== hash) findings.fail('I2', where, 'hash of the line does not fit it');
      if (line.prev !== prev) findings.fail('I2', where, 'chain is broken');
      if (line.seq !== number) findings.fail('I2', where, 'sequence has a gap');
      prev = line.hash;
      hashes[number] = line.hash;
      addTexts(corpus, wordsOf(line), 'audit');
      if ('alarm' in line) alarms.push(line);
      else if ('control' in line) controls.push(line);
      else if ('accepted' in line) acceptances.push(line);
      else lines.push({ ...line, atMs });
    }
    number++;
  }
  return { lines, alarms, controls, acceptances, hashes };
};

/** A chain that was cut off at its end is whole in itself: the ledger knows how long it was. */
export const checkHead = ({ hashes }: AuditChain, head: { readonly seq: number; readonly hash: string }, findings: Findings): void => {
  if (head.seq > 0 && hashes[head.seq - 1] !== head.hash)
    findings.fail('I2', `audit line ${head.seq}`, 'chain does not reach where the ledger says that it stands');
};

/**
 * Each view's windows follow one another without gap or overlap, aligned to its length, each closed once. Lines of another
 * policy (`isOurs` false) have windows of a length of their own, but between them there is no gap either. `epochOf` is null where
 * nobody gave us the control log, which cuts the key epochs.
 */
export const checkWindows = (
  view: ViewRule,
  lines: readonly AuditLine[],
  epochOf: ((windowStartMs: number) => number) | null,
  findings: Findings,
  isOurs: (line: AuditLine) => boolean = () => true,
): void => {
  let before: AuditLine | null = null;
  for (const line of lines) {
    const where = `${view.name} window ${line.windowStart}`;
    if (!isOurs(line)) {
      if (before !== null && line.windowStart !== before.windowEnd) findings.fail('I2', where, 'gap or overlap where the policy changed');
      before = line;
      continue;
    }
    if (line.windowStart % view.windowMs !== 0 || line.windowEnd - line.windowStart !== line.windows * view.windowMs || line.windows < 1) {
      findings.fail('I2', where, 'window of another length or not aligned');
    }
    if (before !== null && line.windowStart !== before.windowEnd)
      findings.fail('I2', where, line.windowStart < before.windowEnd ? 'window closed twice' : 'gap before the window');
    if (line.windows > 1 && (line.inputs.length > 0 || line.counts.released.some((count) => count > 0)))
      findings.fail('I2', where, 'run of empty windows that is not empty');
    if (epochOf !== null && line.epoch !== epochOf(line.windowStart)) findings.fail('I2', where, 'key epoch is not that of the window');
    before = line;
  }
};

/** A digest may stand for any topic: partition and offsets are all that it says. */
const inRange = (line: AuditLine, topic: string, partition: number, offset: number): boolean =>
  line.inputs.some(
    (input) => (input.topic ?? topic) === topic && input.partition === partition && input.from <= offset && offset <= input.to,
  );

const saidOf = ({ counts }: AuditLine, byte: number): number => {
  if (byte === AUTHORISED) return counts.authorised ?? 0;
  return (isReleased(byte) ? counts.released[byte] : counts.blocked[reasonOf(byte) as string]) ?? 0;
};

/** Lineage and audit tell the same story: same windows, offsets inside the ranges, counts floored to multiples of k. */
export const compareAudit = (decisions: Decisions, lines: readonly AuditLine[], sources: Sources, findings: Findings): void => {
  const { view, windowStart, verdict, source, offset } = decisions;
  const byStart = new Map(lines.filter((line) => line.windows === 1).map((line) => [line.windowStart, line]));
  const exact = new Map<number, number[]>();
  for (let row = 0; row < decisions.count; row++) {
    const line = byStart.get(windowStart[row]);
    if (line === undefined)
      findings.fail('I2', sources.name(source[row], offset[row]), 'decided in a window that the audit does not close');
    else if (!inRange(line, sources.topic(source[row]), sources.partition(source[row]), offset[row]))
      findings.fail('I2', sources.name(source[row], offset[row]), 'outside the input ranges of its window');
    const counts = exact.get(windowStart[row]) ?? new Array<number>(256).fill(0);
    counts[verdict[row]]++;
    exact.set(windowStart[row], counts);
  }
  for (const line of lines) {
    const counts = exact.get(line.windowStart) ?? new Array<number>(256).fill(0);
    const where = `${view.name} window ${line.windowStart}`;
    if (line.windows === 1 && line.inputs.length > 0 && !exact.has(line.windowStart))
      findings.fail('I2', where, 'input of a window without lineage');
    for (let byte = 0; byte < counts.length; byte++) {
      const reason = reasonOf(byte);
      if (!isReleased(byte) && reason === undefined) continue;
      const said = saidOf(line, byte);
      if (said !== Math.floor(counts[byte] / view.k) * view.k)
        findings.fail('I19', where, 'audit count is not the exact one floored to a multiple of k');
    }
  }
};
