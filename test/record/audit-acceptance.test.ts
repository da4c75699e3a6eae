import t from 'tap';
import {
  createAuditChain,
  decodeAuditAcceptance,
  decodeAuditAlarm,
  decodeAuditLine,
  GENESIS,
  verifyChain,
} from '../../src/record/audit.ts';
import type { AuditAcceptance } from '../../src/record/audit-acceptance.ts';
import { golden } from './golden.ts';
import { strictLine } from './strict.ts';

const ACCEPTANCE: AuditAcceptance = {
  task: 3,
  accepted: 'ac'.repeat(32),
  by: 'privacy officer',
  why: 'a line "with quotes", agreed in the board',
  next: 'beef'.repeat(16),
  at: 7_260_001,
  policy: 'c0ffee'.repeat(10).padEnd(64, '0'),
};

t.test('golden', async (t) => {
  const chain = createAuditChain();
  const text = `${[chain.acceptance(ACCEPTANCE), chain.acceptance({ ...ACCEPTANCE, task: 4 })].join('\n')}\n`;
  const lines = golden(t, 'acceptance.1.ndjson', text).toString().trimEnd().split('\n');
  t.match(decodeAuditAcceptance(lines[0]), { ok: true, value: { ...ACCEPTANCE, seq: 0, prev: GENESIS.hash } });
  t.strictSame(verifyChain(lines).head.seq, 2);
});

t.test('strict, and no line of another kind', async (t) => {
  const line = createAuditChain().acceptance(ACCEPTANCE);
  strictLine(t, line, decodeAuditAcceptance);
  t.notOk(decodeAuditLine(line).ok || decodeAuditAlarm(line).ok);
  for (const change of [{ at: 0.5 }, { by: 7 }, { why: null }, { task: -1 }, { accepted: 'none' }, { next: 1 }, { policy: null }])
    t.notOk(
      decodeAuditAcceptance(createAuditChain().acceptance({ ...ACCEPTANCE, ...change } as AuditAcceptance)).ok,
      JSON.stringify(change),
    );
});

t.test('a chain with an acceptance that was taken out, or changed, is broken', async (t) => {
  const chain = createAuditChain();
  const lines = [3, 4, 5].map((task) => chain.acceptance({ ...ACCEPTANCE, task }));
  t.equal(verifyChain(lines).broken, -1);
  t.equal(verifyChain([lines[0], lines[2]]).broken, 1);
  t.equal(verifyChain([lines[0], lines[1].replace('officer', 'nobody!'), lines[2]]).broken, 1);
});
