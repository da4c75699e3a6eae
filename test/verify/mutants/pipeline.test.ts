import { readFileSync } from 'node:fs';
import t from 'tap';
import { assetPath } from '../../../src/cli/assets.ts';
import type { Plan, ViewPlan } from '../../../src/model/plan.ts';
import { brandReleased, type Released } from '../../../src/model/released.ts';
import { REASONS, type Reason } from '../../../src/model/verdict.ts';
import { STAGES, type Stages } from '../../../src/pipeline.ts';
import { compilePlan } from '../../../src/plan.ts';
import { memoryRecipients } from '../../../src/runtime/keys/memory.ts';
import { policyFiles } from '../../../src/runtime/policy-files.ts';
import { formatReport, type Report, type StatementId, verifyRun } from '../../../src/verify/index.ts';
import { withOrder } from '../../properties/with-order.ts';
import { fleetLines, framed, runInMemory } from '../../properties/world.ts';
import { outputsOf } from '../memory-run.ts';

/** The real pipeline with one stage put wrong: what the toy gate shows of the checker must hold of the program, too. */
const FILE = assetPath('policies/smart-home.yaml');
const PSEUDONYMS = `
  habits:
    event: operation
    purpose: repeated use
    consumers: [research]
    subject: device
    window: 1h
    k: 12
    path: [{ model: brand, operation: area }]
    pseudonym: class
    contribution: 3
    retention: 30d
`;
const POLICY =
  readFileSync(FILE, 'utf8')
    .replaceAll(/k: (20|50)/g, 'k: 12')
    .replace('revealing: [', 'revealing: [ok, success, ') + PSEUDONYMS;
const SEED = 'mutants';

const compiled = compilePlan(POLICY, FILE, policyFiles(FILE));
const plan = compiled.plan as Plan;
const lines = fleetLines({ devices: 700, count: 2500, spanMs: 2 * 3_600_000, seed: 11, malformedShare: 0.01 });

const check = async (stages: Partial<Stages>): Promise<Report> => {
  const batches = framed(plan, lines, [400]);
  const run = await runInMemory(plan, batches, SEED, { ...STAGES, ...stages });
  const { lineageKey, operatorKey } = memoryRecipients(SEED);
  const records = lines.map((bytes) => ({ kind: 'line', file: 0, bytes }) as const);
  return verifyRun({
    policyText: POLICY,
    policyFile: FILE,
    ...policyFiles(FILE),
    records,
    outputs: outputsOf(plan, run),
    lineageKey,
    operatorKey,
  });
};

const changed = (change: (view: ViewPlan) => Partial<ViewPlan>): Plan => ({
  ...plan,
  views: plan.views.map((view) => ({ ...view, ...change(view) })),
});

/** A gate or transform that goes by another plan than the policy's. */
const gateOf = (change: (view: ViewPlan) => Partial<ViewPlan>): Partial<Stages> => ({
  gate: (_, deps) => STAGES.gate(changed(change), deps),
});
const transformOf = (change: (view: ViewPlan) => Partial<ViewPlan>): Partial<Stages> => ({
  transform: (_, keys) => STAGES.transform(changed(change), keys),
});

const inSourceOrder = (released: Released): Released =>
  withOrder(released, (a, b) => released.source[a] - released.source[b] || released.offset[a] - released.offset[b]);

/** What k blocked, under another name. */
const renamed = (reason: Reason): Partial<Stages> => ({
  gate: (own, deps) => {
    const gate = STAGES.gate(own, deps);
    return {
      ...gate,
      close(view, start, controls) {
        const closed = gate.close(view, start, controls);
        const verdict = closed.verdicts.verdict.map((byte) => (byte === REASONS.k.code ? REASONS[reason].code : byte));
        return { ...closed, verdicts: { ...closed.verdicts, verdict } };
      },
    };
  },
});

const MUTANTS: Readonly<Record<string, { readonly stages: Partial<Stages>; readonly expected: StatementId }>> = {
  'a counter that is three too high': { stages: gateOf(({ k }) => ({ k: k - 3 })), expected: 'I3' },
  'devices counted as households': { stages: transformOf(() => ({ subject: 'device' })), expected: 'I3' },
  'contribution ignored': { stages: gateOf(() => ({ contribution: 9 })), expected: 'I9' },
  'no lottery': { stages: gateOf(() => ({ location: false })), expected: 'I9' },
  'stale positions': { stages: transformOf(() => ({ location: false })), expected: 'I9' },
  'no revealing values': {
    stages: gateOf(({ sensitive }) => ({ sensitive: sensitive && { ...sensitive, revealing: [] } })),
    expected: 'I10',
  },
  'levels one finer in outputs': {
    stages: { encoder: (_, view) => STAGES.encoder(plan, { ...view, path: [view.path[0], ...view.path.slice(0, -1)] }) },
    expected: 'I5',
  },
  'one pseudonym for all': {
    stages: {
      gate: (own, deps) => {
        const gate = STAGES.gate(own, deps);
        return {
          ...gate,
          close(view, start, controls) {
            const closed = gate.close(view, start, controls);
            return {
              ...closed,
              released: brandReleased({ ...closed.released, pseudonym: closed.released.pseudonym.map(() => 7) }),
            };
          },
        };
      },
    },
    expected: 'I8',
  },
  'order of the source': {
    stages: {
      gate: (own, deps) => {
        const gate = STAGES.gate(own, deps);
        return {
          ...gate,
          close(view, start, controls) {
            const closed = gate.close(view, start, controls);
            return { ...closed, released: inSourceOrder(closed.released) };
          },
        };
      },
    },
    expected: 'I17',
  },
  'records dropped under the name of repetitions': { stages: renamed('folded'), expected: 'I1' },
  'records dropped under the name of a dataset that there is not': { stages: renamed('dataset'), expected: 'I1' },
  'records dropped under the name of an index that there is not': { stages: renamed('direct'), expected: 'I1' },
  'records dropped under the name of gateways that nobody counts': { stages: renamed('gateways'), expected: 'I1' },
};

t.setTimeout(240_000);

t.test('the real pipeline passes', async (t) => {
  const report = await check({});
  t.ok(report.ok, formatReport(report).join('\n'));
  t.notMatch(formatReport(report).join('\n'), /did not leave/, 'and releases all that it may');
});

for (const [name, { stages, expected }] of Object.entries(MUTANTS)) {
  t.test(`${name}: rejected by ${expected}`, async (t) => {
    const report = await check(stages);
    const failed = report.findings.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id);
    t.ok(failed.includes(expected), `failing: ${failed.join(' ')}`);
  });
}
