import { decodeLedger } from '../../record/ledger.ts';

/** Ledgers that are read at once. */
const AT_ONCE = 16;

/**
 * Digests of the plans by which the tasks of a group decide, as their ledgers tell it, each once. A ledger that cannot be read says
 * nothing here: its task halts when it is opened, and decides nothing.
 */
export const plansInForce = async (tasks: number, lastEntry: (task: number) => Promise<Buffer | null>): Promise<readonly string[]> => {
  const plans = new Set<string>();
  for (let from = 0; from < tasks; from += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, tasks - from) }, (_, index) => lastEntry(from + index));
    for (const bytes of await Promise.all(some)) {
      const entry = bytes === null ? null : decodeLedger(bytes);
      if (entry?.ok === true) plans.add(entry.value.plan);
    }
  }
  return [...plans].sort();
};
