import { type Decoded, decoded, refused } from './decoded.ts';
import { isCount, isDigest, isText, isWhole, LINE_VERSION, splitLine } from './line.ts';

/** A window that is not out at its end and the objective for the delay (I16); times are ms. It delays nothing and decides nothing. */
export interface AuditAlarm {
  readonly task: number;
  readonly view: string;
  readonly windowStart: number;
  readonly windowEnd: number;
  /** How long after its end a window may be open. */
  readonly objective: number;
  /** When it was noticed, by the clock of the service. */
  readonly at: number;
  /** Digest of the plan. */
  readonly policy: string;
}

export type AuditAlarmLine = AuditAlarm & { readonly seq: number; readonly prev: string; readonly hash: string };

/** Canonical text of an alarm without its hash. It stands in the chain between the lines of windows. */
export const alarmText = (alarm: AuditAlarm & { readonly seq: number; readonly prev: string }): string =>
  JSON.stringify({
    v: LINE_VERSION,
    seq: alarm.seq,
    task: alarm.task,
    alarm: 'delay',
    view: alarm.view,
    windowStart: alarm.windowStart,
    windowEnd: alarm.windowEnd,
    objective: alarm.objective,
    at: alarm.at,
    policy: alarm.policy,
    prev: alarm.prev,
  });

/** Reads an alarm back, which must be the very text that a chain writes; `hashOf` is that of the chain. */
export const decodeAlarmLine = (text: string, hashOf: (clear: string) => string): Decoded<AuditAlarmLine> => {
  const split = splitLine(text, 'hash');
  if (!split.ok) return split;
  const { clear, last, fields } = split.value;
  const isSound =
    fields['alarm'] === 'delay' &&
    [fields['seq'], fields['task'], fields['objective']].every(isCount) &&
    [fields['windowStart'], fields['windowEnd'], fields['at']].every(isWhole) &&
    [fields['view'], fields['policy']].every(isText) &&
    isDigest(fields['prev']);
  if (!isSound) return refused('malformed');
  const {
    v: _,
    alarm: __,
    ...line
  } = { ...fields, hash: last } as unknown as AuditAlarmLine & {
    readonly v: number;
    readonly alarm: string;
  };
  return alarmText(line) === clear && hashOf(clear) === last ? decoded(line) : refused('malformed');
};
