import t from 'tap';
import { createAuditChain, decodeAuditAlarm, decodeAuditControl, decodeAuditLine, GENESIS, verifyChain } from '../../src/record/audit.ts';
import type { AuditControl } from '../../src/record/audit-control.ts';
import { golden } from './golden.ts';
import { strictLine } from './strict.ts';

const CONTROL: AuditControl = {
  task: 0,
  control: 41,
  at: 7_260_001,
  outcome: 'applied',
  kind: 'erasure',
  signer: 'officer',
  policy: 'c0ffee'.repeat(10).padEnd(64, '0'),
};
const { task: _, ...ALONE } = CONTROL;

t.test('golden', async (t) => {
  const chain = createAuditChain();
  const text = [chain.control(CONTROL), chain.control({ ...ALONE, control: 42, outcome: 'wrong-signature', kind: null, signer: null })];
  const lines = golden(t, 'control.1.ndjson', `${text.join('\n')}\n`)
    .toString()
    .trimEnd()
    .split('\n');
  t.match(decodeAuditControl(lines[0]), { ok: true, value: { ...CONTROL, seq: 0, prev: GENESIS.hash } });
  t.strictSame(verifyChain(lines).head.seq, 2);
});

t.test('strict, and no line of a window or alarm', async (t) => {
  const line = createAuditChain().control(CONTROL);
  strictLine(t, line, decodeAuditControl);
  t.notOk(decodeAuditLine(line).ok);
  t.notOk(decodeAuditAlarm(line).ok);
  for (const change of [{ control: -1 }, { at: 0.5 }, { outcome: 'Mr X' }, { kind: 7 }, { signer: 1 }, { task: -1 }])
    t.notOk(decodeAuditControl(createAuditChain().control({ ...CONTROL, ...change } as AuditControl)).ok, JSON.stringify(change));
});

t.test('a chain with a line that was taken out, or changed, is broken', async (t) => {
  const chain = createAuditChain();
  const lines = [chain.control(CONTROL), chain.control({ ...CONTROL, control: 42 }), chain.control({ ...CONTROL, control: 43 })];
  t.equal(verifyChain(lines).broken, -1);
  t.equal(verifyChain([lines[0], lines[2]]).broken, 1);
  t.equal(verifyChain([lines[0], lines[1].replace('applied', 'no-right'), lines[2]]).broken, 1);
});
