import t from 'tap';
import { CHANGES } from '../../src/policy/diff/codes.ts';
import { EXAMPLES } from './diff/examples.ts';
import { baseOf, diff, filesOf, side } from './diff/world.ts';

t.test('each difference is told by its code, and the other way round by its opposite', async (t) => {
  for (const { edit, forth, back, first } of EXAMPLES) {
    const [before, after] = [1, 2].map((which) => {
      const [policy, files] = [baseOf(), filesOf()];
      first?.(policy, files);
      if (which === 2) edit(policy, files);
      return side(policy, files);
    });
    t.strictSame(diff(before, after), forth, String(edit));
    t.strictSame(diff(after, before), back, `back: ${edit}`);
    t.strictSame(diff(after, after), []);
  }
});

t.test('every code is produced by an example, and every produced code is told', async (t) => {
  const produced = new Set(EXAMPLES.flatMap(({ forth, back }) => [...forth, ...back]).map((text) => text.split(' ')[0]));
  t.strictSame(
    [...produced].filter((code) => !Object.hasOwn(CHANGES, code)),
    [],
  );
  t.strictSame(
    Object.keys(CHANGES).filter((code) => !produced.has(code)),
    [],
  );
});
