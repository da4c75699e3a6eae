import t from 'tap';
import type { ControlLine } from '../../src/control/fold.ts';
import type { ControlRecord } from '../../src/control/shape.ts';
import { tracesOf } from '../../src/control/traces.ts';
import type { Actor } from '../../src/model/controls.ts';
import { HOUR_MS } from '../../src/model/time.ts';
import { aliasesOf, both, CUT, foldOf, NOW, plan, rekeyed, SIX, sayRekey, staged, token, unkeyed, view, type Who } from './rekey-world.ts';
import { ACCOUNTS, controlLog, OFFICER, signed, subject } from './world.ts';

const actor = (part: Partial<Actor>): Actor => ({ device: null, account: null, household: null, ...part });

/** What holds for a device in the window that starts at a time, by its token under a key. */
const refusal = (lines: readonly ControlLine[], id: string, startMs: number, key: number) =>
  foldOf(lines)
    .at(view, startMs)
    .subjects?.refusal(actor({ device: token(plan, 'device', id, key) }));

const erasure = (id: string, key = 1, isRenewed = false): ControlRecord => ({
  kind: 'erasure',
  subject: subject(plan, 'device', id, key, isRenewed),
});

const DEVICES = (...ids: string[]): Who[] => ids.map((id) => ['device', id]);

t.test('what was said before a control key is in force holds under it, also when the old key is gone', async (t) => {
  const log = controlLog(plan);
  const about = (id: string) => subject(plan, 'device', id);
  log.say(erasure('erased'), NOW);
  log.say({ kind: 'profile', subject: about('minor'), age: 'minor' }, NOW);
  log.say({ kind: 'consent', subject: about('denied'), purposes: ['*'], state: 'denied', from: null, to: null }, NOW);
  const home = subject(plan, 'household', 'home');
  log.say({ kind: 'binding', subject: about('bound'), household: home }, NOW, ACCOUNTS);
  log.say({ kind: 'binding', subject: subject(plan, 'account', 'mine'), household: home }, NOW, ACCOUNTS);
  log.say({ kind: 'profile', subject: subject(plan, 'account', 'mine'), age: 'child' }, NOW);
  const who: Who[] = [...DEVICES('erased', 'minor', 'denied', 'bound'), ['account', 'mine'], ['household', 'home']];
  sayRekey(plan, log, who, CUT, NOW);
  const check = (what: string): void => {
    for (const [startMs, key] of [[CUT - HOUR_MS, 1], [CUT, 2]] as const) {
      const where = `${what}, key ${key}`;
      t.equal(refusal(log.lines, 'erased', startMs, key), 'erased', where);
      t.equal(refusal(log.lines, 'minor', startMs, key), 'minor', where);
      t.equal(refusal(log.lines, 'denied', startMs, key), 'consent', where);
      t.equal(refusal(log.lines, 'bound', startMs, key), 'minor', `${where}: an account of the household`);
      t.equal(refusal(log.lines, 'nobody', startMs, key), null, where);
      const people = foldOf(log.lines).at(view, startMs).subjects;
      const told = token(plan, 'household', 'home', key);
      t.equal(people?.household(actor({ device: token(plan, 'device', 'bound', key) })), told, `${where}: as events would spell it`);
      t.equal(people?.household(actor({ household: told })), told, where);
      t.equal(people?.refusal(actor({ household: told })), 'minor', where);
    }
    t.equal(refusal(log.lines, 'erased', CUT, 1), 'erased', 'whoever goes on with the old key blocks all the same');
  }; // biome-ignore format: a table
  check('before it begins');
  log.say(unkeyed(1), CUT + SIX, ...both);
  check('after the old key was destroyed');
  t.same(foldOf(log.lines).epochs.destroyedControls(), [1]);
});

t.test('a control key begins an epoch; windows before it lie in the old one', async (t) => {
  const log = controlLog(plan);
  sayRekey(plan, log, [], CUT, NOW);
  const { epochs } = foldOf(log.lines);
  t.same(
    [CUT - 1, CUT, CUT + SIX].map((at) => epochs.controlKey(epochs.of(at)).number),
    [1, 2, 2],
  );
  t.not(epochs.of(CUT - 1), epochs.of(CUT));
  log.say({ kind: 'epoch', epoch: CUT + SIX, state: 'active' }, NOW, ...both);
  sayRekey(plan, log, [], CUT + 2 * SIX, CUT, 3);
  const later = foldOf(log.lines).epochs;
  t.same(
    [CUT, CUT + SIX, CUT + 2 * SIX].map((at) => later.controlKey(later.of(at)).number),
    [2, 2, 3],
  );
  log.say(unkeyed(1), CUT + SIX, ...both);
  const { isDestroyed, of } = foldOf(log.lines).epochs;
  t.same(
    [CUT - 1, CUT, CUT + 2 * SIX].map((at) => isDestroyed(of(at))),
    [true, false, false],
    'nothing is decided without it',
  );
});

