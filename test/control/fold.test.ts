import t from 'tap';
import { type ControlLine, createControlFold } from '../../src/control/fold.ts';
import type { Refusal } from '../../src/control/refusals.ts';
import type { ControlPayload, ControlRecord } from '../../src/control/shape.ts';
import { HOUR_MS } from '../../src/model/time.ts';
import { CARDS } from '../runtime/dataset/world.ts';
import { ACCOUNTS, controlLog, controlledPlan, OFFICER, SECOND, signed, signer, subject } from './world.ts';

const plan = controlledPlan();
const NOW = 1_767_614_400_000;
const view = plan.views.find(({ name }) => name === 'device-health') as (typeof plan.views)[number];

const erasure = (id: string): ControlRecord => ({ kind: 'erasure', subject: subject(plan, 'device', id) });
const payload = (record: ControlRecord, seq = 1, by = 'officer'): ControlPayload => ({ v: 1, signer: by, seq, record });

const outcomes = (lines: readonly ControlLine[]): (Refusal | null)[] => {
  const fold = createControlFold(plan);
  return lines.map((line) => fold.take(line).refusal);
};

const isErased = (lines: readonly ControlLine[], id: string, startMs = NOW): boolean => {
  const fold = createControlFold(plan);
  for (const line of lines) fold.take(line);
  const [device] = subject(plan, 'device', id).tokens;
  return fold.at(view, startMs).subjects?.refusal({ device, account: null, household: null }) === 'erased';
};

