import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { controlKeyChecks } from '../../../src/runtime/doctor/controls.ts';
import { commitmentOf } from '../../../src/runtime/keys/commitment.ts';
import { openControlKey, stageControlKey } from '../../../src/runtime/keys/control.ts';
import { rekeyed } from '../../control/rekey-world.ts';
import { controlLog, controlledPlan, OFFICER, SECOND } from '../../control/world.ts';

const plan = controlledPlan();
const { prf } = plan;
const HOUR = 3_600_000;
const CUT = 491_004 * HOUR;
const statuses = (dir: string, log: ReturnType<typeof controlLog>, nowMs: number) =>
  controlKeyChecks(plan, dir, log.lines, nowMs).map(({ status, exit }) => [status, exit]);

t.test('the key of now and the one that comes next have to be there', async (t) => {
  const dir = join(t.testdir({}), 'keys');
  const log = controlLog(plan);
  t.same(statuses(dir, log, CUT), [['fail', 77]], 'no file');
  openControlKey(dir, { prf, create: true });
  t.same(statuses(dir, log, CUT), [['ok', 1]]);
  const before = readFileSync(join(dir, 'control.json'), 'utf8');
  log.say(rekeyed(CUT, 2, commitmentOf(stageControlKey(dir, prf, 2))), CUT - 7 * HOUR, OFFICER, SECOND);
  t.same(statuses(dir, log, CUT - 1), [['ok', 1], ['ok', 1]]); // biome-ignore format: a row
  t.same(statuses(dir, log, CUT), [['ok', 1]], 'the old one is not needed any more');
  t.match(controlKeyChecks(plan, dir, log.lines, CUT - 1)[1].told, /key 2, which begins at 2026-/);
  const text = readFileSync(join(dir, 'control.json'), 'utf8');
  writeFileSync(join(dir, 'control.json'), before);
  t.same(statuses(dir, log, CUT - 1), [['ok', 1], ['fail', 77]], 'a folder to which it was not copied'); // biome-ignore format: a row
  const { keys, ...rest } = JSON.parse(text);
  writeFileSync(join(dir, 'control.json'), JSON.stringify({ ...rest, keys: { ...keys, 2: keys['1'] } }));
  const [, other] = controlKeyChecks(plan, dir, log.lines, CUT - 1);
  t.match(other, { status: 'fail', told: /control-key-missing/, next: /copy control.json/ }, 'another key under its number');
});
