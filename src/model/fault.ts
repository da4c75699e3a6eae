/**
 * Faults: a record that cannot be read goes to quarantine with one of these. They are values, never thrown, and hold
 * no field value. Numbers are persisted and never reused.
 */
export type Stage = 'frame' | 'decode' | 'transform';

export const FAULTS = {
  'no-value': { code: 1, stage: 'frame', meaning: 'the record has no value (tombstone)', remedy: 'publish events with a value' },
} as const satisfies Record<string, { code: number; stage: Stage; meaning: string; remedy: string }>;

export type FaultName = keyof typeof FAULTS;

/** Faults of one batch: record index in the batch, fault code, fingerprint of the schema when it was known. */
export interface Faults {
  readonly count: number;
  readonly record: Int32Array;
  readonly code: Uint8Array;
}
