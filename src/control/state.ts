import { createHistory, type History } from './history.ts';
import { createNames, type Names } from './names.ts';
import type { DatasetRecallRecord, PeriodRecallRecord, RecordOf } from './shape.ts';

/** A combined-use period as it was announced, with what became of it. Times are ms. */
export interface PeriodState {
  readonly record: RecordOf<'period'>;
  readonly announcedMs: number;
  activeMs: number | null;
  /** To whom its lineage is sealed, in base64; null: to the auditor. */
  lineage: string | null;
  /** An end that was named after the announcement, and when. */
  ended: { readonly atMs: number; readonly endMs: number } | null;
  /** What consumers could read before it, and must not have any more. */
  readonly recalls: PeriodRecallRecord[];
}

export interface DatasetState {
  readonly atMs: number;
  readonly record: RecordOf<'dataset'>;
  /** Its index was given up since. */
  isLost: boolean;
}

/** What was recalled for an index of a dataset. */
export interface DatasetRecallState {
  readonly record: DatasetRecallRecord;
  /** Whether receipts of its consumers were looked at since. */
  isSettled: boolean;
}

/** A control key that windows lie in from a time on, ms. */
export interface Rekeyed {
  readonly key: number;
  readonly fromMs: number;
  readonly commitment: string;
}

/** What is said of the next control key before it comes into force. */
export interface StagedKey {
  readonly commitment: string;
  /** Tokens under it, by those under the key before it. */
  readonly aliases: Map<string, string>;
  /** Those tokens. */
  readonly tokens: Set<string>;
}

/**
 * Everything that control records said so far, by control token where they are about somebody: by the root of their names, whatever
 * key a token is of.
 */
export interface ControlState {
  readonly names: Names;
  /** Control keys after the first, rising. */
  readonly rekeyed: Rekeyed[];
  staged: StagedKey | null;
  /** Control keys that are destroyed, in the order in which it was said. */
  readonly unkeyed: Set<number>;
  readonly bindings: History<string | null>;
  /** Whom bindings name as households. */
  readonly households: Set<string>;
  /** Accounts that were ever bound to a household. */
  readonly accounts: Map<string, Set<string>>;
  /** Accounts that are bound to a household as of a time. */
  membersOf(household: string, endMs: number): readonly string[];
  readonly consents: History<RecordOf<'consent'>>;
  readonly erasures: History<true>;
  readonly ages: History<RecordOf<'profile'>['age']>;
  readonly periods: Map<string, PeriodState>;
  readonly datasets: History<DatasetState>;
  readonly datasetRecalls: DatasetRecallState[];
  readonly epochs: History<RecordOf<'epoch'>['state']>;
  /** Starts of the epochs that keys were rotated to, ms, rising: their numbers, too. */
  readonly rotations: number[];
  /** Epochs whose keys are destroyed, in the order in which it was said. */
  readonly destroyed: Set<number>;
  /** What loosens from one policy to another and was accepted, by its digest, and why. */
  readonly acceptances: Map<string, string>;
  shutdown: { readonly atMs: number; readonly fromMs: number } | null;
  /** Marks of quarantined records that were published again. */
  readonly replayed: Set<string>;
}

export const createControlState = (): ControlState => {
  const bindings = createHistory<string | null>();
  const accounts = new Map<string, Set<string>>();
  return {
    names: createNames(),
    rekeyed: [],
    staged: null,
    unkeyed: new Set(),
    bindings,
    households: new Set(),
    accounts,
    membersOf: (household, endMs) =>
      [...(accounts.get(household) ?? [])].filter((account) => bindings.before(account, endMs).at(-1) === household),
    consents: createHistory(),
    erasures: createHistory(),
    ages: createHistory(),
    periods: new Map(),
    datasets: createHistory(),
    datasetRecalls: [],
    epochs: createHistory(),
    rotations: [],
    destroyed: new Set(),
    acceptances: new Map(),
    shutdown: null,
    replayed: new Set(),
  };
};
