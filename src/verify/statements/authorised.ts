import { AUTHORISED, isReleased, type Reason, reasonOf } from '../../model/verdict.ts';
import { isInClass } from '../classes.ts';
import type { ControlLog } from '../control/index.ts';
import type { Decisions } from '../decisions.ts';
import type { OutputTable } from '../outputs.ts';
import type { Projection } from '../projection.ts';
import type { Findings } from '../report.ts';
import type { ViewRule } from '../rules.ts';
import type { Sources } from '../sources.ts';

/** Reasons that a gate gives for what it has counted, and those that it gives to a class alone. */
const COUNTED: readonly (Reason | undefined)[] = ['k', 'gateways', 'publishers', 'dataset', 'contribution'];

/**
 * I13, record by record: what leaves as authorised is of a subject who authorised exactly this use, and what such a subject sends is
 * counted in no class. Of whom nothing may leave, I14 tells.
 *
 * @param isAuthorised by the checker's own reading of the control log; null: it cannot tell
 */
export const checkAuthorised = (
  verdict: number,
  isAuthorised: boolean | null,
  projection: Projection,
  view: ViewRule,
  windowStart: number,
  { people, periods }: ControlLog,
  where: string,
  findings: Findings,
): void => {
  if (isAuthorised === null) {
    if (verdict === AUTHORISED) findings.skip('I13', "needs the operator's key: records left as authorised");
    return;
  }
  if (verdict === AUTHORISED) {
    if (!isAuthorised) findings.fail('I13', where, 'left as authorised by a subject who did not authorise this use');
    else if (projection.start !== 0) findings.fail('I13', where, 'left as authorised without a finest value of each attribute');
    return;
  }
  // Whatever keeps such a record back has kept it from being counted, too; an hour may be of another period.
  if (!isAuthorised || people?.refusal(projection.named, view, windowStart) !== null) return;
  if (periods.scopeOf(view, windowStart, projection.eventMs) !== 'outside') return;
  if (isInClass(verdict)) findings.fail('I13', where, 'authorised, and left in a class');
  else if (!isReleased(verdict) && COUNTED.includes(reasonOf(verdict)))
    findings.fail('I13', where, 'authorised, and counted with the others');
};

const STAR = '*';

/** I5 and I17 of what left as authorised: the finest values of its input, and the end of its window. */
export const checkAuthorisedValues = (decisions: Decisions, sources: Sources, findings: Findings): void => {
  const { view, outputs, verdict, authorised, tuples, sensitive, windowStart, read } = decisions;
  const table = outputs.authorised;
  if (table === null) return;
  for (let row = 0; row < decisions.count; row++) {
    const entry = authorised[row];
    if (verdict[row] !== AUTHORISED || entry < 0 || read[row] < 0) continue;
    const fail = (id: 'I5' | 'I17', what: string): void =>
      findings.fail(id, sources.name(decisions.source[row], decisions.offset[row]), what);
    if (table.level[entry] !== 0) fail('I5', 'left as authorised at another level than the finest');
    else if (table.tuple[entry] !== tuples[row * view.path.length]) fail('I5', 'authorised value is not that of the ladder');
    if (table.windowEnd[entry] !== windowStart[row] + view.windowMs) fail('I17', 'window end is not the end of its window');
    const shown = table.sensitive[entry];
    const isOwn = sensitive[row] < 0 ? table.sensitives.text(shown) === STAR : shown === sensitive[row];
    if (view.sensitive !== null && !isOwn) fail('I5', 'authorised sensitive value is not that of the record');
  }
};

/**
 * I8 of authorised outputs: a pseudonym is of one subject in one view and period, a subject has one there, and none is a pseudonym
 * elsewhere. Subjects are compared by their raw ids, as those of several tasks are the same.
 */
export const createAuthorisedPseudonymCheck = (findings: Findings) => {
  const owners = new Map<string, string>();
  const pseudonyms = new Map<string, string>();
  return (decisions: Decisions): void => {
    const { view, outputs, authorised, verdict, read, subject, windowStart } = decisions;
    const table = outputs.authorised;
    if (table === null || table.total === 0) return;
    const ofClasses = new Set(outputs.pseudonym);
    for (let row = 0; row < decisions.count; row++) {
      const entry = authorised[row];
      if (verdict[row] !== AUTHORISED || entry < 0 || read[row] < 0 || subject[row] < 0) continue;
      const where = `${view.name} window ${windowStart[row]}`;
      const number = table.pseudonym[entry];
      const text = table.pseudonyms.text(number);
      const owner = JSON.stringify([view.name, decisions.periodOf(windowStart[row]).output, decisions.subjectText(subject[row])]);
      const [known, before] = [owners.get(text), pseudonyms.get(owner)];
      if (known !== undefined && known !== owner) findings.fail('I8', where, 'authorised pseudonym of two subjects, views or periods');
      if (before !== undefined && before !== text) findings.fail('I8', where, 'subject with two authorised pseudonyms in one period');
      if (ofClasses.has(number)) findings.fail('I8', where, 'authorised pseudonym that is that of a class, too');
      owners.set(text, owner);
      pseudonyms.set(owner, text);
    }
  };
};

/** I13: authorised outputs are those of the period of their windows, which somebody can authorise. */
export const checkAuthorisedHomes = (view: ViewRule, table: OutputTable | null, { periods }: ControlLog, findings: Findings): void => {
  for (const [windowEnd, homes] of table?.homes ?? []) {
    const windowStart = windowEnd - view.windowMs;
    const { output, mayBeAuthorised, isSuspended } = periods.ruleOf(view, windowStart);
    const isHome = (home: string | null): boolean => home === output && mayBeAuthorised && !isSuspended;
    if (![...homes].every(isHome))
      findings.fail('I13', `${view.name} window ${windowStart}`, 'in an authorised output that it does not leave to');
  }
};
