import t from 'tap';
import { isPattern, parsePattern } from '../../src/policy/pattern.ts';

t.test('patterns are text and named parts', async (t) => {
  t.same(parsePattern('zigbee2mqtt/{device}'), { literals: ['zigbee2mqtt/', ''], parts: ['device'] });
  t.same(parsePattern('{a}.{b_2}!'), { literals: ['', '.', '!'], parts: ['a', 'b_2'] });
});

t.test('what is no pattern is refused', async (t) => {
  for (const text of ['', 'plain', '{}', '{a', 'a}', '{a}{b}', '{a}/{a}', '{1}', '{a-b}', '{{a}}', '{a}/{b', '{a b}'])
    t.equal(parsePattern(text), null, text);
});

t.test('a topic with braces is meant as one', async (t) => {
  t.ok(isPattern('a{'));
  t.ok(isPattern('{a}'));
  t.notOk(isPattern('telemetry.device'));
});
