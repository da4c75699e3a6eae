import type { RecordOf } from '../../control/shape.ts';
import { schemaText } from '../../encode/encode.ts';
import { OTHER } from '../../encode/texts.ts';
import { STAR } from '../../model/ladder.ts';
import type { Plan, ViewPlan } from '../../model/plan.ts';
import { type Ends, later, type Recheck, readerOf } from './readable.ts';

/** Records that the same subjects share: a class, or those of a window that show a sensitive value. */
interface Group {
  count: number;
  /** Behind its last record, by partition. */
  readonly ends: Ends;
}

/** Texts that show no sensitive value. */
export const HIDDEN: readonly unknown[] = [OTHER, STAR];

/** The groups that a record is in, by name. */
const groupsOf = (view: ViewPlan, fields: readonly unknown[]): string[] => {
  const tuple = 2 + view.attributes.length;
  const sensitive = view.sensitive === null ? STAR : fields[tuple];
  const own = JSON.stringify(fields.slice(0, tuple));
  return HIDDEN.includes(sensitive) ? [own] : [own, JSON.stringify([fields[0], sensitive])];
};

/**
 * Re-checks what left to the ordinary topic of a view before a period (spec.md, section 6). An output does not tell subjects, so that
 * a class is believed to have as few as it can have: its records, by how many of a subject each task lets leave. What was not held to a
 * rule of the period fails it: records with pseudonyms, beside datasets every record (their k-map was another one's, or nobody's),
 * beside unindexed information all but the coarsest level, and whatever cannot be read as what the view releases.
 */
export const createRecheck = (plan: Plan, view: ViewPlan, { k, with: beside }: RecordOf<'period'>, tasks: number): Recheck => {
  const read = readerOf(schemaText(plan, view));
  const groups = new Map<string, Group>();
  const alone = new Map<number, number>();
  const coarsest = view.path.length - 1;
  const failsAlone = view.pseudonym !== 'none' || beside.datasets.length > 0;
  let count = 0;
  const isSmall = (group: Group): boolean => Math.floor(group.count / (view.contribution * tasks)) < k;
  return {
    get count() {
      return count;
    },
    take({ partition, offset, value }) {
      count++;
      const fields = failsAlone ? null : read(value);
      if (fields === null || (beside.unindexed && fields[1] !== coarsest)) {
        later(alone, partition, offset + 1);
        return;
      }
      for (const name of groupsOf(view, fields)) {
        const group = groups.get(name) ?? { count: 0, ends: new Map<number, number>() };
        group.count++;
        later(group.ends, partition, offset + 1);
        groups.set(name, group);
      }
    },
    before() {
      const all = new Map(alone);
      for (const group of groups.values()) if (isSmall(group)) for (const [partition, end] of group.ends) later(all, partition, end);
      return all;
    },
  };
};
