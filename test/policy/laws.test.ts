import t from 'tap';
import { ISSUES } from '../../src/policy/codes.ts';
import { MISTAKES } from './mistakes.ts';
import { withDataset } from './mistakes-datasets.ts';
import { BASE, check, edited } from './world.ts';

t.test('the base policy has no mistake', async (t) => {
  t.same(check(BASE), []);
  t.same(check(BASE.replace(...withDataset())), [], 'nor has one with a dataset');
});

t.test('one mistake gives one issue, at its place', async (t) => {
  for (const [code, from, to, fix, from2, to2] of MISTAKES) {
    const { text, line, column } = edited([from, to], ...(from2 === undefined || to2 === undefined ? [] : [[from2, to2] as const]));
    const issues = check(text);
    const said = issues.map((issue) => `${issue.severity} ${issue.code} ${issue.file}:${issue.line}:${issue.column}`);
    t.same(said, [`${ISSUES[code].severity} ${code} policy.yaml:${line}:${column}`], `${code}: ${to.trim().slice(0, 80)}`, { issues });
    t.ok(issues[0]?.fix.includes(fix), `the fix of ${code} says "${fix}"`, { fix: issues[0]?.fix });
    t.ok(fix !== '', 'a fix is expected');
  }
});
