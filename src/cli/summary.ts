import type { Plan } from '../model/plan.ts';
import type { Reason } from '../model/verdict.ts';
import { type Summary, shareReleased } from '../runtime/summary.ts';
import { grouped, table } from './output.ts';

const percent = (share: number): string => (Number.isNaN(share) ? '-' : `${(share * 100).toFixed(1)} %`);

const levelNames = (plan: Plan, view: number, level: number): string => {
  const { attributes, path, event } = plan.views[view];
  return attributes
    .map((attribute, a) => {
      const { name, ladder } = plan.events[event].attributes[attribute];
      return `${name}: ${ladder.levels[path[level][a]] ?? '*'}`;
    })
    .join(', ');
};

/** What a run did, for the operator's own eyes (exact counts): a table of releases a view, then reasons. */
export const summaryLines = (plan: Plan, summary: Summary): string[] => {
  const lines = [`read ${grouped(summary.read)}, of no view ${grouped(summary.noView)}, quarantined ${grouped(summary.quarantined)}`];
  for (const [index, view] of plan.views.entries()) {
    const counts = summary.views[view.name];
    lines.push(
      '',
      `${view.name}  k ${view.k}, counted in ${view.subject}s, ${counts.windows} windows, smallest class released ${counts.smallestClass}`,
    );
    const blocked = (Object.entries(counts.blocked) as [Reason, number][]).sort((a, b) => b[1] - a[1]);
    lines.push(
      ...table(
        ['verdict', 'records', 'what'],
        [
          ...counts.released.map((count, level): (string | number)[] => [
            `released at level ${level}`,
            count,
            levelNames(plan, index, level),
          ]),
          ...(counts.authorised === undefined ? [] : [['released as authorised', counts.authorised, 'in combined-use periods']]),
          ...blocked.map(([reason, count]): (string | number)[] => [`blocked: ${reason}`, count, '']),
        ],
      ).map((line) => `  ${line}`),
    );
    lines.push(`  share released ${percent(shareReleased(counts))} (of records released or blocked by a rule; repetitions left out)`);
  }
  return lines;
};
