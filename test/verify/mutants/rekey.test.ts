import t from 'tap';
import { cut } from '../../../src/control/cut.ts';
import { type ControlFold, type ControlLine, type ControlVerdict, createControlFold } from '../../../src/control/fold.ts';
import type { Epochs } from '../../../src/model/epochs.ts';
import { FIRST_CONTROL_KEY } from '../../../src/model/keys.ts';
import { formatReport, type StatementId } from '../../../src/verify/index.ts';
import { COMMITMENT, rekeyed, sayRekey } from '../../control/rekey-world.ts';
import { controlLog, OFFICER, SECOND, signed, subject } from '../../control/world.ts';
import { CUT_MS, cutLog, SAID_MS } from '../control/rekeyed-log.ts';
import { richSaid } from '../control/rich-log.ts';
import { type Change, check, createWorldOf, idsOf } from '../control/world.ts';

/** The real pipeline with one mistake in what it makes of another control key: each must be rejected by the statement that it breaks. */
const SEED = 73;
const world = createWorldOf(SEED, 9);
const log = cutLog(world, SEED, false, true);
const destroyed = cutLog(world, SEED, false, true, true);

/** A gate with a fold of its own, which `change` breaks. */
const folding = (
  lines: readonly ControlLine[],
  change: (fold: ControlFold, line: ControlLine, verdict: ControlVerdict) => ControlVerdict,
): Change => ({
  controls(given, plan) {
    const fold = createControlFold(plan);
    const verdicts = lines.map((line) => change(fold, line, fold.take(line)));
    return { ...given, at: fold.at, epochs: fold.epochs, verdicts: (from) => verdicts.slice(from) };
  },
});

const withEpochs = (change: (epochs: Epochs) => Partial<Epochs>): Change => ({
  controls: (given) => ({ ...given, epochs: { ...(given.epochs as Epochs), ...change(given.epochs as Epochs) } }),
});

const before = richSaid(world, SEED, false).filter(({ atMs }) => atMs < SAID_MS);

/** A log in which those that were named have no other name when the key is said. */
const halfNamed = (() => {
  const said = controlLog(world.plan);
  for (const { record, atMs } of before) said.say(record, atMs, OFFICER, ...(record.kind === 'epoch' ? [SECOND] : []));
  const fold = createControlFold(world.plan);
  for (const line of said.lines) fold.take(line);
  const payload = { v: 1, signer: OFFICER.name, seq: fold.lastSeq(OFFICER.name) + 1, record: rekeyed(CUT_MS) } as const;
  if (said.put(signed(payload, OFFICER, SECOND), SAID_MS) !== 'not-rekeyed') throw new Error('taken');
  return said.lines;
})();

/** A log in which somebody is erased under the old key alone, while the next one is on its way. */
const oneSided = (() => {
  const said = controlLog(world.plan);
  sayRekey(world.plan, said, [], CUT_MS, SAID_MS);
  world.people.slice(0, 200).forEach(({ deviceId }, i) => {
    const record = { kind: 'erasure', subject: subject(world.plan, 'device', deviceId) } as const;
    if (said.put(signed({ v: 1, signer: OFFICER.name, seq: i + 2, record }, OFFICER), SAID_MS + 1) !== 'not-rekeyed')
      throw new Error('taken');
  });
  return said.lines;
})();

interface Mutant {
  readonly change: Change;
  readonly expected: StatementId;
  readonly log?: readonly ControlLine[];
}

const MUTANTS: Readonly<Record<string, Mutant>> = {
  'other names ignored': {
    change: folding(log, ({ state }, _, verdict) => {
      Object.assign(state.names, { rootOf: (token: string) => token });
      return verdict;
    }),
    expected: 'I14',
  },
  'the old key used on': { change: withEpochs(() => ({ controlKey: () => FIRST_CONTROL_KEY })), expected: 'I14' },
  'a key taken before everybody has another name': {
    change: folding(halfNamed, ({ state }, _, verdict) => {
      if (verdict.refusal !== 'not-rekeyed') return verdict;
      state.rekeyed.push({ key: 2, commitment: COMMITMENT(2), fromMs: CUT_MS });
      cut(state, CUT_MS);
      return { ...verdict, refusal: null };
    }),
    expected: 'I14',
    log: halfNamed,
  },
  'a key told as taken before everybody has another name': {
    change: folding(halfNamed, (_, __, verdict) => (verdict.refusal === 'not-rekeyed' ? { ...verdict, refusal: null } : verdict)),
    expected: 'I2',
    log: halfNamed,
  },
  'who is named on one side only taken to be erased on both': {
    change: folding(oneSided, ({ state }, { appendMs }, verdict) => {
      if (verdict.refusal !== 'not-rekeyed') return verdict;
      for (const { deviceId } of world.people.slice(0, 200))
        for (const key of [1, 2])
          for (const token of subject(world.plan, 'device', deviceId, key).tokens) state.erasures.add(token, appendMs, true);
      return verdict;
    }),
    expected: 'I14',
    log: oneSided,
  },
  'the end of a key ignored': { change: withEpochs(({ of, destroyed: gone }) => ({ of, isDestroyed: (epoch) => gone().includes(epoch) })), expected: 'I15', log: destroyed },
  'dropped as of a key that is not destroyed': {
    change: withEpochs(({ of }) => ({ isDestroyed: (epoch) => epoch === of(CUT_MS) })),
    expected: 'I15',
    log: destroyed,
  },
  'no key epoch begins with the key': { change: withEpochs(({ of }) => ({ of: (atMs) => of(Math.min(atMs, CUT_MS - 1)) })), expected: 'I2' },
}; // biome-ignore format: a table

t.setTimeout(600_000);

t.test('without a mistake nothing is rejected', async (t) => {
  for (const lines of [halfNamed, oneSided]) {
    const report = await check(world, lines);
    t.same(idsOf(report, 'fail'), [], formatReport(report).join('\n'));
  }
});

for (const [name, { change, expected, log: lines = log }] of Object.entries(MUTANTS)) {
  t.test(`${name}: rejected by ${expected}`, async (t) => {
    const report = await check(world, lines, change);
    t.ok(idsOf(report, 'fail').includes(expected), formatReport(report).join('\n'));
  });
}
