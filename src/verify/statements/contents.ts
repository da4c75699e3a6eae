import { type Classes, distinct } from '../classes.ts';
import { type Decisions, groupBy, placeOf } from '../decisions.ts';
import type { Findings } from '../report.ts';
import type { Sources } from '../sources.ts';

const OTHER = 'other';
const STAR = '*';

/** I5 and the window part of I17: each output is its input, climbed to its level, and carries its window's end. */
export const checkValues = (decisions: Decisions, sources: Sources, findings: Findings): void => {
  const { view, outputs, verdict, output, tuples, sensitive, windowStart, read } = decisions;
  const levels = view.path.length;
  for (let row = 0; row < decisions.count; row++) {
    const entry = output[row];
    if (entry < 0 || read[row] < 0) continue;
    const fail = (id: 'I5' | 'I17', what: string): void =>
      findings.fail(id, sources.name(decisions.source[row], decisions.offset[row]), what);
    const level = verdict[row];
    if (level >= levels || outputs.level[entry] !== level) fail('I5', 'level of the output is not that of the lineage');
    else if (outputs.tuple[entry] !== tuples[row * levels + level]) fail('I5', 'value is not that of the ladder at its level');
    if (outputs.windowEnd[entry] !== windowStart[row] + view.windowMs) fail('I17', 'window end is not the end of its window');
    if (view.sensitive === null) continue;
    const shown = outputs.sensitives.text(outputs.sensitive[entry]);
    if (shown !== STAR && (sensitive[row] < 0 || (shown !== OTHER && outputs.sensitive[entry] !== sensitive[row])))
      fail('I5', 'sensitive value is not that of the record');
  }
};

/** I8: each pseudonym belongs to one (view, window, level, class) and one subject there, and a subject has one. */
export const createPseudonymCheck = (findings: Findings) => {
  const owners = new Map<string, string>();
  return (decisions: Decisions, classes: Classes): void => {
    const { view, outputs, output, subject } = decisions;
    if (!view.pseudonym) return;
    classes.all.forEach((released, number) => {
      // I13 tells of pseudonyms there.
      if (decisions.periodOf(released.windowStart).ids.length > 0) return;
      const where = placeOf(view, released.windowStart, released.level);
      const ofSubject = new Map<number, number>();
      for (const row of released.released) {
        if (output[row] < 0) continue;
        const pseudonym = outputs.pseudonym[output[row]];
        const text = outputs.pseudonyms.text(pseudonym);
        const owner = `${view.name} ${number} ${subject[row]}`;
        const known = owners.get(text);
        if (known === undefined) owners.set(text, owner);
        else if (known !== owner) findings.fail('I8', where, 'pseudonym in two classes or of two subjects');
        const before = ofSubject.get(subject[row]);
        if (before === undefined) ofSubject.set(subject[row], pseudonym);
        else if (before !== pseudonym) findings.fail('I8', where, 'subject with two pseudonyms in one class');
      }
    });
  };
};

const countsBySubject = (rows: readonly number[], subject: readonly number[]): Map<number, number> => {
  const counts = new Map<number, number>();
  for (const row of rows) counts.set(subject[row], (counts.get(subject[row]) ?? 0) + 1);
  return counts;
};

/** I9, classes: at most `contribution` records of a subject; with pseudonyms, each number of records is shared by k. */
export const checkContribution = (decisions: Decisions, classes: Classes, findings: Findings): void => {
  const { view, subject } = decisions;
  for (const { windowStart, level, released } of classes.all) {
    const where = placeOf(view, windowStart, level);
    const counts = [...countsBySubject(released, subject).values()];
    if (counts.some((count) => count > view.contribution)) findings.fail('I9', where, 'more records of a subject than its contribution');
    // Without a pseudonym nobody sees who has how many.
    if (!view.pseudonym || decisions.periodOf(windowStart).ids.length > 0) continue;
    const shared = new Map<number, number>();
    for (const count of counts) shared.set(count, (shared.get(count) ?? 0) + 1);
    if ([...shared.values()].some((subjects) => subjects < view.k))
      findings.fail('I9', where, 'number of records shared by fewer than k subjects');
  }
};

/**
 * I10: a visible sensitive value is held by at least k subjects of those that leave in the batch, and no class shows a
 * revealing value that more than `topShare` of its subjects hold.
 */
export const checkSensitive = (decisions: Decisions, classes: Classes, findings: Findings): void => {
  const { view, outputs, output, sensitive, subject, windowStart } = decisions;
  const rule = view.sensitive;
  if (rule === null) return;
  const shown = (row: number): string => (output[row] < 0 ? STAR : outputs.sensitives.text(outputs.sensitive[output[row]]));
  const isValue = (row: number): boolean => sensitive[row] >= 0 && output[row] >= 0 && outputs.sensitive[output[row]] === sensitive[row];
  for (const { released: batch } of classes.windows) {
    for (const holders of groupBy(
      batch.filter((row) => sensitive[row] >= 0),
      (row) => sensitive[row],
    )) {
      const visible = holders.filter((row) => isValue(row) && shown(row) !== OTHER);
      const where = `${view.name} window ${windowStart[batch[0]]}`;
      if (visible.length > 0 && distinct(holders.map((row) => subject[row])) < decisions.kOf(windowStart[batch[0]]))
        findings.fail('I10', where, 'visible sensitive value held by fewer than k subjects');
    }
  }
  for (const { level, released } of classes.all) {
    const all = distinct(released.map((row) => subject[row]));
    for (const holders of groupBy(
      released.filter((row) => sensitive[row] >= 0),
      (row) => sensitive[row],
    )) {
      if (!rule.revealing.has(outputs.sensitives.text(sensitive[holders[0]])) || !holders.some(isValue)) continue;
      if (distinct(holders.map((row) => subject[row])) > rule.topShare * all)
        findings.fail('I10', placeOf(view, windowStart[released[0]], level), 'class shows a revealing value of most of its subjects');
    }
  }
};
