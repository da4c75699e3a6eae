import { knowsSubjects, skipInapplicable } from './applicable.ts';
import { type Classes, classesOf } from './classes.ts';
import { type ControlLog, readControlLog } from './control/index.ts';
import { readTrueData } from './datasets/read.ts';
import { createDecisions, type Decisions } from './decisions.ts';
import { allowDigests, readDocuments, readOthers } from './documents.ts';
import { type Corpus, createCorpus } from './identifiers/corpus.ts';
import { createSearch } from './identifiers/search.ts';
import type { TaskInputs, VerifyInputs } from './inputs.ts';
import { parseJson, type Value } from './json.ts';
import { type LineageKeys, readLineage, readLost } from './lineage.ts';
import { addTexts, type OutputTable, type PeriodRows, readOutputs } from './outputs.ts';
import { type Reigns, reignsOf } from './reigns.ts';
import { createFindings, type Findings, type Report } from './report.ts';
import { type Rules, readRules } from './rules.ts';
import { readSource } from './source.ts';
import { createSources, type Sources } from './sources.ts';
import { type AuditChain, type AuditLine, checkHead, checkWindows, compareAudit, readAudit } from './statements/audit.ts';
import { checkAuthorisedHomes, checkAuthorisedValues, createAuthorisedPseudonymCheck } from './statements/authorised.ts';
import { type Counted, checkSummary, checkViewSummary, compareQuarantine, readQuarantine, rowsOf } from './statements/conservation.ts';
import { checkContribution, checkSensitive, checkValues, createPseudonymCheck } from './statements/contents.ts';
import { checkControlKeys } from './statements/control-keys.ts';
import { checkControlCounts, checkControlLines } from './statements/control-lines.ts';
import { checkHomes, checkPeriodFiles, checkPeriods } from './statements/controlled.ts';
import { createDatasetCheck, type DatasetCheck, leftOf, windowsOf } from './statements/datasets.ts';
import { checkDelay } from './statements/delay.ts';
import { checkDestroyed } from './statements/destroyed.ts';
import { checkGateways, checkK, checkLevels, countOverSuppressed } from './statements/k.ts';
import { checkOutputs, checkPeriodLineage, checkSealedTo, type Lost } from './statements/lineage.ts';
import { checkLinks } from './statements/links.ts';
import { checkLottery } from './statements/lottery.ts';
import { checkOrder } from './statements/order.ts';
import { checkRepetitions } from './statements/reasons.ts';
import { checkRecalls } from './statements/recall.ts';
import { compareRuns } from './statements/runs.ts';

const checkView = (decisions: Decisions, lines: readonly AuditLine[], context: Context): Classes => {
  const { sources, findings } = context;
  const classes: Classes = classesOf(decisions);
  const { name } = decisions.view;
  context.observe?.(decisions, classes, sources, epochOf(context));
  checkLinks(decisions, context);
  compareAudit(decisions, lines, sources, findings);
  checkValues(decisions, sources, findings);
  checkAuthorisedValues(decisions, sources, findings);
  checkLevels(decisions, classes, findings);
  checkRepetitions(decisions, sources, findings);
  checkPeriods(decisions, classes, findings);
  checkOrder(decisions, classes, findings);
  context.datasets.check(decisions.view, windowsOf(decisions, classes));
  if (!knowsSubjects(decisions.view, context.control)) return classes;
  checkK(decisions, classes, findings);
  checkGateways(decisions, classes, findings);
  context.pseudonyms(decisions, classes);
  context.authorised(decisions);
  checkContribution(decisions, classes, findings);
  checkLottery(decisions, epochOf(context), findings);
  checkSensitive(decisions, classes, findings);
  // What a dataset kept back had k subjects, too.
  const over = context.datasets.guards(decisions.view) ? 0 : countOverSuppressed(decisions, classes);
  if (over > 0) findings.note('I6', `${over} classes of ${name} had k subjects and did not leave`);
  return classes;
};

