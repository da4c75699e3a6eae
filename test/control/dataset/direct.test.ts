import t from 'tap';
import { addToBloom, createBloom } from '../../../src/control/dataset/bloom.ts';
import { createDirectIndex } from '../../../src/control/dataset/direct.ts';
import { directMessage } from '../../../src/control/dataset/values.ts';
import type { Prf } from '../../../src/model/keys.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { createPrf } from '../../../src/runtime/keys/prf.ts';
import { planOf, viewOf } from '../../gate/fakes.ts';

const PRF = createPrf('hmac-sha-256', Buffer.alloc(32, 1));
const ORIGIN = { dataset: 'people', untilMs: 5 };

/** A plan whose ladders write the code itself, at every level. */
const bare = planOf(viewOf());
const attributes = bare.events[0].attributes.map((attribute) => ({
  ...attribute,
  ladder: { ...attribute.ladder, text: (_level: number, code: number) => String(code) },
}));
const plan: Plan = { ...bare, events: [{ ...bare.events[0], attributes }] };

const indexOf = (values: readonly (readonly [kind: string, text: string])[], prf: Prf = PRF) => {
  const bloom = createBloom();
  for (const [kind, text] of values) addToBloom(bloom, PRF.one(directMessage(kind, text)), 0);
  return createDirectIndex({ kinds: [...new Set(values.map(([kind]) => kind))], bloom }, plan, plan.views[0], prf, ORIGIN);
};

t.test('the text that would leave is looked for under every kind that is registered', async (t) => {
  const index = indexOf([
    ['serial', '17'],
    ['phone', '+4 2'],
  ]);
  t.match(index, { view: 0, ...ORIGIN });
  t.ok(index.has(0, 0, 17));
  t.ok(index.has(3, 2, 17), 'whatever attribute and level it leaves as');
  t.ok(index.has(0, 0, 42), 'in the spelling of that kind');
  t.notOk(index.has(0, 0, 18));
  t.notOk(indexOf([]).has(0, 0, 17));
});

t.test('without the key nothing is found', async (t) => {
  const other = indexOf([['serial', '17']], createPrf('hmac-sha-256', Buffer.alloc(32, 2)));
  t.notOk(other.has(0, 0, 17));
});

t.test('an answer is worked out once', async (t) => {
  let asked = 0;
  const counting: Prf = {
    batch: PRF.batch,
    one(message) {
      asked++;
      return PRF.one(message);
    },
  };
  const index = indexOf([['serial', '17']], counting);
  for (let i = 0; i < 5; i++) t.ok(index.has(0, 0, 17));
  t.equal(asked, 1);
});

t.test('what no text belongs to does not leave', async (t) => {
  t.ok(indexOf([['serial', '17']]).has(9, 0, 1), 'an attribute that there is not');
});
