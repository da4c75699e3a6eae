import { readFileSync } from 'node:fs';
import t from 'tap';
import { climb, contextOf, issuesOf, ladderOf } from './support.ts';

const OPERATIONS = 'operation,group,area\nturn-on,power,energy\nturn-off,power,energy\nmute,volume,media\nplay,playback,media\n*,,other\n';

const issues = (csv: string): string[] => issuesOf({ table: '../ladders/x.csv' }, contextOf({ '../ladders/x.csv': csv }));

t.test('listed values climb their row, others take the last one, missing ones nothing', async (t) => {
  const ladder = ladderOf({ table: 'x.csv' }, contextOf({ 'x.csv': OPERATIONS }));
  t.same(ladder.levels, ['operation', 'group', 'area']);
  t.equal(climb(ladder, 'turn-on'), 'turn-on > power > energy > *');
  t.equal(climb(ladder, ' TURN-OFF'), 'turn-off > power > energy > *');
  t.equal(climb(ladder, 'open-the-safe'), '- > - > other > *');
  t.equal(climb(ladder, ''), '- > - > other > *');
  t.equal(climb(ladder, 5), '- > - > other > *');
  t.equal(climb(ladder, undefined), '- > - > - > *');
  t.equal(climb(ladder, '*'), '- > - > other > *', 'the name of the default row is no value');
});

t.test('an all blank default row leaves only `*`', async (t) => {
  const ladder = ladderOf({ table: 'x.csv' }, contextOf({ 'x.csv': 'a,b\nx,y\nz,y\n*,\n' }));
  t.equal(climb(ladder, 'unlisted'), '- > - > *');
});

t.test('laws are checked, each at the cell that breaks it', async (t) => {
  const file = 'ladders/x.csv';
  t.same(issues(''), [`ladder-header ${file}:1:1`]);
  t.same(issues('a,a\nx,y\nz,y\n*,\n'), [`ladder-header ${file}:1:3`]);
  t.same(issues('a,*\nx,y\nz,y\n*,\n'), [`ladder-header ${file}:1:3`]);
  t.same(issues('a,b\n*,\n'), [`ladder-empty ${file}:1:1`]);
  t.same(issues('a,b\nx,y\nz,y\n'), [`ladder-no-default ${file}:1:1`]);
  t.same(issues('a,b\nx,y\nz,y\n*,y\n*,z\n'), [`ladder-duplicate-value ${file}:5:1`]);
  t.same(issues('a,b\nx,y\nz\n*,y\n'), [`ladder-row-width ${file}:3:1`]);
  t.same(issues('a,b\nx,y\n X ,y\nz,y\n*,y\n'), [`ladder-bad-cell ${file}:3:1`, `ladder-duplicate-value ${file}:3:1`]);
  t.same(issues('a,b\nx,y\nX,y\nz,y\n*,y\n'), [`ladder-duplicate-value ${file}:3:1`]);
  t.same(issues('a,b\nx,y*\nz,y*\n*,y\n'), [`ladder-bad-cell ${file}:2:3`, `ladder-bad-cell ${file}:3:3`]);
  t.same(issues('a,b\nx,y\u0007\nz,y\n*,y\n'), [`ladder-bad-cell ${file}:2:3`]);
  t.same(issues(`a,b\nx,${'y'.repeat(201)}\nz,y\n*,y\n`), [`ladder-too-large ${file}:2:3`]);
  t.same(issues('a,b\nx,\nz,y\n*,y\n'), [`ladder-blank-cell ${file}:2:3`]);
  t.same(issues('a,b,c\nx,y,w\nz,y,w\n*,y,\n'), [`ladder-blank-cell ${file}:4:5`], 'blanks stand before values only');
  t.same(issues('a,b,c\nx,y,v\nz,y,w\n*,,\n'), [`ladder-not-a-function ${file}:3:5`]);
  t.same(issues('a,b,c\nx,y,v\nz,y,v\n*,y,w\n'), [`ladder-not-a-function ${file}:4:5`], 'the default row counts, too');
  t.same(issues('a,b\nx,y\nz,w\n*,\n'), [`ladder-not-coarser ${file}:1:3`]);
  t.same(issues('a,b\nx,"y\n'), [`ladder-csv ${file}:2:3`]);
});

t.test('a file that cannot be read is an issue at the policy, without the reason', async (t) => {
  t.same(issuesOf({ table: '../ladders/none.csv' }), ['ladder-unreadable policies/home.yaml:7:3']);
});

t.test('the ladders that come with unjoin load', async (t) => {
  const read = (name: string) => readFileSync(new URL(`../../../ladders/${name}`, import.meta.url), 'utf8');
  const ladder = (name: string) => ladderOf({ table: name }, contextOf({ [name]: read(name) }));
  const model = ladder('model.csv');
  t.same(model.levels, ['model', 'series', 'brand', 'category']);
  t.equal(climb(model, 'iphone14,5'), 'iPhone14,5 > Apple iPhone 13 > Apple phone > phone > *');
  t.equal(climb(model, 'XP-1Z'), '- > - > - > other > *');
  const operation = ladder('operation.csv');
  t.equal(climb(operation, 'lock-door'), 'lock-door > lock-control > security > *');
  const result = ladder('result.csv');
  t.equal(climb(result, 'failed-pin'), 'failed-pin > refused > *');
  for (const text of ['success', 'timeout', 'offline', 'rejected', 'low-battery', 'internal-error'])
    t.match(climb(result, text), new RegExp(`^${text} > `));
  t.equal(climb(ladder('phone-activity.csv'), 7), '7 > active > *');
  t.equal(climb(ladder('phone-battery.csv'), 9), '- > other > *');
});
