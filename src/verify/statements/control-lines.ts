import type { ControlLog } from '../control/index.ts';
import type { Findings } from '../report.ts';

/** A line of the audit about one record of the control log. */
export interface ControlLine {
  readonly v: number;
  readonly seq: number;
  readonly task?: number;
  readonly control: number;
  readonly at: number;
  readonly outcome: string;
  readonly kind: string | null;
  readonly signer: string | null;
  readonly policy: string;
  readonly prev: string;
  readonly hash: string;
}

const NAMES = ['v', 'seq', 'control', 'at', 'outcome', 'kind', 'signer', 'policy', 'prev', 'hash'];
const WORD = /^[a-z][a-z-]{0,39}$/;

const isWord = (value: unknown): boolean => typeof value === 'string' && WORD.test(value);

export const isControlLine = (line: ControlLine, task: number | null): boolean =>
  JSON.stringify(Object.keys(line)) === JSON.stringify(task === null ? NAMES : [...NAMES.slice(0, 2), 'task', ...NAMES.slice(2)]) &&
  (task === null || line.task === task) &&
  line.v === 1 &&
  [line.seq, line.control].every((count) => Number.isSafeInteger(count) && count >= 0) &&
  Number.isSafeInteger(line.at) &&
  isWord(line.outcome) &&
  (line.kind === null || isWord(line.kind)) &&
  (line.signer === null || typeof line.signer === 'string') &&
  typeof line.policy === 'string';

/** What of an audit chain is about control records. */
interface Told {
  readonly controls: readonly ControlLine[];
  readonly lines: readonly { readonly seq: number; readonly view: string; readonly windowStart: number; readonly controls: number }[];
}

/** The first of several tasks tells of control records; the others go by the same ones. */
export const isTeller = (task: number | null): boolean => task === null || task === 0;

/**
 * I2, the control log: its records stand in the audit in their order, each once and before the first window that was decided by it,
 * with the outcome that they have by the checker's own judgement. `isOurs`: lines of the policy that is checked.
 */
export const checkControlLines = (
  { controls, lines }: Told,
  task: number | null,
  log: ControlLog | null,
  findings: Findings,
  isOurs: (line: { readonly policy: string }) => boolean = () => true,
): void => {
  // Of a log that we do not have, only that its numbers rise.
  const isGiven = log !== null && log.judged.length > 0;
  controls.forEach((line, i) => {
    const where = `audit line ${line.seq + 1}`;
    if (!isTeller(task)) findings.fail('I2', where, 'control record told by another task than the first');
    const judged = log?.judged[i];
    const isNext = isGiven ? judged === undefined || line.control === judged.number : i === 0 || line.control > controls[i - 1].control;
    if (!isNext) findings.fail('I2', where, 'control record is missing before it, or is told twice');
    if (log === null || !isOurs(line)) return;
    if (judged === undefined) findings.fail('I2', where, 'control record that is not in the control log');
    else if (judged.atMs !== line.at || judged.kind !== line.kind || judged.signer !== line.signer)
      findings.fail('I2', where, 'control record is told as another one');
    else if (judged.outcome !== line.outcome) findings.fail('I2', where, 'control record has another outcome by its signatures and words');
  });
  if (!isTeller(task)) return;
  for (const { seq, view, windowStart, controls: count } of lines) {
    const before = controls.filter((line) => line.seq < seq).length;
    if (before < count) findings.fail('I2', `${view} window ${windowStart}`, 'decided by control records that the audit does not tell of');
  }
};

/** A window is decided by the control records that were appended before its end; the line of windows without records says 0. */
export const checkControlCounts = (
  lines: readonly { readonly view: string; readonly windowStart: number; readonly windowEnd: number; readonly controls: number; readonly inputs: readonly unknown[] }[],
  log: ControlLog,
  findings: Findings,
): void => {
  for (const { view, windowStart, windowEnd, controls, inputs } of lines)
    if (controls !== log.before(windowEnd) && (inputs.length > 0 || controls !== 0))
      findings.fail('I2', `${view} window ${windowStart}`, 'decided by another number of control records');
}; // biome-ignore format: a type
