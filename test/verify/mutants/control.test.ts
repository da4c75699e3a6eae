import t from 'tap';
import { type ControlLine, createControlFold } from '../../../src/control/fold.ts';
import type { SubjectControls } from '../../../src/model/controls.ts';
import { REASONS } from '../../../src/model/verdict.ts';
import { STAGES, type Stages } from '../../../src/pipeline.ts';
import { memoryPeriodKey } from '../../../src/runtime/keys/memory.ts';
import { formatReport, type StatementId } from '../../../src/verify/index.ts';
import { controlLog, OFFICER, SECOND, subject } from '../../control/world.ts';
import { withPeriods, withSubjects } from '../control/changes.ts';
import { rechained } from '../control/rechain.ts';
import { richLog } from '../control/rich-log.ts';
import { BOUND, type Change, check, createWorld, HOUR_MS, idsOf, START_MS } from '../control/world.ts';

/** The real pipeline with one mistake in what it makes of the control log: each must be rejected by the statement that it breaks. */
const SEED = 61;
const trusted = createWorld(SEED);
const bound = createWorld(SEED, ...BOUND);
const logs = { trusted: richLog(trusted, SEED, false), bound: richLog(bound, SEED, true) };

const never = (reason: string) =>
  withSubjects((given) => ({
    ...given,
    refusal(actor) {
      const refusal = given.refusal(actor);
      return refusal === reason ? null : refusal;
    },
  }));

/** Verdicts of survivors under another name. */
const renamed = (from: number, to: number): Partial<Stages> => ({
  gate: (plan, deps) => {
    const gate = STAGES.gate(plan, deps);
    return {
      ...gate,
      close(view, start, controls) {
        const closed = gate.close(view, start, controls);
        const verdict = closed.verdicts.verdict.map((byte) => (byte === from ? to : byte));
        return { ...closed, verdicts: { ...closed.verdicts, verdict } };
      },
    };
  },
});

/** A gate that believes one refused record: `apply` does by hand what the record says. */
const believing = (
  log: readonly ControlLine[],
  refusal: string,
  apply: (fold: ReturnType<typeof createControlFold>, atMs: number) => void,
): Change => ({
  controls: (given, plan) => {
    const fold = createControlFold(plan);
    const verdicts = log.map((line) => {
      const verdict = fold.take(line);
      if (verdict.refusal !== refusal) return verdict;
      apply(fold, line.appendMs);
      return { ...verdict, refusal: null };
    });
    return { ...given, at: (view, start) => fold.at(view, start), count: () => verdicts.length, verdicts: (from) => verdicts.slice(from) };
  },
});

const eraseFirst = (fold: ReturnType<typeof createControlFold>, atMs: number): void => {
  for (const { deviceId } of trusted.people.slice(0, 100))
    for (const token of subject(trusted.plan, 'device', deviceId).tokens) fold.state.erasures.add(token, atMs, true);
};

const isControl = (fields: Record<string, unknown>, number?: number): boolean =>
  'control' in fields && (number === undefined || fields['control'] === number);

interface Mutant {
  readonly change: Change;
  readonly expected: StatementId;
  readonly isBound?: boolean;
  readonly log?: readonly ControlLine[];
}

/** Said a week and a window after the run: all of it lies in that epoch. */
const destroyed = (() => {
  const log = controlLog(trusted.plan);
  const epoch = Math.floor(START_MS / trusted.plan.epochMs);
  const over = (epoch + 1) * trusted.plan.epochMs + 24 * HOUR_MS;
  log.say({ kind: 'epoch', epoch, state: 'destroyed' }, over, OFFICER, SECOND);
  return log.lines;
})();

