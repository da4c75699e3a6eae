import type { FaultName } from '../../model/fault.ts';
import type { QuarantineBody, QuarantineHead } from '../../record/quarantine.ts';

/** A row that was opened with the operator's key. */
export type OpenRow = QuarantineHead & QuarantineBody;

/** A record that may be published again, and its mark. */
export interface Chosen {
  readonly row: OpenRow;
  readonly mark: string;
}

/** What became of the rows of a quarantine, counted. */
export interface Choice {
  found: number;
  /** Published again before. */
  before: number;
  /** Whose fault is not mended, by reason; and those that were not asked for. */
  readonly left: Partial<Record<FaultName, number>>;
  /** Published again now, by reason. */
  readonly replayed: Partial<Record<FaultName, number>>;
}

export interface ChooseOptions {
  readonly markOf: (row: OpenRow) => string;
  /** Marks of what was published again; those that are chosen are added. */
  readonly known: Set<string>;
  /** Null: whatever the reason was. */
  readonly reasons: ReadonlySet<FaultName> | null;
  /** Whether the gate could read it now. */
  readonly isMended: (row: OpenRow) => boolean;
}

const count = (counts: Partial<Record<FaultName, number>>, reason: FaultName): void => {
  counts[reason] = (counts[reason] ?? 0) + 1;
};

/** Chooses what is published again: each place once, and only what the gate would read now. Counts into `choice`. */
export async function* choose(
  rows: AsyncIterable<OpenRow>,
  choice: Choice,
  { markOf, known, reasons, isMended }: ChooseOptions,
): AsyncGenerator<Chosen> {
  for await (const row of rows) {
    choice.found++;
    const mark = markOf(row);
    if (known.has(mark)) choice.before++;
    else if (reasons?.has(row.reason) === false || !isMended(row)) count(choice.left, row.reason);
    else {
      known.add(mark);
      count(choice.replayed, row.reason);
      yield { row, mark };
    }
  }
}
