import { decodeLedger } from '../../record/ledger.ts';

/**
 * Digests of the plans by which the tasks of a group decide, as their ledgers tell it, each once. A ledger that cannot be read says
 * nothing here: its task halts when it is opened, and decides nothing.
 */
export const plansInForce = async (tasks: number, lastEntry: (task: number) => Promise<Buffer | null>): Promise<readonly string[]> => {
  const entries = await Promise.all(Array.from({ length: tasks }, (_, task) => lastEntry(task)));
  const plans = entries.flatMap((bytes) => {
    const entry = bytes === null ? null : decodeLedger(bytes);
    return entry?.ok === true ? [entry.value.plan] : [];
  });
  return [...new Set(plans)].sort();
};
