import t from 'tap';
import type { ControlPayload } from '../../../src/control/shape.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { hasAccepters, signedAcceptances } from '../../../src/runtime/control/acceptances.ts';
import { ACCOUNTS, controlLog, controlledPlan, OFFICER, SECOND, signed } from '../../control/world.ts';

const plan = controlledPlan();
const digest = (letter: string): string => letter.repeat(64);
const acceptance = (letter: string, signer: string, seq: number): ControlPayload => ({
  v: 1,
  signer,
  seq,
  record: { kind: 'acceptance', acceptance: digest(letter), why: `why ${letter}` },
});
const found = (lines: Parameters<typeof signedAcceptances>[1]): string[] =>
  signedAcceptances(plan, lines).map((one) => `${one.digest[0]} ${one.by}: ${one.why}`);

t.test('what two signers of a plan accepted, and nothing of a record that a gate refuses', async (t) => {
  const log = controlLog(plan);
  log.say({ kind: 'acceptance', acceptance: digest('a'), why: 'why a' }, 10, OFFICER, SECOND);
  const forged: readonly (readonly [string, string])[] = [
    ['one-signer', signed(acceptance('b', 'officer', 2), OFFICER)],
    ['one-signer', signed(acceptance('b', 'officer', 2), OFFICER, OFFICER)],
    ['no-right', signed(acceptance('c', 'officer', 2), OFFICER, ACCOUNTS)],
    ['unknown-signer', signed(acceptance('d', 'officer', 2), OFFICER, { name: 'nobody', key: SECOND.key })],
    ['wrong-signature', signed(acceptance('e', 'officer', 2), OFFICER, { name: 'second', key: ACCOUNTS.key })],
    ['replayed', log.lines[0].value.toString()],
  ];
  for (const [refusal, envelope] of forged) t.equal(log.put(envelope, 20), refusal);
  log.say({ kind: 'acceptance', acceptance: digest('f'), why: 'why f' }, 30, SECOND, OFFICER);
  t.strictSame(found(log.lines), ['a officer, and a second signer: why a', 'f second, and a second signer: why f']);
  t.strictSame(found([]), []);
});

t.test('signers of another plan accept nothing', async (t) => {
  const log = controlLog(plan);
  log.say({ kind: 'acceptance', acceptance: digest('a'), why: 'why a' }, 10, OFFICER, SECOND);
  const strangers: Plan = {
    ...plan,
    signers: plan.signers.map((one, index) => ({ ...one, key: plan.signers[(index + 1) % plan.signers.length].key })),
  };
  t.strictSame(signedAcceptances(strangers, log.lines), []);
});

t.test('a plan needs two who may accept, or its signers are not asked', async (t) => {
  t.ok(hasAccepters(plan));
  t.notOk(hasAccepters(null));
  t.notOk(hasAccepters({ ...plan, signers: plan.signers.filter(({ name }) => name !== 'second') }), 'the third may say bindings alone');
  t.notOk(hasAccepters({ ...plan, signers: [] }));
});
