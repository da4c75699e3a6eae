import fc from 'fast-check';
import t from 'tap';
import { dayText, weekOfDay, weekText } from '../../../src/transform/technique/calendar.ts';

const DAY = 86_400_000;
const day = fc.integer({ min: -719_162, max: 2_932_896 });

t.test('days are those of the calendar', async () => {
  fc.assert(
    fc.property(day, (day) => dayText(day) === new Date(day * DAY).toISOString().slice(0, 10)),
    { numRuns: 2000 },
  );
});

t.test('weeks are those of ISO 8601', async (t) => {
  const examples: Readonly<Record<string, string>> = {
    '1970-01-01': '1970-W01',
    '2026-11-23': '2026-W48',
    '2020-12-31': '2020-W53',
    '2021-01-03': '2020-W53',
    '2021-01-04': '2021-W01',
    '2024-12-30': '2025-W01',
    '2023-01-01': '2022-W52',
    '0001-01-01': '0001-W01',
  };
  for (const [date, week] of Object.entries(examples)) t.equal(weekText(weekOfDay(Date.parse(`${date}T00:00Z`) / DAY)), week, date);
  fc.assert(
    fc.property(day, (day) => {
      const monday = day - ((((day + 3) % 7) + 7) % 7);
      return weekOfDay(day) === weekOfDay(monday) && weekOfDay(monday - 1) === weekOfDay(day) - 1;
    }),
  );
});
