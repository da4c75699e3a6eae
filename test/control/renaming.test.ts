import t from 'tap';
import { createComposer } from '../../src/control/compose.ts';
import { readNamed, renamingOf } from '../../src/control/renaming.ts';
import type { ControlRecord, ControlSubject } from '../../src/control/shape.ts';
import { openSealed } from '../../src/record/seal.ts';
import { memoryRecipients } from '../../src/runtime/keys/memory.ts';
import { aliasesOf, COMMITMENT, sayRekey, staged } from './rekey-world.ts';
import { controlKey, controlLog, controlledPlan, OFFICER, SECOND, signed, subject } from './world.ts';

const plan = controlledPlan();
const NOW = 1_767_614_400_000;
const CUT = Math.ceil(NOW / 21_600_000 + 2) * 21_600_000;
const { operatorKey, lineageKey } = memoryRecipients();

const openWith =
  (key: typeof operatorKey) =>
  ({ kind, sealed }: ControlSubject): string | null => {
    const plain = openSealed(key, 'control', kind, Buffer.from(sealed, 'base64'));
    return plain === null ? null : (JSON.parse(Buffer.from(plain).toString()) as { readonly id: string }).id;
  };

const erasure = (of: ControlSubject): ControlRecord => ({ kind: 'erasure', subject: of });
const renaming = (log: ReturnType<typeof controlLog>, key = operatorKey, number = 1) =>
  renamingOf(
    readNamed(plan, log.lines),
    { control: controlKey(number), next: controlKey(number + 1) },
    COMMITMENT(number + 1),
    openWith(key),
  );

t.test('everybody whom applied records name gets another name, once, and nobody else', async (t) => {
  const log = controlLog(plan);
  const home = subject(plan, 'household', 'home');
  log.say({ kind: 'binding', subject: subject(plan, 'device', 'lamp'), household: home }, NOW);
  log.say({ kind: 'binding', subject: subject(plan, 'account', 'mine'), household: home }, NOW);
  log.say(erasure(subject(plan, 'device', 'lamp')), NOW);
  log.put(signed({ v: 1, signer: 'officer', seq: 9, record: erasure(subject(plan, 'device', 'refused')) }, OFFICER), NOW);
  log.put('no record', NOW);
  const wanted = [
    ...aliasesOf(plan, ['device', 'lamp']),
    ...aliasesOf(plan, ['household', 'home']),
    ...aliasesOf(plan, ['account', 'mine']),
  ];
  const found = renaming(log);
  t.same([...found.aliases].sort(), wanted.sort());
  t.same([found.sealed, found.strange], [[], []]);
  log.say(staged(wanted.slice(0, 2)), NOW, OFFICER, SECOND);
  t.same(renaming(log).aliases, wanted.slice(2), 'but who has one');
  log.say(staged(wanted.slice(2)), NOW, OFFICER, SECOND);
  t.same(renaming(log).aliases, []);
});

t.test('under the second key and the ones after it, whichever the record was said under', async (t) => {
  const log = controlLog(plan);
  log.say(erasure(subject(plan, 'device', 'lamp')), NOW);
  sayRekey(plan, log, [['device', 'lamp']], CUT, NOW);
  log.say(erasure(subject(plan, 'device', 'fan', 1, true)), NOW + 1);
  log.say(erasure(subject(plan, 'device', 'new', 2)), CUT);
  const ids = ['lamp', 'fan', 'new'];
  t.same([...renaming(log, operatorKey, 2).aliases].sort(), ids.flatMap((id) => aliasesOf(plan, ['device', id], 3)).sort());
});

t.test('whose id cannot be opened, or is another one, is told by the offset of the record', async (t) => {
  const log = controlLog(plan);
  log.say(erasure(subject(plan, 'device', 'lamp')), NOW);
  log.say(erasure({ ...subject(plan, 'device', 'fan'), tokens: ['ab'.repeat(16)] }), NOW);
  const { aliases, sealed, strange } = renaming(log);
  t.same([aliases, sealed, strange], [aliasesOf(plan, ['device', 'lamp']), [], [1]]);
  t.match(renaming(log, lineageKey), { aliases: [], sealed: [0, 1], strange: [] });
});

t.test('an id is found however the policy of its day spelled it', async (t) => {
  const other = controlledPlan(['deviceId: { role: identifier, kind: device-id }', 'deviceId: { role: identifier, kind: mac }']);
  const before = createComposer(other, []);
  const of = subject(other, 'device', '00:1A:2B:3C:4D:5E');
  const { envelope, verdict } = before.next(erasure(of), [OFFICER], NOW);
  t.equal(verdict.refusal, null);
  const log = controlLog(plan);
  log.put(envelope, NOW);
  const { aliases, strange } = renaming(log);
  t.same([aliases.map(([token]) => token), strange], [of.tokens, []]);
});
