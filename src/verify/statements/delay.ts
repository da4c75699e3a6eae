import type { Findings } from '../report.ts';
import type { AuditLine } from './audit.ts';

/** An alarm in the audit chain: a window that was not out at its end and the objective. */
export interface DelayAlarm {
  readonly v: number;
  readonly seq: number;
  readonly task: number;
  readonly alarm: string;
  readonly view: string;
  readonly windowStart: number;
  readonly windowEnd: number;
  readonly objective: number;
  readonly at: number;
  readonly policy: string;
  readonly prev: string;
  readonly hash: string;
}

const NAMES = ['v', 'seq', 'task', 'alarm', 'view', 'windowStart', 'windowEnd', 'objective', 'at', 'policy', 'prev', 'hash'];

export const isAlarm = (line: DelayAlarm, task: number | null): boolean =>
  JSON.stringify(Object.keys(line)) === JSON.stringify(NAMES) &&
  line.v === 1 &&
  line.alarm === 'delay' &&
  (task === null || line.task === task) &&
  [line.seq, line.task, line.objective, line.windowStart, line.windowEnd, line.at].every(Number.isSafeInteger) &&
  [line.view, line.policy].every((text) => typeof text === 'string');

/** A transaction that began within the objective may end behind it; a minute is four times what brokers let it be open by default. */
const TRANSACTION_MS = 60_000;

/**
 * I16: a window whose line was appended later than its end and the objective has an alarm before it, and no alarm is of a window
 * that was within it. Both clocks are those of the service: of the alarm, and of the line as it was appended.
 */
export const checkDelay = (lines: readonly AuditLine[], alarms: readonly DelayAlarm[], objectiveMs: number, findings: Findings): void => {
  const alarmed = new Map(alarms.map((alarm) => [`${alarm.view} ${alarm.windowStart}`, alarm]));
  for (const { view, windowStart, windowEnd, windows, seq, atMs } of lines) {
    // A run of windows without records had nothing to wait for.
    if (atMs == null || windows !== 1 || atMs <= windowEnd + objectiveMs + TRANSACTION_MS) continue;
    const alarm = alarmed.get(`${view} ${windowStart}`);
    if (alarm === undefined || alarm.seq > seq)
      findings.fail('I16', `${view} window ${windowStart}`, 'late, and there is no alarm before it');
  }
  for (const { view, windowStart, windowEnd, objective, at } of alarms)
    if (at <= windowEnd + objective) findings.fail('I16', `${view} window ${windowStart}`, 'alarm for a window that was in time');
  if (alarms.length > 0) findings.note('I16', `${alarms.length} alarms`);
};
