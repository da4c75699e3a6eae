import type { ControlLine } from '../../control/fold.ts';

/** The control log as whoever writes control records has it: a file, or the topic of a service. */
export interface ControlLog {
  /** Every record that is there. */
  lines(): Promise<readonly ControlLine[]>;
  /** Appends the text of an envelope; returns where it lies. */
  append(envelope: string): Promise<{ readonly offset: number; readonly appendMs: number }>;
  close(): Promise<void>;
}
