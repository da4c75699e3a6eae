import { type ControlLog, isBound } from './control/index.ts';
import { datasetRules } from './datasets/rules.ts';
import type { VerifyInputs } from './inputs.ts';
import type { Findings, StatementId } from './report.ts';
import type { Rules, ViewRule } from './rules.ts';

const NEEDS_LINEAGE: readonly StatementId[] = ['I1', 'I3', 'I4', 'I5', 'I6', 'I8', 'I9', 'I10', 'I13', 'I14', 'I17', 'I19'];
/** Count subjects. */
const NEEDS_PEOPLE: readonly StatementId[] = ['I3', 'I4', 'I8', 'I9', 'I10'];

const NEEDS_KEY = "needs the operator's key";
const NEEDS_LOG = 'needs the control log';

/** Whether the checker can tell the subjects of a view's records. */
export const knowsSubjects = (view: ViewRule, control: ControlLog | null): boolean =>
  !isBound(view) || (control !== null && control.people !== null);

const skipControls = (rules: Rules, control: ControlLog | null, findings: Findings): void => {
  if (control === null) {
    findings.skip('I13', NEEDS_LOG);
    findings.skip('I14', NEEDS_LOG);
    return;
  }
  const said = control.judged.flatMap(({ saying }) => (saying === null ? [] : [saying]));
  if (!said.some(({ kind }) => kind === 'period' || kind === 'recall')) findings.skip('I13', 'no combined-use period was declared');
  if (control.people === null) findings.skip('I14', NEEDS_KEY);
  else if (!said.some((saying) => 'subject' in saying)) findings.skip('I14', 'no control record is about anybody');
  const refused = control.judged.filter(({ saying }) => saying === null).length;
  if (control.judged.length > 0) findings.note('I2', `${control.judged.length} control records, ${refused} of them refused`);
  if (rules.hasControls && control.judged.length === 0) findings.note('I2', 'the control log is empty');
};

/** What the policy declares and nobody gave is not checked, and then the statement does not hold. */
const skipDatasets = (rules: Rules, inputs: VerifyInputs, control: ControlLog | null, findings: Findings): void => {
  const { datasets = [], lineageKey, tasks } = inputs;
  const all = datasetRules(rules);
  const lacking = all.filter(({ name }) => !datasets.some((given) => given.name === name)).map(({ name }) => name);
  for (const id of ['I11', 'I12'] as const) {
    if (all.length === 0) findings.skip(id, 'the policy declares no datasets');
    else if (lacking.length > 0) findings.skip(id, `needs the true data of ${lacking.join(', ')}: --dataset NAME=FILE`);
    else if (control === null) findings.skip(id, NEEDS_LOG);
  }
  if (all.every(({ guards }) => guards.every(({ attributes }) => attributes.length === 0)))
    findings.skip('I11', 'no dataset has an attribute of a view');
  if (all.every(({ direct }) => direct.length === 0)) findings.skip('I12', 'no dataset has values that join by themselves');
  // Tasks decide by themselves, and only lineage tells whose a tuple was.
  if (lineageKey === null && tasks !== undefined) findings.skip('I11', 'needs the lineage key');
};

/** Says of each statement that has nothing to be checked on why that is so. */
export const skipInapplicable = (rules: Rules, inputs: VerifyInputs, control: ControlLog | null, findings: Findings): void => {
  skipDatasets(rules, inputs, control, findings);
  skipControls(rules, control, findings);
  if (!rules.views.every((view) => knowsSubjects(view, control)))
    for (const id of NEEDS_PEOPLE)
      findings.skip(id, `${control === null ? NEEDS_LOG : NEEDS_KEY}, as control records tell the households of a view`);
  if (inputs.objectiveMs === undefined) findings.skip('I16', 'no objective for the delay of a run over files');
  if (!rules.views.some((view) => view.gateways !== null)) findings.skip('I4', 'no view sets a gateway rule');
  const mayBeAuthorised = control?.judged.some(({ saying }) => saying?.kind === 'period' && saying.basis !== 'none') ?? false;
  if (!mayBeAuthorised && !rules.views.some((view) => view.pseudonym)) findings.skip('I8', 'no view has pseudonyms');
  if (!rules.views.some((view) => view.sensitive !== null)) findings.skip('I10', 'no view has a sensitive field');
  if (inputs.lineageKey === null) for (const id of NEEDS_LINEAGE) findings.skip(id, 'needs the lineage key');
};