const MUTANTS: Readonly<Record<string, Mutant>> = {
  'periods ignored': { change: withPeriods(() => []), expected: 'I13' },
  'a late event ignoring a period': {
    change: withPeriods((rules, startMs, view) => rules.filter((rule) => rule.startMs < startMs + view.windowMs && rule.endMs > startMs)),
    expected: 'I13',
  },
  'the k of a period ignored': { change: withPeriods((rules) => rules.map((rule) => ({ ...rule, k: 12 }))), expected: 'I13' },
  'finer levels beside unindexed information': {
    change: withPeriods((rules) => rules.map((rule) => ({ ...rule, coarsestOnly: false }))),
    expected: 'I13',
  },
  'announced taken for active': { change: withPeriods((rules) => rules.map((rule) => ({ ...rule, isSuspended: false }))), expected: 'I13' },
  'an end that was named later is ignored': {
    change: withPeriods((rules) => rules.map((rule) => (rule.id === 'cut' ? { ...rule, endMs: Number.POSITIVE_INFINITY } : rule))),
    expected: 'I13',
  },
  'an end that is too early': {
    change: withPeriods((rules) => rules.map((rule) => ({ ...rule, endMs: Math.min(rule.endMs, rule.startMs + 1) }))),
    expected: 'I13',
  },
  'pseudonyms in a period': {
    change: withPeriods((rules) => rules.filter(({ id }) => id !== 'pals')),
    expected: 'I13',
  },
  'lineage of a period sealed to the auditor': { change: withPeriods((rules) => rules.map((rule) => ({ ...rule, lineage: null }))), expected: 'I13' },
  'lineage of one period sealed to the key of another': {
    change: withPeriods((rules) => rules.map((rule) => (rule.id === 'promo' ? { ...rule, lineage: memoryPeriodKey('pals').lineage } : rule))),
    expected: 'I1',
  },
  'records of a period in the ordinary output': {
    change: { written: (transaction) => ({ ...transaction, outputs: transaction.outputs.map((output) => ({ ...output, period: null })) }) },
    expected: 'I13',
  },
  'records of one period in the output of another': {
    change: {
      written: (transaction) => ({
        ...transaction,
        outputs: transaction.outputs.map((output) => ({ ...output, period: output.period === 'promo' ? 'open' : output.period })),
      }),
    },
    expected: 'I13',
  },
  'ordinary records in the output of a period': {
    change: {
      written: (transaction) => ({
        ...transaction,
        outputs: transaction.outputs.map((output) => ({ ...output, period: output.view === 'device-health' ? 'promo' : output.period })),
      }),
    },
    expected: 'I13',
  },
  'combined use as a pretext': { change: { stages: renamed(REASONS.k.code, REASONS['combined-use'].code) }, expected: 'I13' },
  'a rotation ignored': { change: { controls: ({ epochs: _, ...given }) => given }, expected: 'I2' },
  'a destroyed key kept in use': { change: { controls: ({ epochs: _, ...given }) => given }, expected: 'I15', log: destroyed },
  'dropped under the name of destroyed keys': { change: { stages: renamed(REASONS.k.code, REASONS.destroyed.code) }, expected: 'I15' },
  'denial ignored': { change: never('consent'), expected: 'I14' },
  'erasure ignored': { change: never('erased'), expected: 'I14' },
  'minors ignored': { change: never('minor'), expected: 'I14' },
  'erasure and denial ignored for the open window': {
    change: withSubjects((given, source, view, startMs) => ({
      ...given,
      refusal: (actor) => (source.at(view, startMs - view.windowMs).subjects as SubjectControls).refusal(actor),
    })),
    expected: 'I14',
  },
  'who denied is counted, though not released': { change: { stages: renamed(REASONS.consent.code, REASONS.k.code) }, expected: 'I14' },
  'dropped under the name of a denial': { change: { stages: renamed(REASONS.k.code, REASONS.consent.code) }, expected: 'I14' },
  'a record without an account is nobody in particular': {
    // As if every record without an account were of an account that nobody ever spoke of.
    change: withSubjects((given) => ({ ...given, refusal: (actor) => given.refusal({ ...actor, account: actor.account ?? 'f'.repeat(32) }) })),
    expected: 'I14',
  },
  'a forged erasure believed': { change: believing(logs.trusted, 'wrong-signature', eraseFirst), expected: 'I14' },
  'a forged record told as applied': { change: believing(logs.trusted, 'unsigned', () => {}), expected: 'I2' },
  'a replayed record told as applied': { change: believing(logs.trusted, 'replayed', () => {}), expected: 'I2' },
  'a record out of sequence told as applied': { change: believing(logs.trusted, 'out-of-sequence', () => {}), expected: 'I2' },
  'a record of one signer told as applied': { change: believing(logs.trusted, 'one-signer', () => {}), expected: 'I2' },
  'a signer without the right believed': { change: believing(logs.trusted, 'no-right', eraseFirst), expected: 'I14' },
  'a control line missing in the audit': {
    change: { audit: (lines) => rechained(lines, (fields) => (isControl(fields, 5) ? [] : [fields])) },
    expected: 'I2',
  },
  'the last control lines missing in the audit': {
    change: { audit: (lines) => rechained(lines, (fields) => (isControl(fields) && Number(fields['control']) > 20 ? [] : [fields])) },
    expected: 'I2',
  },
  'a control line twice': {
    change: { audit: (lines) => rechained(lines, (fields) => (isControl(fields, 5) ? [fields, fields] : [fields])) },
    expected: 'I2',
  },
  'a control line under another name': {
    change: { audit: (lines) => rechained(lines, (fields) => [isControl(fields, 1) ? { ...fields, signer: 'second' } : fields]) },
    expected: 'I2',
  },
  'a control line at another time': {
    change: { audit: (lines) => rechained(lines, (fields) => [isControl(fields, 5) ? { ...fields, at: Number(fields['at']) + 1 } : fields]) },
    expected: 'I2',
  },
  'a window by another number of control records': {
    change: {
      audit: (lines) => rechained(lines, (fields) => ['view' in fields ? { ...fields, controls: Math.max(0, Number(fields['controls']) - 1) } : fields]),
    },
    expected: 'I2',
  },
  'bindings ignored: devices counted as households': {
    change: withSubjects((given) => ({ ...given, household: (actor) => actor.device })),
    expected: 'I3',
    isBound: true,
  },
  'bindings as of the start of the window': {
    change: withSubjects((given, source, view, startMs) => ({
      ...given,
      household: (actor) => (source.at(view, startMs - view.windowMs).subjects as SubjectControls).household(actor),
    })),
    expected: 'I5',
    isBound: true,
  },
  'who is not bound is blocked by another name': {
    change: { stages: renamed(REASONS['no-subject'].code, REASONS.k.code) },
    expected: 'I5',
    isBound: true,
  },
  'a binding that was taken back still holds': {
    change: withSubjects((given) => ({ ...given, household: (actor) => given.household(actor) ?? actor.device })),
    expected: 'I5',
    isBound: true,
  },
}; // biome-ignore format: a table

t.setTimeout(600_000);

t.test('without a mistake, but without the keys of periods: the rest is checked', async (t) => {
  const report = await check(trusted, logs.trusted, { without: 'periodKeys' });
  t.ok(report.ok, formatReport(report).join('\n'));
  t.match(formatReport(report).join('\n'), /of periods whose keys are not here/);
});

t.test('without a mistake: of destroyed keys nothing leaves, and the checker takes it', async (t) => {
  const report = await check(trusted, destroyed);
  t.ok(report.ok, formatReport(report).join('\n'));
  t.ok(idsOf(report, 'pass').includes('I15'));
});

for (const [name, { change, expected, isBound = false, log = isBound ? logs.bound : logs.trusted }] of Object.entries(MUTANTS)) {
  t.test(`${name}: rejected by ${expected}`, async (t) => {
    const report = await check(isBound ? bound : trusted, log, change);
    t.ok(idsOf(report, 'fail').includes(expected), formatReport(report).join('\n'));
  });
}
