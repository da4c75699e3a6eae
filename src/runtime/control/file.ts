import { readFileSync } from 'node:fs';
import type { ControlLine } from '../../control/fold.ts';
import { TransportError } from '../../model/log.ts';
import type { Plan } from '../../model/plan.ts';
import type { Guarding } from '../dataset/guarding.ts';
import { type ControlSource, foldedControls } from './source.ts';

const isLine = (value: unknown): value is { readonly timestamp: number; readonly value: object } =>
  typeof value === 'object' &&
  value !== null &&
  Number.isSafeInteger((value as { readonly timestamp?: unknown }).timestamp) &&
  typeof (value as { readonly value?: unknown }).value === 'object';

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's text quotes what it read.
    return null;
  }
};

const unreadable = (number: number): TransportError =>
  new TransportError('unreadable', `line ${number} of the control log is no {"timestamp", "value"}`, false);

/**
 * Records of a control log in a file: a line each, `{"timestamp": ms, "value": DSSE envelope}`, offsets from 0. A line that is no
 * such thing is no record that could be judged: the file is refused whole. Times are clamped to their running maximum, as
 * brokers append in order.
 */
export const readControlFile = (path: string): ControlLine[] => {
  const lines = readFileSync(path, 'utf8').split('\n');
  let clockMs = Number.NEGATIVE_INFINITY;
  return lines
    .flatMap((text, at) => (text.trim() === '' ? [] : [{ text, number: at + 1 }]))
    .map(({ text, number }, offset) => {
      const line = parse(text);
      if (!isLine(line)) throw unreadable(number);
      clockMs = Math.max(clockMs, line.timestamp);
      return { offset, appendMs: clockMs, value: Buffer.from(JSON.stringify(line.value)) };
    });
};

/** The control log of a run over files: it is whole from the beginning. */
export const fileControls = (plan: Plan, lines: readonly ControlLine[], guarding?: Guarding): ControlSource =>
  foldedControls(plan, async () => ({ lines, untilMs: Number.POSITIVE_INFINITY }), guarding);
