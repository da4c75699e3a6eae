import kafkajs from 'kafkajs';
import t from 'tap';
import { createManualClock } from '../../../../src/runtime/clock.ts';
import { fixedGuarding } from '../../../../src/runtime/dataset/guarding.ts';
import { sharedControls } from '../../../../src/runtime/log/kafka/controls.ts';
import { controlledPlan } from '../../../control/world.ts';
import { fakeCluster } from './cluster.ts';
import { encodeBatch } from './wire/encode.ts';

const TOPIC = 'unjoin.control';
const NOW_MS = 1_767_600_000_000;
const SKEW_MS = 5000;
const away = (): Error => new kafkajs.KafkaJSConnectionError('Connection error');

/** A control topic of which a leader tells as long as it answers. */
const controlTopic = () => {
  const values: string[] = [];
  const state = { isAway: false };
  const cluster = fakeCluster({
    leaders: { [`${TOPIC}:0`]: '1' },
    latest: () => (state.isAway ? away() : values.length),
    answer: ({ fromOffset }) => {
      const ends = { highWatermark: values.length, lastStableOffset: values.length, logStartOffset: 0 };
      const records = values.slice(fromOffset).map((value) => ({ key: null, value: Buffer.from(value) }));
      if (records.length === 0) return { ...ends, records: null };
      return { ...ends, records: encodeBatch({ baseOffset: fromOffset, records, isAppendTime: true, maxTimestampMs: NOW_MS - 60_000 }) };
    },
  });
  return { cluster, values, state };
};

const [PLAN, OTHER] = [controlledPlan(), controlledPlan(['k: 20', 'k: 30'])];

t.test('what was appended before now less the skew is known; every plan judges all records, once', async (t) => {
  const { cluster, values } = controlTopic();
  values.push('x', 'y');
  const clock = createManualClock(NOW_MS);
  const shared = sharedControls(cluster, TOPIC, clock, SKEW_MS);
  const one = shared.of(PLAN, fixedGuarding());
  t.equal(await one.isKnown(NOW_MS - SKEW_MS), true);
  t.equal(await one.isKnown(NOW_MS - SKEW_MS + 1), false);
  t.equal(one.verdicts(0).length, 2);
  values.push('z');
  clock.set(NOW_MS + 1000);
  t.equal(await one.isKnown(NOW_MS - SKEW_MS + 1), true);
  t.same(one.verdicts(0).map(({ offset }) => offset), [0, 1, 2]); // biome-ignore format: a list
  t.equal(shared.of(PLAN, fixedGuarding()), one);
  const other = shared.of(OTHER, fixedGuarding());
  t.equal(await other.isKnown(NOW_MS - SKEW_MS), true);
  t.equal(other.verdicts(0).length, 3);
  await shared.close();
});

t.test('while nobody answers nothing more is known, by no plan; then everything, and nothing twice', async (t) => {
  const { cluster, values, state } = controlTopic();
  values.push('x', 'y', 'z');
  const clock = createManualClock(NOW_MS);
  const shared = sharedControls(cluster, TOPIC, clock, SKEW_MS);
  const one = shared.of(PLAN, fixedGuarding());
  t.equal(await one.isKnown(NOW_MS - SKEW_MS), true);
  state.isAway = true;
  clock.set(NOW_MS + 60_000);
  t.equal(await one.isKnown(NOW_MS), false);
  t.equal(await one.isKnown(NOW_MS - SKEW_MS), true, 'what it knew it knows');
  const other = shared.of(OTHER, fixedGuarding());
  t.equal(await other.isKnown(NOW_MS - SKEW_MS), false, 'another plan has read no record of it');
  state.isAway = false;
  t.equal(await other.isKnown(NOW_MS), true);
  t.equal(await one.isKnown(NOW_MS), true);
  for (const { verdicts } of [one, other]) t.same(verdicts(0).map(({ offset }) => offset), [0, 1, 2]); // biome-ignore format: a list
});

t.test('who does not answer at all makes nobody wait for long', async (t) => {
  const { cluster, values } = controlTopic();
  values.push('x');
  let answer = (): void => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const shared = sharedControls({ ...cluster, connect: () => answered }, TOPIC, createManualClock(NOW_MS), SKEW_MS, 1);
  const one = shared.of(PLAN, fixedGuarding());
  t.equal(await one.isKnown(NOW_MS - SKEW_MS), false);
  answer();
  while (!(await one.isKnown(NOW_MS - SKEW_MS)));
  t.equal(one.verdicts(0).length, 1);
});
