import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { createLottery, DRAWN_HOURS } from '../../src/gate/lottery.ts';
import type { Prf } from '../../src/model/keys.ts';
import { fakePrf, token } from './fakes.ts';

const days = fc.integer({ min: 0, max: 40_000 });
const hoursOf = (prf: Prf, subject: Uint8Array, day: number, slots?: number): number[] => {
  const lottery = createLottery(prf, slots);
  return Array.from({ length: 24 }, (_, hour) => hour).filter((hour) => lottery.drawn(subject, 0, day * 24 + hour));
};

t.test('exactly four hours of every day of every subject are drawn', async () => {
  fc.assert(
    fc.property(fc.string(), days, (name, day) => assert.equal(hoursOf(fakePrf('a'), token(name), day).length, DRAWN_HOURS)),
    { numRuns: 50 },
  );
});

t.test('the hours drawn are those of the four smallest PRF outputs', async () => {
  const prf = fakePrf('a');
  fc.assert(
    fc.property(fc.string(), days, (name, day) => {
      const tickets = Array.from({ length: 24 }, (_, hour) => {
        const message = Buffer.concat([Buffer.from([7]), token(name), Buffer.alloc(5)]);
        message.writeInt32BE(day, 17);
        message.writeUInt8(hour, 21);
        return { hour, ticket: Buffer.from(prf.one(message)).toString('hex') };
      });
      const smallest = tickets.sort((a, b) => (a.ticket < b.ticket ? -1 : 1)).slice(0, 4);
      assert.deepEqual(
        hoursOf(prf, token(name), day),
        smallest.map(({ hour }) => hour).sort((a, b) => a - b),
      );
    }),
    { numRuns: 50 },
  );
});

t.test('the cache changes no answer, however small it is', async () => {
  const questions = fc.array(fc.record({ subject: fc.integer({ min: 0, max: 4 }), eventHour: fc.integer({ min: 0, max: 100 }) }), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(questions, (list) => {
      const small = createLottery(fakePrf('a'), 1);
      const large = createLottery(fakePrf('a'));
      for (const { subject, eventHour } of list) {
        const bytes = token(String(subject));
        assert.equal(small.drawn(bytes, 0, eventHour), large.drawn(bytes, 0, eventHour));
        assert.equal(small.drawn(Buffer.concat([new Uint8Array(5), bytes]), 5, eventHour), large.drawn(bytes, 0, eventHour));
      }
    }),
    { numRuns: 20 },
  );
});

t.test('an event of unknown time is never drawn', async (t) => {
  t.notOk(createLottery(fakePrf('a')).drawn(token('s'), 0, -1));
});

t.test('subjects, days and keys draw apart', async (t) => {
  const draw = (key: string, subject: string, day: number): string => hoursOf(fakePrf(key), token(subject), day).join();
  const draws = [0, 1, 2, 3].flatMap((i) => [draw('a', 's', i), draw('a', String(i), 100), draw(String(i), 's', 200)]);
  t.ok(new Set(draws).size > 8);
});

t.test('a PRF that is broken to a constant still draws four hours and no more', async (t) => {
  const constant: Prf = { one: () => new Uint8Array(16), batch: () => undefined };
  t.equal(hoursOf(constant, token('s'), 1).length, DRAWN_HOURS);
});
