import fc from 'fast-check';
import t from 'tap';
import { apply } from '../../../src/control/apply.ts';
import { foldedEpochs } from '../../../src/control/epochs.ts';
import type { ControlRecord, ControlSubject } from '../../../src/control/shape.ts';
import { createControlState } from '../../../src/control/state.ts';
import { policyFiles } from '../../../src/runtime/policy-files.ts';
import { contradictionOf, type Standing } from '../../../src/verify/control/contradiction.ts';
import { createEpochs, epochWords } from '../../../src/verify/control/epochs.ts';
import { createControlKeys, createRekeyings } from '../../../src/verify/control/rekeyings.ts';
import { readRules } from '../../../src/verify/rules.ts';
import { controlledPlan, controlledText } from '../../control/world.ts';
import { FILE } from '../../transform/world.ts';

/** Gate and checker judge names and control keys by different code: of any records they have to say the same. Of few tokens, so that they meet. */
const plan = controlledPlan();
const rules = readRules(controlledText(), FILE, policyFiles(FILE));
const SIX = 6 * 3_600_000;

const token = fc.constantFrom(...'abcdefg').map((letter) => letter.repeat(32));
const key = fc.constantFrom(1, 1, 1, 2, 2, 3);
const commitment = fc.constantFrom('0', '0', '0', '1').map((letter) => letter.repeat(32));

const someSubject = (kind: ControlSubject['kind']): fc.Arbitrary<ControlSubject> =>
  fc
    .tuple(fc.array(fc.tuple(token, token), { minLength: 1, maxLength: 2 }), fc.constantFrom(undefined, key), fc.boolean(), fc.boolean())
    .chain(([pairs, numbered, isRenewed, isShort]) =>
      (numbered ?? fc.constant(undefined)).map((number) => ({
        kind,
        tokens: pairs.map(([one]) => one),
        sealed: 'AA==',
        ...(number === undefined ? {} : { key: number }),
        ...(isRenewed ? { renewed: pairs.map(([, other]) => other).slice(0, isShort ? 1 : 2) } : {}),
      })),
    );

const record: fc.Arbitrary<ControlRecord> = fc.oneof(
  { weight: 3, arbitrary: someSubject('device').map((subject) => ({ kind: 'erasure', subject }) as const) },
  fc.tuple(someSubject('account'), fc.option(someSubject('household'))).map(([subject, household]) => ({ kind: 'binding', subject, household }) as const),
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('rekey' as const), key: fc.constantFrom(2, 2, 3), state: fc.constant('staged' as const), commitment, aliases: fc.array(fc.tuple(token, token), { minLength: 1, maxLength: 3 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('rekey' as const), key: fc.constantFrom(2, 2, 3), state: fc.constant('active' as const), commitment, from: fc.integer({ min: 0, max: 12 }).map((at) => at * SIX) }),
  },
  fc.record({ kind: fc.constant('rekey' as const), key: fc.constantFrom(1, 2), state: fc.constant('destroyed' as const) }),
  fc.record({ kind: fc.constant('epoch' as const), epoch: fc.integer({ min: 0, max: 12 }).map((at) => at * SIX), state: fc.constantFrom('active' as const, 'destroyed' as const) }),
); // biome-ignore format: a table

const said = fc.record({ record, afterMs: fc.constantFrom(0, 0, 0, 0, 1, SIX, SIX + 1) });

t.test('gate and checker judge names and control keys alike', async (t) => {
  const outcomes = new Map<string, number>();
  fc.assert(
    fc.property(fc.array(said, { minLength: 2, maxLength: 16 }), (log) => {
      const state = createControlState();
      const epochs = foldedEpochs(plan, state);
      const standing: Standing = { applied: [], rekeyings: createRekeyings(rules) };
      let atMs = 0;
      for (const { record: one, afterMs } of log) {
        atMs += afterMs;
        const own = apply(state, one, atMs, plan, 2);
        const others = contradictionOf(one, atMs, standing, rules, 2);
        if (own !== others) throw new Error(`gate ${own}, checker ${others} of ${JSON.stringify(one)}`);
        const name = `${one.kind} ${'state' in one ? one.state : ''} ${own ?? 'applied'}`;
        outcomes.set(name, (outcomes.get(name) ?? 0) + 1);
        if (others !== null) continue;
        standing.rekeyings.take(one);
        standing.applied.push(one);
      }
      const keys = createControlKeys(standing.applied);
      const { numberOf } = createEpochs(epochWords(standing.applied), plan.epochMs);
      for (let windowMs = 0; windowMs < 14 * SIX; windowMs += SIX) {
        const epoch = epochs.of(windowMs);
        if (epochs.controlKey(epoch).number !== keys.numberOf(windowMs)) throw new Error('another control key');
        if (epoch !== numberOf(windowMs)) throw new Error('another epoch');
      }
    }),
    { numRuns: 20_000 },
  );
  const wanted = ['staged applied', 'staged contradiction', 'active applied', 'active not-rekeyed', 'active too-soon', 'active contradiction', 'destroyed applied', 'destroyed too-soon', 'destroyed contradiction'].map((word) => `rekey ${word}`); // biome-ignore format: a list
  for (const word of [...wanted, 'erasure  applied', 'erasure  not-rekeyed', 'erasure  contradiction', 'binding  not-rekeyed'])
    t.ok((outcomes.get(word) ?? 0) > 5, `${word}: ${outcomes.get(word)}`);
});
