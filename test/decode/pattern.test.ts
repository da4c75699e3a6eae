import fc from 'fast-check';
import t from 'tap';
import { compilePatterns } from '../../src/decode/pattern.ts';
import { parsePattern } from '../../src/policy/pattern.ts';
import { takeApart } from '../../src/verify/derive.ts';

const apart = (pattern: string, text: string): object | null => {
  const parsed = parsePattern(pattern);
  if (parsed === null) throw new Error('no pattern');
  const parts = compilePatterns([parsed])(text);
  return parts === null ? null : { ...parts };
};

t.test('texts are taken apart by what gateways write', async (t) => {
  t.same(apart('zigbee2mqtt/{device}', 'zigbee2mqtt/kitchen lamp.2'), { device: 'kitchen lamp.2' });
  t.same(apart('spBv1.0/{group}/{message}/{node}/{device}', 'spBv1.0/g/DDATA/n/d'), {
    group: 'g',
    message: 'DDATA',
    node: 'n',
    device: 'd',
  });
  t.same(apart('homes.{home}.{device}', 'homes.a.b'), { home: 'a', device: 'b' });
  t.same(apart('homes.{home}.{device}', 'homes.a.b.c'), { home: 'a', device: 'b.c' }, 'the last part runs to the end');
});

t.test('what has another form is not taken apart', async (t) => {
  for (const text of ['zigbee2mqtt/', 'zigbee2mqtt/a/b', 'xzigbee2mqtt/a', 'zigbee2mqtt/a\n/', ''])
    t.equal(apart('zigbee2mqtt/{device}', text), null, text);
  t.equal(apart('spBv1x0/{a}', 'spBv1.0/a'), null);
  t.equal(apart('spBv1.0/{a}', 'spBv1x0/a'), null, 'a point is a point');
});

t.test('the first pattern that fits counts', async (t) => {
  const take = compilePatterns(['a/{x}/{y}', 'a/{x}', '{z}'].flatMap((text) => parsePattern(text) ?? []));
  t.same({ ...take('a/1/2') }, { x: '1', y: '2' });
  t.same({ ...take('a/1') }, { x: '1' });
  t.same({ ...take('b') }, { z: 'b' });
  t.equal(take('b/c'), null);
  t.equal(compilePatterns([])('a'), null);
});

const literal = fc.string({ unit: fc.constantFrom('a', '.', '/', '^', ']', '-', '\\', '$', '(', ' ', 'é', '\n'), maxLength: 2 });

t.test('an expression and a walk by hand take any text apart alike', async () => {
  const pattern = fc
    .tuple(literal, fc.array(fc.tuple(fc.constant('x'), literal), { minLength: 1, maxLength: 3 }))
    .map(
      ([first, parts]) => `${first}${parts.map(([, then], i) => `{p${i}}${i < parts.length - 1 && then === '' ? '/' : then}`).join('')}`,
    );
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '/', '^', ']', '-', '\\', '$', '(', ' ', 'é', '\n'), maxLength: 8 });
  fc.assert(
    fc.property(pattern, text, fc.array(text, { maxLength: 3 }), (written, noise, fill) => {
      const parsed = parsePattern(written);
      if (parsed === null) throw new Error(`no pattern: ${written}`);
      const filled = written.replace(/\{p(\d)\}/g, (_, i) => fill[i] ?? 'a');
      for (const candidate of [noise, filled]) {
        const run = compilePatterns([parsed])(candidate);
        const checker = takeApart(candidate, parsed);
        const same =
          run === null ? checker === null : checker !== null && JSON.stringify({ ...run }) === JSON.stringify(Object.fromEntries(checker));
        if (!same) throw new Error(`${JSON.stringify(written)} ${JSON.stringify(candidate)}`);
      }
    }),
    { numRuns: 3000 },
  );
});
