import { RELEASED_MAX, reasonOf } from '../model/verdict.ts';
import { isCount, isDigest, isFields, isText, isWhole } from './line.ts';

/** Whether parsed JSON is a ledger entry: every member there and of its kind, counts rising where they must. */
type Fields = Readonly<Record<string, unknown>>;

const every = (list: unknown, holds: (item: Fields) => boolean): boolean =>
  Array.isArray(list) && list.every((item: unknown) => isFields(item) && holds(item));

const isTime = (time: unknown): boolean => time === null || isWhole(time);

const isPosition = ({ topic, partition, next, clock, restoreFrom, restoreClock }: Fields): boolean =>
  isText(topic) &&
  [partition, next, restoreFrom].every(isCount) &&
  (restoreFrom as number) <= (next as number) &&
  isTime(clock) &&
  isTime(restoreClock);

const isVerdict = (byte: unknown): boolean => isCount(byte) && (byte <= RELEASED_MAX || reasonOf(byte) !== undefined);

const isPair = (pair: unknown): pair is readonly [unknown, unknown] => Array.isArray(pair) && pair.length === 2;

const isVerdictCounts = (counts: unknown): boolean =>
  Array.isArray(counts) &&
  counts.every(
    (pair: unknown, i) => isPair(pair) && isVerdict(pair[0]) && isCount(pair[1]) && (i === 0 || (pair[0] as number) > counts[i - 1][0]),
  );

const isFaults = (faults: unknown): boolean =>
  Array.isArray(faults) && faults.every((pair: unknown) => isPair(pair) && isText(pair[0]) && isCount(pair[1]));

const isInputs = (inputs: unknown, positions: number): boolean =>
  Array.isArray(inputs) &&
  inputs.every(
    (input: unknown) => Array.isArray(input) && input.length === 3 && input.every(isCount) && input[0] < positions && input[1] <= input[2],
  );

const isView = ({ view, counts, windows, smallestClass, closedUntil }: Fields): boolean =>
  isText(view) && isVerdictCounts(counts) && isCount(windows) && isCount(smallestClass) && isTime(closedUntil);

/**
 * 32 bits in letters that are no hex digits: among tens of thousands of such numbers one would have the digits of somebody's
 * longitude, and nobody could tell that from a leak.
 */
const OPEN = /^[g-v]{8}$/;

const isWindow = ({ view, windowStart, entered, open, counts, inputs, chunks, late }: Fields, positions: number): boolean =>
  isText(view) &&
  isWhole(windowStart) &&
  isCount(entered) &&
  isText(open) &&
  OPEN.test(open) &&
  isVerdictCounts(counts) &&
  isInputs(inputs, positions) &&
  isCount(chunks) &&
  (late === undefined || late === true);

const isNext = (next: unknown): boolean => next === null || (isFields(next) && isDigest(next['plan']) && isWhole(next['from']));

const isChange = (change: unknown): boolean =>
  change === undefined || (isFields(change) && isWhole(change['at']) && isTime(change['since']) && isNext(change['next']));

const isOffsets = (offsets: unknown, positions: number): boolean =>
  Array.isArray(offsets) &&
  offsets.every(
    (pair: unknown, i) =>
      isPair(pair) &&
      pair.every(isCount) &&
      (pair[0] as number) < positions &&
      (i === 0 || (pair[0] as number) > (offsets[i - 1] as readonly number[])[0]),
  );

/** An id as the prefix can hold it, or a GUID. */
const isName = (name: unknown): boolean =>
  typeof name === 'string' ? /^[0-9a-f]{32}$/.test(name) : isWhole(name) && Math.abs(name as number) <= 2 ** 31;

const isRegistry = (registry: unknown, positions: number): boolean =>
  registry === undefined ||
  (isFields(registry) &&
    isOffsets(registry['since'], positions) &&
    every(
      registry['names'],
      ({ name, schema, from }) => isName(name) && /^[0-9a-f]{16}$/.test(String(schema)) && isOffsets(from, positions),
    ));

export const isEntry = (fields: Fields): boolean => {
  const { seq, task, plan, change, controls, positions, counts, views, windows, decided, registry, heldFrom, audit, prev } = fields;
  return (
    [seq, task, controls, heldFrom].every(isCount) &&
    isDigest(plan) &&
    isChange(change) &&
    isDigest(prev) &&
    every(positions, isPosition) &&
    isFields(counts) &&
    [counts['read'], counts['noView'], counts['quarantined']].every(isCount) &&
    isFaults(counts['faults']) &&
    every(views, isView) &&
    every(windows, (window) => isWindow(window, (positions as unknown[]).length)) &&
    every(decided, ({ view, windowStart }) => isText(view) && isWhole(windowStart)) &&
    isRegistry(registry, (positions as unknown[]).length) &&
    isFields(audit) &&
    isCount(audit['seq']) &&
    isDigest(audit['hash'])
  );
};