/** Key epochs by the control log, as far as it was given. */
const epochOf = ({ rules, control }: Context): ((startMs: number) => number) =>
  control?.epochs.numberOf ?? ((startMs) => Math.floor(startMs / rules.epochMs));

interface Context {
  readonly rules: Rules;
  readonly sources: Sources;
  readonly findings: Findings;
  readonly control: ControlLog | null;
  readonly pseudonyms: (decisions: Decisions, classes: Classes) => void;
  readonly authorised: (decisions: Decisions) => void;
  readonly datasets: DatasetCheck;
  readonly observe: VerifyInputs['observe'];
}

const readAllOutputs = async (
  rules: Rules,
  { outputs, lineageKey }: VerifyInputs,
  tasks: readonly TaskTables[],
  corpus: Corpus,
  control: ControlLog | null,
  findings: Findings,
): Promise<Map<string, OutputTable>> => {
  const tables = new Map<string, OutputTable>();
  for (const view of rules.views) {
    const isOurs = (windowStartMs: number): boolean => tasks.some(({ reigns }) => reigns.isOurs(windowStartMs));
    const periods: PeriodRows[] = [];
    for (const period of control?.periods.of(view) ?? []) {
      const authorised = period.hasBasis ? await outputs.view(view.name, period.id, true) : null;
      periods.push({ ...period, rows: await outputs.view(view.name, period.id), authorised });
    }
    const options = { isProven: lineageKey !== null, isOurs, periods };
    const table = await readOutputs(view, await outputs.view(view.name), corpus, findings, options);
    if (control !== null) {
      checkHomes(view, table, control, findings);
      checkAuthorisedHomes(view, table.authorised, control, findings);
      await checkRecalls(view, table, outputs, control, findings);
    }
    tables.set(view.name, table);
    readDocuments(view, rules, outputs, corpus, findings);
  }
  if (control !== null) checkPeriodFiles(outputs.names(), rules.views, control, findings);
  await readOthers(outputs, corpus);
  return tables;
};

/** What one task decided, as far as its audit says that it did. */
interface TaskTables {
  readonly inputs: TaskInputs;
  /** Null where one task decides everything. */
  readonly task: number | null;
  /** Of every policy, in the order of the chain. */
  readonly lines: readonly AuditLine[];
  readonly chain: AuditChain;
  readonly reigns: Reigns;
  readonly isOurs: (line: { readonly policy: string }) => boolean;
  readonly openFrom: ReadonlyMap<string, number>;
  decisions: ReadonlyMap<string, Decisions>;
  /** Windows by view of periods whose lineage nobody can open any more. */
  lost: Lost;
}

/** A run over files has decided everything; a task of a service, what its audit lines tell of. */
const openFromOf = (lines: readonly AuditLine[], rules: Rules, task: number | null): Map<string, number> =>
  new Map(
    task === null
      ? []
      : rules.views.map(({ name }) => [
          name,
          Math.max(Number.NEGATIVE_INFINITY, ...lines.filter(({ view }) => view === name).map(({ windowEnd }) => windowEnd)),
        ]),
  );

const readTasks = async (inputs: VerifyInputs, rules: Rules, corpus: Corpus, findings: Findings): Promise<TaskTables[]> => {
  const { outputs, records } = inputs;
  const only: TaskInputs = { task: 0, records, lineage: () => outputs.lineage(), audit: () => outputs.audit() };
  const tables: TaskTables[] = [];
  for (const own of inputs.tasks ?? [only]) {
    const task = inputs.tasks === undefined ? null : own.task;
    const chain = await readAudit(own.audit(), task, corpus, findings);
    const { lines } = chain;
    if (own.head !== undefined) checkHead(chain, own.head, findings);
    if (inputs.objectiveMs !== undefined) checkDelay(chain.lines, chain.alarms, inputs.objectiveMs, findings);
    const policy = inputs.among?.policy ?? null;
    const isOurs = (line: { readonly policy: string }): boolean => policy === null || line.policy === policy;
    const openFrom = openFromOf(lines.filter(isOurs), rules, task);
    tables.push({
      inputs: own,
      task,
      chain,
      lines,
      reigns: reignsOf(lines, policy, own.now),
      isOurs,
      openFrom,
      decisions: new Map(),
      lost: new Map(),
    });
  }
  return tables;
};

