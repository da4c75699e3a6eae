import t from 'tap';
import { FAULTS } from '../../src/model/fault.ts';
import { REASONS } from '../../src/model/verdict.ts';
import { codesDoc } from '../../tools/codes-doc.ts';
import { drift } from '../../tools/generated.ts';

t.test('docs/codes.md is what the registries give (npm run schemas)', async (t) => {
  t.same(drift(codesDoc()), []);
});

t.test('no number stands for two things', async (t) => {
  for (const registry of [FAULTS, REASONS]) {
    const codes = Object.values(registry).map(({ code }) => code);
    t.equal(new Set(codes).size, codes.length);
  }
});
