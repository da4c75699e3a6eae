import t from 'tap';
import { createCombined, MATCH_BOUND, matchScore, ORDER_BOUND, orderScore } from '../../src/verify/order.ts';
import { createRandom } from './toy/random.ts';

const numbers = Array.from({ length: 200 }, (_, i) => i);

t.test('source order and its reverse are found, a shuffle is not', async (t) => {
  t.ok(orderScore(numbers, numbers) > ORDER_BOUND);
  t.ok(orderScore(numbers, [...numbers].reverse()) < -ORDER_BOUND);
  for (const seed of ['a', 'b', 'c', 'd', 'e']) {
    const random = createRandom(seed);
    t.ok(
      Math.abs(
        orderScore(
          numbers,
          numbers.map(() => random.int(2 ** 30)),
        ),
      ) < ORDER_BOUND,
      seed,
    );
  }
});

t.test('equal values share their rank, constants say nothing', async (t) => {
  t.equal(orderScore([1, 1, 1], [1, 2, 3]), 0);
  t.equal(orderScore([1, 2, 2, 3], [1, 2, 2, 3]), Math.sqrt(3));
});

t.test('many small groups in order add up', async (t) => {
  const combined = createCombined();
  t.equal(combined.score(), 0);
  for (let i = 0; i < 40; i++) combined.add(orderScore([1, 2, 3], [1, 2, 3]));
  t.ok(combined.score() > ORDER_BOUND);
});

t.test('an order is seen through records that look alike', async (t) => {
  for (const seed of ['a', 'b', 'c', 'd', 'e']) {
    const random = createRandom(seed);
    const labels = numbers.map(() => random.int(5));
    const shuffled = labels.map((label) => [label, random.int(2 ** 30)]).sort((a, b) => a[1] - b[1]);
    t.ok(matchScore(labels, labels) > MATCH_BOUND);
    t.ok(
      matchScore(
        labels,
        shuffled.map(([label]) => label),
      ) < MATCH_BOUND,
      seed,
    );
  }
  t.equal(matchScore([1, 1, 1], [1, 1, 1]), 0, 'one label says nothing');
});