const one = (value: string): ControlLine[] => [{ offset: 0, appendMs: NOW, value: Buffer.from(value) }];
const flip = (text: string, of: 'payload' | 'sig'): string => {
  const at = text.indexOf('"', text.indexOf(`"${of}":"`) + of.length + 4) - 10;
  return `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;
};

t.test('a record of a signer is applied, and nothing else is', async (t) => {
  const good = signed(payload(erasure('lamp-1')), OFFICER);
  t.same(outcomes(one(good)), [null]);
  t.ok(isErased(one(good), 'lamp-1'));
  t.notOk(isErased(one(good), 'lamp-2'));
  const shapes: Readonly<Record<string, readonly [string, Refusal]>> = {
    'no JSON': ['{', 'not-an-envelope'],
    'another type of payload': [good.replace('vnd.unjoin.control', 'vnd.unjoin.other'), 'not-an-envelope'],
    'larger than any record': [good.replace('{', `{"x":"${'x'.repeat(300_000)}",`), 'not-an-envelope'],
    unsigned: [signed(payload(erasure('lamp-1'))), 'unsigned'],
    'a stranger': [signed(payload(erasure('lamp-1')), signer('mallory')), 'unknown-signer'],
    "somebody under the officer's name": [signed(payload(erasure('lamp-1')), { ...signer('mallory'), name: 'officer' }), 'wrong-signature'],
    'a changed payload': [flip(good, 'payload'), 'wrong-signature'],
    'a changed signature': [flip(good, 'sig'), 'wrong-signature'],
    'one good signature and one of a stranger': [signed(payload(erasure('lamp-1')), OFFICER, signer('mallory')), 'unknown-signer'],
    "signed by another than who says it": [signed(payload(erasure('lamp-1')), SECOND), 'not-the-signer'],
    'no payload that is known': [signed('{"v":1,"signer":"officer","seq":1,"record":{"kind":"amnesty"}}', OFFICER), 'malformed'],
    'a member that nobody knows': [
      signed(JSON.stringify({ ...payload(erasure('lamp-1')), more: 1 }), OFFICER),
      'malformed',
    ],
    'another version': [signed(JSON.stringify({ ...payload(erasure('lamp-1')), v: 2 }), OFFICER), 'malformed'],
    'a kind that the signer may not say': [signed(payload(erasure('lamp-1'), 1, 'accounts'), ACCOUNTS), 'no-right'],
    'one signer where two are needed': [signed(payload({ kind: 'epoch', epoch: 1, state: 'destroyed' }), OFFICER), 'one-signer'],
    'one signer who gives up an index': [
      signed(payload({ kind: 'loss', dataset: 'nobodys', digest: 'ab'.repeat(32) }), OFFICER),
      'one-signer',
    ],
    'an index given up that nobody named': [
      signed(payload({ kind: 'loss', dataset: 'nobodys', digest: 'ab'.repeat(32) }), OFFICER, SECOND),
      'unknown-name',
    ],
    'a number ahead': [signed(payload(erasure('lamp-1'), 2), OFFICER), 'out-of-sequence'],
    'a view that is not there': [
      signed(payload({ kind: 'dataset', name: 'nobodys', digest: 'ab'.repeat(32), basis: 'cd'.repeat(32), asOf: NOW, rows: 1, persons: 1 }), OFFICER),
      'unknown-name',
    ],
  }; // biome-ignore format: a table
  for (const [name, [value, refusal]] of Object.entries(shapes)) {
    t.same(outcomes(one(value)), [refusal], name);
    t.notOk(isErased(one(value), 'lamp-1'), `${name}: nothing is applied`);
  }
});

t.test('a replayed record is refused, also in another place, and the next one goes on', async (t) => {
  const log = controlLog(plan);
  log.say(erasure('lamp-1'), NOW);
  log.put(Buffer.from(log.lines[0].value).toString(), NOW + 1);
  log.put(signed(payload(erasure('lamp-2'), 1), OFFICER), NOW + 2);
  log.put(signed(payload(erasure('lamp-3'), 2), OFFICER), NOW + 3);
  t.same(outcomes(log.lines), [null, 'replayed', 'replayed', null]);
  t.notOk(isErased(log.lines, 'lamp-2'));
  t.ok(isErased(log.lines, 'lamp-3'));
});

t.test('numbers are those of each signer', async (t) => {
  const log = controlLog(plan);
  log.say(erasure('lamp-1'), NOW);
  log.say({ ...erasure('lamp-2') }, NOW, SECOND);
  log.say({ kind: 'epoch', epoch: 7, state: 'destroyed' }, NOW, SECOND, OFFICER);
  log.say(erasure('lamp-3'), NOW);
  t.same(outcomes(log.lines), [null, null, null, null]);
});

t.test('what is said counts for windows that end after it was appended', async (t) => {
  const log = controlLog(plan);
  log.say(erasure('lamp-1'), NOW + 10);
  const start = Math.floor(NOW / view.windowMs) * view.windowMs;
  const fold = createControlFold(plan);
  for (const line of log.lines) fold.take(line);
  t.equal(fold.at(view, start).version, 1);
  t.equal(fold.at(view, start - view.windowMs).version, 0);
  t.ok(isErased(log.lines, 'lamp-1', start), 'in the window that is open');
  t.notOk(isErased(log.lines, 'lamp-1', start - view.windowMs), 'not in one that had ended');
  const exactly = controlLog(plan);
  exactly.say(erasure('lamp-1'), start);
  t.notOk(isErased(exactly.lines, 'lamp-1', start - view.windowMs), 'at the very end of a window it is not before it');
});

t.test('plan-changing records name a window ahead', async (t) => {
  const period = (start: number, end: number | null = start + HOUR_MS): ControlRecord => ({
    kind: 'period',
    id: 'trial',
    with: { datasets: [], views: [], unindexed: true },
    views: ['device-health'],
    consumers: ['quality'],
    start,
    end,
    basis: 'none',
    k: 50,
  });
  const say = (record: ControlRecord): Refusal | null => outcomes(one(signed(payload(record), OFFICER)))[0];
  t.equal(say(period(NOW + view.windowMs)), null);
  t.equal(say(period(NOW + view.windowMs - 1)), 'too-soon');
  t.equal(say(period(NOW + view.windowMs, NOW)), 'contradiction');
  t.equal(say({ ...period(NOW + view.windowMs), views: ['nobodys'] } as ControlRecord), 'unknown-name');
  t.equal(say({ ...period(NOW + view.windowMs), basis: 'law' } as ControlRecord), 'one-signer');
});

t.test('recalls for an index of a dataset are open until receipts of it were looked at', async (t) => {
  const cards = controlledPlan(['\nevents:\n', `${CARDS}\nevents:\n`]);
  const log = controlLog(cards);
  const index = { digest: 'ab'.repeat(32), basis: 'cd'.repeat(32), asOf: NOW, rows: 1, persons: 1 };
  const recall = { kind: 'recall', dataset: 'warranty-cards', digest: index.digest, view: 'device-health', output: null, partition: 0, before: 7 } as const; // biome-ignore format: a record
  const named = { kind: 'dataset', name: 'warranty-cards', ...index } as const;
  log.say(recall, NOW);
  log.say(named, NOW);
  log.say({ ...named, digest: 'ef'.repeat(32), evidence: '0'.repeat(64) }, NOW);
  const states = (): boolean[] => {
    const fold = createControlFold(cards);
    for (const line of log.lines) fold.take(line);
    return fold.state.datasetRecalls.map(({ isSettled }) => isSettled);
  };
  t.same(states(), [false], 'neither naming it nor receipts of another index are enough');
  log.say({ ...named, evidence: '0'.repeat(64) }, NOW);
  log.say({ ...recall, partition: 1 }, NOW);
  t.same(states(), [true, false], 'what is recalled later is open again');
  const refusal = (change: object): Refusal | null => {
    const payload = { v: 1, signer: 'officer', seq: log.lines.length + 1, record: { ...recall, ...change } };
    const fold = createControlFold(cards);
    for (const line of log.lines) fold.take(line);
    return fold.take({ offset: log.lines.length, appendMs: NOW, value: Buffer.from(signed(JSON.stringify(payload), OFFICER)) }).refusal;
  };
  t.equal(refusal({}), null);
  for (const change of [{ dataset: 'nobodys' }, { view: 'nobodys' }, { output: { period: 'nobodys', authorised: false } }])
    t.equal(refusal(change), 'unknown-name');
  t.equal(refusal({ period: 'p' }), 'malformed', 'for a period or for an index, not both');
});

t.test('an index is given up once, and only one that was named', async (t) => {
  const cards = controlledPlan(['\nevents:\n', `${CARDS}\nevents:\n`]);
  const log = controlLog(cards);
  const index = { digest: 'ab'.repeat(32), basis: cards.datasets[0].basis, asOf: NOW, rows: 1, persons: 1 };
  const loss = { kind: 'loss', dataset: 'warranty-cards', digest: index.digest } as const;
  const lose = (): void => log.say(loss, NOW + 1, OFFICER, SECOND);
  t.throws(lose, /unknown-name/);
  log.say({ kind: 'dataset', name: 'warranty-cards', ...index }, NOW);
  t.throws(() => log.say({ ...loss, digest: 'cd'.repeat(32) }, NOW, OFFICER, SECOND), /unknown-name/);
  t.doesNotThrow(lose);
  t.throws(lose, /contradiction/);
  log.say({ kind: 'dataset', name: 'warranty-cards', ...index }, NOW + 2);
  t.doesNotThrow(lose, 'what was named again can be lost again');
});