t.test('while windows of both keys are open a record names its subject under both', async (t) => {
  const log = controlLog(plan);
  sayRekey(plan, log, [], CUT, NOW);
  let seq = 2;
  const put = (record: ControlRecord, atMs: number) =>
    log.put(signed({ v: 1, signer: 'officer', seq: seq++, record }, OFFICER), atMs);
  t.equal(put(erasure('one-sided'), NOW + 1), 'not-rekeyed', 'the old key alone');
  t.equal(put(erasure('ahead', 2), NOW + 1), 'not-rekeyed', 'the new key alone');
  t.equal(put(erasure('lamp', 1, true), NOW + 1), null);
  t.equal(put(erasure('lamp'), NOW + 2), null, 'whose other name is known');
  t.equal(put(erasure('lamp', 2), NOW + 2), null, 'under either key');
  t.equal(put(erasure('late'), CUT), 'not-rekeyed', 'the old key when it is over');
  t.equal(put(erasure('new', 2), CUT), null);
  t.equal(put(erasure('slow', 1, true), CUT + 1), null, 'the clock of the writer was behind');
  for (const id of ['lamp', 'slow']) t.equal(refusal(log.lines, id, CUT, 2), 'erased', id);
  t.equal(refusal(log.lines, 'lamp', CUT - HOUR_MS, 1), 'erased');
  t.equal(refusal(log.lines, 'new', CUT, 2), 'erased');
  for (const id of ['one-sided', 'ahead', 'late'])
    for (const [startMs, key] of [[CUT - HOUR_MS, 1], [CUT, 2]] as const) t.equal(refusal(log.lines, id, startMs, key), null, 'nothing of it is applied');
  const slow = controlLog(plan);
  sayRekey(plan, slow, [], CUT, NOW);
  slow.say(erasure('twice', 2), CUT);
  slow.say({ kind: 'profile', subject: subject(plan, 'device', 'twice', 1, true), age: 'minor' }, CUT);
  t.equal(refusal(slow.lines, 'twice', CUT, 2), 'erased', 'named under the new key first');
  t.equal(foldOf(slow.lines).state.ages.has(token(plan, 'device', 'twice', 2)), true, 'and both are kept together');
}); // biome-ignore format: a table

t.test('of a key that was lost before it came into force nothing holds: it is staged anew', async (t) => {
  const log = controlLog(plan);
  const [A, B] = DEVICES('lamp', 'fan').flatMap((who) => aliasesOf(plan, who));
  const X = 'ab'.repeat(16);
  for (const id of ['lamp', 'fan']) log.say(erasure(id), NOW);
  const lost: [string, string][] = [[A[0], X]];
  log.say(staged(lost, 2, X), NOW, ...both);
  log.say(staged([A, B]), NOW, ...both);
  log.say(staged([A]), NOW, ...both);
  log.say(rekeyed(CUT), NOW, ...both);
  t.equal(refusal(log.lines, 'lamp', CUT, 2), 'erased');
  t.equal(foldOf(log.lines).state.names.keyOf(X), null);
});

t.test('through several keys everybody is known by every one that is left', async (t) => {
  const log = controlLog(plan);
  log.say(erasure('first'), NOW);
  sayRekey(plan, log, DEVICES('first'), CUT, NOW);
  log.say(erasure('second', 2), CUT);
  sayRekey(plan, log, DEVICES('first', 'second'), CUT + 2 * SIX, CUT, 3);
  log.say(erasure('third', 2, true), CUT + 1);
  sayRekey(plan, log, DEVICES('first', 'second', 'third'), CUT + 4 * SIX, CUT + 2 * SIX, 4);
  for (const key of [1, 2, 3]) log.say(unkeyed(key), CUT + 5 * SIX, ...both);
  for (const id of ['first', 'second', 'third'])
    for (const [startMs, key] of [[CUT + 2 * SIX, 3], [CUT + 4 * SIX, 4]] as const)
      t.equal(refusal(log.lines, id, startMs, key), 'erased', `${id}, key ${key}`);
}); // biome-ignore format: a table

t.test('what an authorised output may hold is traced under any key', async (t) => {
  const log = controlLog(plan);
  const period = { kind: 'period', id: 'trial', with: { datasets: [], views: [], unindexed: false }, views: [view.name], consumers: ['quality'], start: NOW + SIX, end: null, basis: 'consent', k: 50 } as const; // biome-ignore format: a record
  log.say(
    { ...period, views: [...period.views], consumers: [...period.consumers], with: { datasets: [], views: [], unindexed: false } },
    NOW,
  );
  const grant = { kind: 'consent', purposes: ['period:trial'], state: 'granted', from: null, to: null } as const;
  const home = subject(plan, 'household', 'home');
  log.say({ ...grant, purposes: [...grant.purposes], subject: home }, NOW);
  sayRekey(plan, log, [['household', 'home']], CUT, NOW);
  const lamp = subject(plan, 'device', 'lamp', 2);
  log.say({ kind: 'binding', subject: lamp, household: subject(plan, 'household', 'home', 2) }, CUT);
  const { state } = foldOf(log.lines);
  const expected = [{ view: view.name, period: 'trial', token: home.tokens[0] }];
  for (const of of [home, subject(plan, 'household', 'home', 2), lamp]) t.same(tracesOf(state, plan, of), expected);
});
