import t from 'tap';
import { createTexts } from '../../src/encode/texts.ts';
import { ATTRIBUTES, planOf, view } from './world.ts';

t.test('each (attribute, level, code) is asked of its ladder once', async (t) => {
  const shape = view({ attributes: [0], path: [[0], [3]], sensitive: null });
  const asked: string[] = [];
  const counting = { ...ATTRIBUTES[0].ladder, text: (level: number, code: number) => `${asked.push(`${level}:${code}`)}` };
  const plan = planOf(shape);
  const texts = createTexts({ ...plan, events: [{ ...plan.events[0], attributes: [{ ...ATTRIBUTES[0], ladder: counting }] }] }, shape);
  t.equal(texts.attribute(0, 0, 5), texts.attribute(0, 0, 5));
  texts.attribute(0, 0, 6);
  t.equal(texts.attribute(0, 1, 5), '*', 'the implied last level is not asked');
  t.same(asked, ['0:5', '0:6']);
});