const readTaskLineage = async (
  table: TaskTables,
  keys: LineageKeys,
  outputs: ReadonlyMap<string, OutputTable>,
  context: Pick<Context, 'rules' | 'sources' | 'findings' | 'control'>,
  corpus: Corpus,
): Promise<Map<string, Decisions>> => {
  const { rules, sources, findings, control } = context;
  const decisions = new Map<string, Decisions>();
  for (const view of keys.own === null ? [] : rules.views) {
    const periodOf = control === null ? undefined : (start: number) => control.periods.ruleOf(view, start);
    decisions.set(view.name, createDecisions(view, outputs.get(view.name) as OutputTable, periodOf));
  }
  table.lost = await readLost(table.inputs.lineage(), keys);
  await readLineage(table.inputs.lineage(), table.task, keys, sources, corpus, findings, (view, windowStart, row, period) => {
    // What folded in a window that is still open is final, but what it folded into is not.
    if (!table.reigns.isOurs(windowStart) || windowStart >= (table.openFrom.get(view) ?? Number.POSITIVE_INFINITY)) return;
    if (table.lost.get(view)?.has(windowStart)) return;
    const own = decisions.get(view);
    const where = sources.name(row.source, row.offset);
    if (own === undefined) findings.fail('I1', where, 'lineage of a view that the policy does not have');
    else if (control !== null) checkSealedTo(own, windowStart, row, period, where, findings);
    if (own !== undefined && !own.add(windowStart, row)) findings.fail('I1', where, 'two verdicts for one record and view');
  });
  return decisions;
};

/** Whether the counts of the ledgers are of everything that the policy decided: they begin anew when it comes into force. */
const isCounted = (tasks: readonly TaskTables[]): boolean => tasks.every(({ reigns }) => reigns.isLast && reigns.times === 1);

/** The statements about what was decided, task by task, and what the tasks make together. */
const checkTasks = (tasks: readonly TaskTables[], summary: Value | undefined, isTold: boolean, context: Context): void => {
  const { rules, findings } = context;
  for (const view of rules.views) {
    const decided: { decisions: Decisions; classes: Classes }[] = [];
    const isLost = (windowStart: number): boolean => tasks.some(({ lost }) => lost.get(view.name)?.has(windowStart) ?? false);
    for (const { lines, isOurs, decisions } of tasks) {
      const all = lines.filter((line) => line.view === view.name);
      checkWindows(view, all, context.control === null ? null : context.control.epochs.numberOf, findings, isOurs);
      const own = all.filter(isOurs).filter(({ windowStart }) => !isLost(windowStart));
      if (context.control !== null) checkControlCounts(own, context.control, findings);
      const table = decisions.get(view.name);
      if (table !== undefined) decided.push({ decisions: table, classes: checkView(table, own, context) });
    }
    if (decided.length === 0) continue;
    const { outputs } = decided[0].decisions;
    for (const table of [outputs, outputs.authorised])
      if (table !== null) checkOutputs(view, table, tasks, isLost, context.control, findings);
    const lost = checkPeriodLineage(view, tasks, context.control, findings);
    // Counts of a whole run have no part that could be compared without them.
    if (isTold && lost === 0) checkViewSummary(summary, view, decided, knowsSubjects(view, context.control), findings);
  }
};

/** The control log, where it was given or there is nothing in it; null when the audit tells of records that nobody gave us. */
const readControls = async (
  { controls, operatorKey }: VerifyInputs,
  rules: Rules,
  tasks: readonly TaskTables[],
  findings: Findings,
): Promise<ControlLog | null> => {
  const isTold = tasks.some(
    ({ chain, isOurs }) => chain.controls.some(isOurs) || chain.lines.some((line) => isOurs(line) && line.controls > 0),
  );
  const control = controls === undefined && isTold ? null : await readControlLog(controls ?? [], rules, operatorKey, findings);
  for (const { chain, task, isOurs } of tasks) checkControlLines(chain, task, control, findings, isOurs);
  return control;
};

