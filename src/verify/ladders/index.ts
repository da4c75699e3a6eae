import type { PolicyLadder } from '../../policy/shape.ts';
import type { Value } from '../json.ts';
import { addressLadder } from './address.ts';
import { languageLadder } from './language.ts';
import { bucketLadder, countLadder } from './numbers.ts';
import { placeLadder } from './place.ts';
import { tableLadder } from './table.ts';
import { timeLadder } from './time.ts';
import { versionLadder } from './version.ts';

/** Text per ladder level, finest first; null where the value has none. `future` refuses the record. */
export type Climb = readonly (string | null)[] | 'future';

/** A generalisation hierarchy, climbed the obvious way: from the raw value to the text of every level. */
export interface Ladder {
  readonly technique: string;
  /** Level names, finest first, without `*`. */
  readonly levels: readonly string[];
  /** `inputs` by axis; '' for ladders with one input. Times in ms since 1970; `eventMs` is NaN when unknown. */
  climb(inputs: ReadonlyMap<string, Value | undefined>, appendMs: number, eventMs: number): Climb;
  /**
   * Whether it lists the value, and has not only a place for whatever it does not know: in a registered dataset that may be a
   * listed value in another spelling. Absent: it has no such place.
   */
  lists?(inputs: ReadonlyMap<string, Value | undefined>): boolean;
}

export interface LadderFiles {
  read(path: string): string;
  ipTable(): { readonly v4: string; readonly v6: string };
}

/** Builds the ladder that a policy declares; every text that a table lists is added to `vocabulary`, in lower case. */
export const createLadder = (shape: PolicyLadder, files: LadderFiles, vocabulary: Set<string>): Ladder => {
  if ('table' in shape) return tableLadder(files.read(shape.table), vocabulary);
  if ('version' in shape) return versionLadder(shape.version, shape.families, vocabulary);
  if ('h3' in shape) return placeLadder(shape.h3);
  if ('time' in shape) return timeLadder(shape.time);
  if ('buckets' in shape) return bucketLadder(shape.buckets);
  if ('language' in shape) return languageLadder(shape.language, shape.top ?? []);
  if ('ip' in shape) return addressLadder(shape.ip, files.ipTable());
  return countLadder(shape.count);
};

/** The one input of a ladder that has one, whatever its axis is called. */
export const only = (inputs: ReadonlyMap<string, Value | undefined>): Value | undefined => inputs.values().next().value;
