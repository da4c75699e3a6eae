import fc from 'fast-check';
import t from 'tap';
import { foldedEpochs, spanOf } from '../../src/control/epochs.ts';
import { createControlFold } from '../../src/control/fold.ts';
import type { ControlRecord } from '../../src/control/shape.ts';
import { DAY_MS, HOUR_MS } from '../../src/model/time.ts';
import { createEpochs } from '../../src/verify/control/epochs.ts';
import { controlLog, controlledPlan, OFFICER, SECOND, signed } from './world.ts';

const plan = controlledPlan();
const WEEK = plan.epochMs;
const NOW = 1_767_614_400_000;
const SCHEDULED = Math.floor(NOW / WEEK);
/** Windows of six hours begin here. */
const CUT = Math.ceil((NOW + 7 * HOUR_MS) / (6 * HOUR_MS)) * 6 * HOUR_MS;

const word = (epoch: number, state: 'active' | 'retired' | 'destroyed'): ControlRecord => ({ kind: 'epoch', epoch, state });
const both = [OFFICER, SECOND] as const;

t.test('from a rotation on windows lie in another epoch, until the policy begins the next', async (t) => {
  const log = controlLog(plan);
  log.say(word(CUT, 'active'), NOW, ...both);
  const fold = createControlFold(plan);
  const { of } = fold.epochs;
  t.equal(of(CUT), SCHEDULED, 'before anybody said it');
  for (const line of log.lines) fold.take(line);
  t.same([NOW, CUT - 1, CUT, CUT + HOUR_MS, (SCHEDULED + 1) * WEEK - 1].map(of), [SCHEDULED, SCHEDULED, CUT, CUT, CUT]);
  t.equal(of((SCHEDULED + 1) * WEEK), SCHEDULED + 1);
  t.same(spanOf(plan, fold.state, SCHEDULED), { startMs: SCHEDULED * WEEK, endMs: CUT });
  t.same(spanOf(plan, fold.state, CUT), { startMs: CUT, endMs: (SCHEDULED + 1) * WEEK });
});

t.test('what would be two epochs in a window, or changes what is under way, is refused', async (t) => {
  const log = controlLog(plan);
  const put = (record: ControlRecord, atMs: number, seq: number) =>
    log.put(signed({ v: 1, signer: 'officer', seq, record }, ...both), atMs);
  t.equal(put(word(CUT + HOUR_MS, 'active'), NOW, 1), 'contradiction', 'in the midst of a window of six hours');
  t.equal(put(word(CUT, 'active'), CUT - 6 * HOUR_MS + 1, 2), 'too-soon', 'less than the longest window ahead');
  t.equal(put(word(CUT + DAY_MS, 'active'), CUT, 3), null);
  t.equal(put(word(CUT + DAY_MS, 'active'), CUT, 4), 'contradiction', 'twice');
});

t.test('an epoch is destroyed when its windows are over and decided, never while it is active', async (t) => {
  const log = controlLog(plan);
  let seq = 0;
  const put = (record: ControlRecord, atMs: number) => log.put(signed({ v: 1, signer: 'officer', seq: ++seq, record }, ...both), atMs);
  t.equal(put(word(SCHEDULED, 'destroyed'), NOW), 'too-soon', 'active');
  t.equal(put(word(CUT, 'active'), NOW), null);
  t.equal(put(word(SCHEDULED, 'destroyed'), CUT + 6 * HOUR_MS - 1), 'too-soon', 'its last window has just ended');
  t.equal(put(word(SCHEDULED, 'destroyed'), CUT + 6 * HOUR_MS), null, 'a rotation ends it before its time');
  t.equal(put(word(CUT, 'destroyed'), CUT + 7 * HOUR_MS), 'too-soon', 'the new one is active');
  t.equal(put(word(SCHEDULED, 'retired'), CUT + 7 * HOUR_MS), 'contradiction', 'it never goes back');
});

t.test('the checker cuts epochs by itself, and alike', async () => {
  const cut = fc.integer({ min: -12, max: 60 }).map((at) => at * 6 * HOUR_MS + SCHEDULED * WEEK);
  fc.assert(
    fc.property(fc.uniqueArray(cut, { maxLength: 5 }), fc.integer({ min: -100, max: 400 }), (cuts, hour) => {
      const rotations = [...cuts].sort((a, b) => a - b);
      const own = foldedEpochs(plan, { rotations, destroyed: new Set(), rekeyed: [], unkeyed: new Set() });
      const others = createEpochs(cuts.map((epoch) => ({ kind: 'epoch', epoch, state: 'active' })), WEEK); // biome-ignore format: a call
      const atMs = SCHEDULED * WEEK + hour * HOUR_MS;
      const epoch = own.of(atMs);
      if (others.numberOf(atMs) !== epoch) throw new Error('another epoch');
      const { startMs, endMs } = spanOf(plan, { rotations }, epoch);
      if (!(startMs <= atMs && atMs < endMs)) throw new Error('a window outside the span of its epoch');
      for (const number of [epoch, ...cuts, SCHEDULED])
        if (spanOf(plan, { rotations }, number).endMs !== others.endOf(number)) throw new Error('another end');
    }),
  );
});
