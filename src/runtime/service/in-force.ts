import { decodeLedger, type LedgerEntry } from '../../record/ledger.ts';

/** Ledgers that are read at once. */
const AT_ONCE = 16;

/** Last entries of all ledgers that can be read. */
const lastEntries = async (tasks: number, lastEntry: (task: number) => Promise<Buffer | null>): Promise<readonly LedgerEntry[]> => {
  const entries: LedgerEntry[] = [];
  for (let from = 0; from < tasks; from += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, tasks - from) }, (_, index) => lastEntry(from + index));
    for (const bytes of await Promise.all(some)) {
      const entry = bytes === null ? null : decodeLedger(bytes);
      if (entry?.ok === true) entries.push(entry.value);
    }
  }
  return entries;
};

/**
 * Digests of the plans by which the tasks of a group decide, as their ledgers tell it, each once. A ledger that cannot be read says
 * nothing here: its task halts when it is opened, and decides nothing.
 */
export const plansInForce = async (tasks: number, lastEntry: (task: number) => Promise<Buffer | null>): Promise<readonly string[]> =>
  [...new Set((await lastEntries(tasks, lastEntry)).map(({ plan }) => plan))].sort();

/** How many windows with a start of which `isOf` holds are not completed yet, over all tasks, as their ledgers tell it. */
export const windowsLeft = async (
  tasks: number,
  lastEntry: (task: number) => Promise<Buffer | null>,
  isOf: (windowStartMs: number) => boolean,
): Promise<number> => {
  const entries = await lastEntries(tasks, lastEntry);
  const starts = entries.flatMap(({ windows, decided }) => [
    ...new Set([...windows, ...decided].map(({ view, windowStart }) => JSON.stringify([view, windowStart]))),
  ]);
  return starts.filter((name) => isOf((JSON.parse(name) as [string, number])[1])).length;
};
