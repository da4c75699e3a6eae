import t from 'tap';
import { formatReport, type Report, verifyRun } from '../../../src/verify/index.ts';
import { aliasesOf, rekeyed, staged, type Who } from '../../control/rekey-world.ts';
import { controlLog, OFFICER, SECOND, subject } from '../../control/world.ts';
import type { MemoryRun } from '../../properties/world.ts';
import { authorisedSaid } from './authorised-log.ts';
import { CUT_MS, cutLog, cutLogOf, SAID_MS } from './rekeyed-log.ts';
import { BOUND, createWorldOf, idsOf, inputsOf, runControlled } from './world.ts';

/** Runs with another control key from the midst of it on, by a log with everything in it. */
const text = (report: Report): string => formatReport(report).join('\n');

t.setTimeout(400_000);

/** Households that only bindings tell are drawn by their control tokens, in views of places alone. */
const counts = ({ summary }: MemoryRun, hasPlaces: boolean) =>
  Object.entries(summary.views).filter(([name]) => hasPlaces || name !== 'presence-by-area');

for (const mode of ['trusted', 'bindings'] as const) {
  t.test(`households by ${mode}: every verdict is the one that it is without another key, and the checker takes it`, async (t) => {
    const isBound = mode === 'bindings';
    const world = createWorldOf(71, 9, ...(isBound ? BOUND : []));
    const plain = await runControlled(world, cutLog(world, 71, isBound, false));
    const log = cutLog(world, 71, isBound, true);
    const keyed = await runControlled(world, log);
    t.ok(keyed.outputs.length > 300);
    t.same(counts(keyed, !isBound), counts(plain, !isBound));
    if (!isBound) t.same(keyed.outputs, plain.outputs);
    const report = await verifyRun(inputsOf(world, keyed, log));
    t.same(idsOf(report, 'fail'), [], text(report));
    for (const id of ['I1', 'I2', 'I3', 'I13', 'I14', 'I19'] as const) t.ok(idsOf(report, 'pass').includes(id), `${id} was checked`);
    t.notMatch(text(report), /did not leave/, 'and all leaves that may');
  });
}

t.test('who authorised a period keeps the pseudonym through another control key', async (t) => {
  const world = createWorldOf(75, 9, ...BOUND);
  const said = authorisedSaid(world, 75, true);
  const log = cutLogOf(world, said, true);
  const run = await runControlled(world, log);
  const plain = await runControlled(world, cutLogOf(world, said, false));
  const authorised = ({ transactions }: MemoryRun) =>
    transactions.flatMap(({ outputs }) => outputs.filter(({ isAuthorised }) => isAuthorised).flatMap(({ view, json }) => json.map((line) => `${view} ${line}`))); // biome-ignore format: a chain
  t.same(authorised(run).sort(), authorised(plain).sort());
  const after = authorised(run).filter((line) => Number(/"windowEnd":(\d+)/.exec(line)?.[1]) > CUT_MS);
  t.ok(after.length > 20, `left after the cut: ${after.length}`);
  const report = await verifyRun(inputsOf(world, run, log));
  t.same(idsOf(report, 'fail'), [], text(report));
  for (const id of ['I5', 'I8', 'I13', 'I14'] as const) t.ok(idsOf(report, 'pass').includes(id), `${id} was checked`);
});

t.test('a wrong name, said by two, is found: by the ids in the raw data', async (t) => {
  const world = createWorldOf(76, 9);
  const log = controlLog(world.plan);
  const who = world.people.slice(0, 80).map(({ deviceId }): Who => ['device', deviceId]);
  for (const [kind, id] of who) log.say({ kind: 'erasure', subject: subject(world.plan, kind, id) }, SAID_MS - 1);
  const names = who.flatMap((one) => aliasesOf(world.plan, one));
  const wrong = names.map(([token], i): [string, string] => [token, i.toString(16).padStart(32, '0')]);
  log.say(staged(wrong), SAID_MS, OFFICER, SECOND);
  log.say(rekeyed(CUT_MS), SAID_MS, OFFICER, SECOND);
  const run = await runControlled(world, log.lines);
  const report = await verifyRun(inputsOf(world, run, log.lines));
  t.same(idsOf(report, 'fail'), ['I14'], text(report));
});

t.test('of the windows of a control key that is destroyed nothing leaves, and the others are as before', async (t) => {
  const world = createWorldOf(72, 9);
  const log = cutLog(world, 72, false, true, true);
  const run = await runControlled(world, log);
  const report = await verifyRun(inputsOf(world, run, log));
  t.same(idsOf(report, 'fail'), [], text(report));
  t.ok(idsOf(report, 'pass').includes('I15'), text(report));
  const whole = await runControlled(world, cutLog(world, 72, false, true));
  t.ok(run.outputs.length > 0 && run.outputs.length < whole.outputs.length);
  const kept = new Set(whole.outputs);
  t.ok(
    run.outputs.every((output) => kept.has(output)),
    'what leaves left before, too',
  );
});
