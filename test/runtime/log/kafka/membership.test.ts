import fc from 'fast-check';
import t from 'tap';
import { createConfirmations, decodeClaim, encodeClaim } from '../../../../src/runtime/log/kafka/membership.ts';

t.test('what a member claims arrives as it was said', async () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1000)), fc.integer({ min: -1 }), (owned, generation) => {
      const said = decodeClaim(encodeClaim(['ledger'], { owned, generation }));
      return said.generation === generation && said.owned.join() === owned.join();
    }),
  );
});

t.test('whatever a member says, nothing is thrown', async (t) => {
  const nothing = { owned: [], generation: -1 };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      decodeClaim(Buffer.from(bytes));
    }),
  );
  for (const bytes of [Buffer.alloc(0), Buffer.from('{}'), encodeClaim([], { owned: 'x', generation: '1' } as never)])
    t.strictSame(decodeClaim(bytes), nothing);
  t.strictSame(decodeClaim(encodeClaim([], { owned: [1, 'x', 2.5, null, 3] as number[], generation: 2 })), { owned: [1, 3], generation: 2 }); // biome-ignore format: a line
});

t.test('a confirmation is a beat that was sent after the question: the first one answered may be old', async (t) => {
  const { wait, beat } = createConfirmations();
  const settled: string[] = [];
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  beat();
  void wait().then(() => settled.push('a'));
  beat();
  void wait().then(() => settled.push('b'));
  await turn();
  t.strictSame(settled, [], 'one beat may have been under way before');
  beat();
  await turn();
  t.strictSame(settled, ['a']);
  beat();
  await turn();
  t.strictSame(settled, ['a', 'b']);
});
