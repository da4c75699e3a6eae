import type { ControlLine } from '../../../src/control/fold.ts';
import type { Transaction } from '../../../src/model/log.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { HOUR_MS, MINUTE_MS } from '../../../src/model/time.ts';
import { STAGES, type Stages } from '../../../src/pipeline.ts';
import { type ControlSource, foldedControls } from '../../../src/runtime/control/source.ts';
import { memoryPeriodKey, memoryRecipients } from '../../../src/runtime/keys/memory.ts';
import { policyFiles } from '../../../src/runtime/policy-files.ts';
import { DEFAULT_START_MS } from '../../../src/simulate/options.ts';
import { type Report, type StatementId, verifyRun } from '../../../src/verify/index.ts';
import type { ControlRow, VerifyInputs } from '../../../src/verify/inputs.ts';
import { controlledPlan, controlledText } from '../../control/world.ts';
import { fleetLines, framed, type MemoryRun, runInMemory } from '../../properties/world.ts';
import { type Edit, FILE } from '../../transform/world.ts';
import { outputsOf } from '../memory-run.ts';
import { createRandom } from '../toy/random.ts';

/** Runs of the real pipeline by a control log, and what the checker says of them. */
export const START_MS = DEFAULT_START_MS;
/** Everything that changes plans was announced by then: a window of six hours lies between. */
export const BEFORE_MS = START_MS - 8 * HOUR_MS;
export const HOURS = 4;

/** k as low as it may be. */
const LOW_K: readonly Edit[] = ['k: 20', 'k: 20', 'k: 50'].map((k) => [k, 'k: 12']);
/** A view with pseudonyms. */
const HABITS: Edit = [
  '\nviews:\n',
  `
views:
  habits:
    event: operation
    purpose: repeated use
    consumers: [research]
    subject: device
    window: 1h
    k: 12
    path: [{ model: brand, operation: area }, { model: category, operation: area }]
    pseudonym: class
    contribution: 3
    retention: 30d

`,
];
const HOUSEHOLD = '    household: { trusted: householdId }\n';
export const BOUND: readonly Edit[] = [0, 1, 2].map(() => [HOUSEHOLD, '    household: bindings\n']);

/** What a gateway tells of who uses a device. */
export interface Person {
  readonly deviceId: string;
  readonly accountId?: string | undefined;
  readonly householdId: string;
}

export interface World {
  /** How long records come; absent: `HOURS`. */
  readonly hours?: number;
  readonly plan: Plan;
  readonly text: string;
  readonly lines: readonly Buffer[];
  /** Each device once. */
  readonly people: readonly Person[];
}

/** Takes the account out of a third of the records: then anybody of the home may have been it. */
const withoutSomeAccounts = (line: Buffer, seed: number): Buffer => {
  const text = line.toString();
  const event = /"eventId":"([^"]*)"/.exec(text)?.[1];
  if (event === undefined || !createRandom(`${seed} ${event}`).chance(0.33)) return line;
  return Buffer.from(text.replace(/"accountId":"[^"]*",/, ''));
};

export const createWorld = (seed: number, ...edits: readonly Edit[]): World => createWorldOf(seed, HOURS, ...edits);

export const createWorldOf = (seed: number, hours: number, ...edits: readonly Edit[]): World => {
  const all = [...LOW_K, HABITS, ...edits];
  const options = {
    devices: 700,
    count: Math.min(900 * hours, 4800),
    spanMs: hours * HOUR_MS,
    seed,
    malformedShare: 0.01,
    lateShare: 0.15,
  };
  const lines = fleetLines(options).map((line) => withoutSomeAccounts(line, seed));
  const people = new Map<string, Person>();
  for (const line of lines) {
    const found = /"value":(\{.*\})\}$/.exec(line.toString())?.[1];
    if (found === undefined) continue;
    try {
      const { deviceId, accountId, householdId } = JSON.parse(found);
      if (typeof householdId !== 'string' || typeof deviceId !== 'string') continue;
      people.set(deviceId, { deviceId, accountId: accountId ?? people.get(deviceId)?.accountId, householdId });
    } catch {
      // Malformed on purpose.
    }
  }
  return { hours, plan: controlledPlan(...all), text: controlledText(...all), lines, people: [...people.values()] };
};

export const wholeLog = (plan: Plan, lines: readonly ControlLine[]): ControlSource =>
  foldedControls(plan, async () => ({ lines, untilMs: Number.POSITIVE_INFINITY }));

const rowsOf = (lines: readonly ControlLine[]): ControlRow[] => lines.map(({ appendMs, value }) => ({ atMs: appendMs, value }));

export interface Change {
  /** What the run goes by, when it is not the control log. */
  readonly controls?: (given: ControlSource, plan: Plan) => ControlSource;
  readonly stages?: Partial<Stages>;
  readonly plan?: (plan: Plan) => Plan;
  /** What is done to what was written. */
  readonly written?: (transaction: Transaction) => Transaction;
  readonly audit?: (lines: readonly string[]) => readonly string[];
  /** What the checker is not given. */
  readonly without?: 'operatorKey' | 'controls' | 'periodKeys';
}

/** One run: what it left is decided by `change`, what the checker sees of the source is not. */
export const runControlled = async (world: World, log: readonly ControlLine[], change: Change = {}): Promise<MemoryRun> => {
  const plan = change.plan?.(world.plan) ?? world.plan;
  const given = wholeLog(plan, log);
  const controls = change.controls?.(given, plan) ?? given;
  const stages = { ...STAGES, ...change.stages };
  const run = await runInMemory(plan, framed(plan, world.lines as Buffer[], [500]), 'unjoin', stages, controls);
  const { written } = change;
  return written === undefined ? run : { ...run, transactions: run.transactions.map((transaction) => written(transaction)) };
};

export const inputsOf = (world: World, run: MemoryRun, log: readonly ControlLine[], change: Change = {}): VerifyInputs => {
  const { lineageKey, operatorKey } = memoryRecipients();
  const outputs = outputsOf(world.plan, run);
  return {
    policyText: world.text,
    policyFile: FILE,
    ...policyFiles(FILE),
    records: world.lines.map((bytes) => ({ kind: 'line', file: 0, bytes }) as const),
    ...(change.without === 'controls' ? {} : { controls: rowsOf(log) }),
    outputs: { ...outputs, audit: () => (change.audit ?? ((lines) => lines))(outputs.audit() as readonly string[]) },
    lineageKey,
    periodKeys: change.without === 'periodKeys' ? new Map() : new Map(['promo', 'pals'].map((id) => [id, memoryPeriodKey(id).privateKey])),
    operatorKey: change.without === 'operatorKey' ? null : operatorKey,
  };
};

export const check = async (world: World, log: readonly ControlLine[], change: Change = {}): Promise<Report> =>
  verifyRun(inputsOf(world, await runControlled(world, log, change), log, change));

export const idsOf = (report: Report, wanted: 'pass' | 'fail' | 'not-applicable'): StatementId[] =>
  report.findings.filter(({ verdict }) => verdict === wanted).map(({ id }) => id);

export { HOUR_MS, MINUTE_MS };