/**
 * Checks a finished run, or what a service has decided so far, against its source, by the raw policy and nothing of the gate:
 * outputs and lineage are read first, then the source once, then every class is counted again. Throws only when the
 * policy or its files cannot be read.
 */
export const verifyRun = async (inputs: VerifyInputs): Promise<Report> => {
  const findings = createFindings();
  const rules = readRules(inputs.policyText, inputs.policyFile, inputs, inputs.topics);
  const sources = createSources();
  const corpus = createCorpus();
  const { outputs } = inputs;
  const tasks = await readTasks(inputs, rules, corpus, findings);
  const control = await readControls(inputs, rules, tasks, findings);
  const lines = tasks.flatMap((task) => task.lines);
  allowDigests(rules, lines, inputs.among?.policies ?? [], corpus);
  const tables = await readAllOutputs(rules, inputs, tasks, corpus, control, findings);
  const quarantine = await readQuarantine(outputs.quarantine(), inputs.operatorKey, corpus, findings);
  const summaryText = outputs.summary();
  const summary = summaryText === null ? undefined : parseJson(summaryText);
  addTexts(corpus, summary ?? summaryText, 'summary.json');
  const datasets = createDatasetCheck(rules, await readTrueData(rules, inputs, tables, control, findings), findings);
  const pseudonyms = createPseudonymCheck(findings);
  const authorised = createAuthorisedPseudonymCheck(findings);
  const context: Context = { rules, sources, findings, control, pseudonyms, authorised, datasets, observe: inputs.observe };
  const keys: LineageKeys = { own: inputs.lineageKey, periods: inputs.periodKeys ?? new Map() };
  for (const task of tasks) task.decisions = await readTaskLineage(task, keys, tables, context, corpus);
  const counted: Counted = { read: 0, noView: 0, faulty: new Map(), faultyCount: 0 };
  const search = createSearch(corpus, rules.vocabulary, findings);
  for (const { inputs: own, decisions, openFrom, lost, reigns } of tasks)
    await readSource(reigns.records(own.records), {
      ...{ rules, sources, decisions, search, openFrom, lost, counted, control, findings },
      schemas: own.schemas,
    });
  for (const { id, number } of control?.people?.ids ?? [])
    search.look({ kind: 'other', text: id, exact: false }, `control record ${number}`);
  search.finish();
  const isTold = inputs.among === undefined || (isCounted(tasks) && summary !== undefined);
  const rows = rowsOf(quarantine, (coordinate) => tasks.some(({ reigns }) => reigns.has(coordinate)));
  if (isTold) checkSummary(summary, counted, inputs.among === undefined || rows.rows !== null ? rows.count : counted.faultyCount, findings);
  else findings.note('I19', 'no ledger counts what this policy decided any more; its audit lines do');
  compareQuarantine(rows, counted, findings);
  for (const line of tasks.flatMap((task) => task.lines.filter(task.isOurs)))
    if (!rules.views.some(({ name }) => name === line.view))
      findings.fail('I2', `audit line ${line.seq + 1}`, 'view that the policy does not have');
  checkTasks(tasks, summary, isTold, context);
  // Without lineage what left is all that there is to go by, and that is somebody's when one task decided it.
  if (inputs.lineageKey === null && inputs.tasks === undefined)
    for (const view of rules.views) datasets.check(view, leftOf(view, tables.get(view.name), control));
  datasets.finish();
  await compareRuns(rules.views, tables, inputs.second, control, findings);
  checkControlKeys(inputs.controlKeys ?? null, control, findings);
  checkDestroyed(inputs.ring ?? null, rules, tables, tasks, control, findings);
  skipInapplicable(rules, inputs, control, findings);
  return findings.report();
};
