import t from 'tap';
import type { Released } from '../../src/model/released.ts';
import { STAGES, type Stages } from '../../src/pipeline.ts';
import { withOrder } from '../properties/with-order.ts';
import { fleetLines } from '../properties/world.ts';
import { groupBy, PLAN, play } from './world.ts';

const HOUR_MS = 3_600_000;
const fleet = (seed: number): Buffer[] =>
  fleetLines({ devices: 600, count: 2000, spanMs: HOUR_MS, seed, malformedShare: 0, duplicateShare: 0, lateShare: 0, futureShare: 0 });

/** Ranks from 0; equal values get the mean of theirs. */
const ranksOf = (values: readonly number[]): number[] => {
  const order = values.map((_, i) => i).sort((a, b) => values[a] - values[b]);
  const ranks = new Array<number>(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to]] === values[order[from]]) to++;
    for (let i = from; i < to; i++) ranks[order[i]] = (from + to - 1) / 2;
    from = to;
  }
  return ranks;
};

/** Spearman's rank correlation as a z score: about normal, mean 0, deviation 1, when there is no dependence. */
const zOf = (xs: readonly number[], ys: readonly number[]): number => {
  const [a, b] = [ranksOf(xs), ranksOf(ys)];
  const mean = (xs.length - 1) / 2;
  const sum = (of: (i: number) => number): number => xs.reduce((total, _, i) => total + of(i), 0);
  const covariance = sum((i) => (a[i] - mean) * (b[i] - mean));
  const scale = Math.sqrt(sum((i) => (a[i] - mean) ** 2) * sum((i) => (b[i] - mean) ** 2));
  return scale === 0 ? 0 : (covariance / scale) * Math.sqrt(xs.length - 1);
};

/** Records what each closed window hands to the encoder: the order in which it leaves, with where each came from. */
const watching = (batches: Released[], change: (released: Released) => Released = (released) => released): Stages => ({
  ...STAGES,
  gate: (plan, deps) => {
    const gate = STAGES.gate(plan, deps);
    return {
      ...gate,
      close(view, start, controls) {
        const closed = gate.close(view, start, controls);
        const released = change(closed.released);
        batches.push(released);
        return { ...closed, released };
      },
    };
  },
});

/** What order could tell, by batch: place in the output against offset, source partition, and number of the household. */
const orderScores = async (seed: number, stages: (batches: Released[]) => Stages): Promise<number[]> => {
  const batches: Released[] = [];
  const lines = fleet(seed);
  const { known } = await play(lines, `order ${seed}`, {}, stages(batches));
  const sources = new Map<number, { topic: string; partition: number }>();
  const places = [...new Set(lines.map((line) => JSON.parse(line.toString())).map(({ topic, partition }) => `${topic}:${partition}`))];
  for (const [source, place] of places.entries()) sources.set(source, { topic: place.replace(/:\d+$/, ''), partition: Number(place.replace(/.*:/, '')) }); // biome-ignore format: a line
  return batches
    .filter(({ count }) => count >= 40)
    .flatMap((batch) => {
      const rows = Array.from({ length: batch.count }, (_, row) => row);
      const households = rows.map((row) => {
        const { topic, partition } = sources.get(batch.source[row]) as { topic: string; partition: number };
        const subject = known.get(`${PLAN.views[batch.view].name} ${topic}:${partition}:${batch.offset[row]}`)?.subject ?? '';
        return Number.parseInt(Buffer.from(subject.slice(-6)).toString('hex'), 16);
      });
      return [zOf(rows, [...batch.offset]), zOf(rows, [...batch.source]), zOf(rows, households), zOf(rows, [...batch.level])];
    });
};

const inSourceOrder = (released: Released): Released => withOrder(released, (a, b) => released.offset[a] - released.offset[b]);

t.test('the order of a batch tells nothing of offsets, partitions, households or levels', async (t) => {
  const scores: number[] = [];
  for (const seed of [1, 2, 3, 4]) scores.push(...(await orderScores(seed, (batches) => watching(batches))));
  t.ok(scores.length >= 30, `${scores.length} scores`);
  const worst = Math.max(...scores.map(Math.abs));
  t.ok(worst < 4.5, `the greatest is ${worst.toFixed(2)} deviations`);
  const spread = scores.reduce((sum, z) => sum + z * z, 0) / scores.length;
  t.ok(spread < 1 + 5 * Math.sqrt(2 / scores.length), `their mean square is ${spread.toFixed(2)}`);
  const leaking = await orderScores(1, (batches) => watching(batches, inSourceOrder));
  t.ok(Math.max(...leaking.map(Math.abs)) > 4.5, 'a gate that keeps the order of its input is found');
});

/** A log whose ids are all others, of other lengths; who is whom stays as it was. */
const renamed = (lines: readonly Buffer[]): Buffer[] =>
  lines.map((line) => {
    const envelope = JSON.parse(line.toString());
    const { value } = envelope;
    for (const name of ['eventId', 'deviceId', 'accountId', 'householdId', 'gatewayId', 'sessionId', 'serial']) {
      if (typeof value[name] === 'string') value[name] = `${[...value[name]].reverse().join('')}-of-a-longer-name`;
    }
    return Buffer.from(JSON.stringify({ ...envelope, key: 'another', headers: { some: 'other' }, value }));
  });

/** A log in which the records of each hour and partition came in another order; append times rise as they did. */
const reordered = (lines: readonly Buffer[]): Buffer[] => {
  const envelopes = lines.map((line) => JSON.parse(line.toString()));
  for (const group of groupBy(
    envelopes,
    ({ topic, partition, timestamp }) => `${topic} ${partition} ${Math.floor(timestamp / HOUR_MS)}`,
  ).values()) {
    const values = group.map(({ value }) => value).reverse();
    for (const [i, envelope] of group.entries()) envelope.value = values[i];
  }
  return envelopes.map((envelope) => Buffer.from(JSON.stringify(envelope)));
};

t.test('what leaves, to the byte, depends on released values alone', async (t) => {
  for (const seed of [7, 8]) {
    const lines = fleet(seed);
    const { run } = await play(lines, 'keys');
    const health = (outputs: readonly string[]): string[] => outputs.filter((line) => line.startsWith('device-health'));
    t.ok(health(run.outputs).length > 100);
    for (const [what, other] of Object.entries({ 'other ids': renamed(lines), 'another order': reordered(lines) })) {
      const { run: again } = await play(other, 'keys');
      t.strictSame(health(again.outputs), health(run.outputs), `${what}: the same records`);
    }
    // Equal records take equal room: nothing of who stands behind one is in it.
    const sizes = groupBy(
      run.transactions.flatMap(({ outputs }) =>
        outputs.flatMap(({ json, avro }) => json.map((text, i) => ({ text, bytes: avro[i].length }))),
      ),
      ({ text }) => text,
    );
    t.ok([...sizes.values()].every((same) => new Set(same.map(({ bytes }) => bytes)).size === 1));
  }
});

t.test('when a batch leaves depends on append times alone, not on what is in it', async (t) => {
  const lines = fleet(9);
  const windowsOf = async (log: readonly Buffer[]): Promise<string[]> => {
    const batches: Released[] = [];
    await play(log, 'keys', {}, watching(batches));
    return batches.map(({ view, windowStartMs }) => `${view} ${windowStartMs}`);
  };
  const windows = await windowsOf(lines);
  t.strictSame(await windowsOf(renamed(lines)), windows);
  t.strictSame(await windowsOf(reordered(lines)), windows);
});
