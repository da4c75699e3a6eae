import type { Random } from './random.ts';

/** Which faults a schedule has, and how often: each seed draws its own mix, so that some have few kinds and much of them. */
export interface Faults {
  /** Share of requests that meet a mishap, by kind of mishap. */
  readonly lost: number;
  readonly late: number;
  readonly deaf: number;
  readonly refused: number;
  /** Share of events at which something happens to a process or the cluster, by kind. */
  readonly kill: number;
  readonly pause: number;
  readonly move: number;
  readonly cut: number;
  readonly stop: number;
  readonly compact: number;
  /** Somebody else's transaction stays open on a ledger partition until its time-out. */
  readonly stray: number;
  /** A partition stands still: what is appended is not seen for long. */
  readonly lag: number;
}

const RATES: Faults = { lost: 0.02, late: 0.02, deaf: 0.03, refused: 0.01, kill: 0.004, pause: 0.004, move: 0.02, cut: 0.003, stop: 0.002, compact: 0.003, stray: 0.001, lag: 0.004 }; // biome-ignore format: a table

/** Nothing goes wrong, but for what is told. */
export const onlyFaults = (told: Partial<Faults>): Faults => ({ ...NO_FAULTS, ...told });

const NO_FAULTS = Object.fromEntries(Object.keys(RATES).map((name) => [name, 0])) as unknown as Faults;

/** Half of the kinds, each at a rate between a third and three times the usual one. */
export const drawFaults = (random: Random): Faults =>
  Object.fromEntries(
    Object.entries(RATES).map(([name, rate]) => [name, random.chance(0.5) ? rate * 3 ** (2 * random.next() - 1) : 0]),
  ) as unknown as Faults;
