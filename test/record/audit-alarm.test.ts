import t from 'tap';
import { createAuditChain, decodeAuditAlarm, decodeAuditLine, GENESIS, verifyChain } from '../../src/record/audit.ts';
import type { AuditAlarm } from '../../src/record/audit-alarm.ts';
import { golden } from './golden.ts';
import { strictLine } from './strict.ts';

const ALARM: AuditAlarm = {
  task: 3,
  view: 'feature-usage',
  windowStart: 3_600_000,
  windowEnd: 7_200_000,
  objective: 60_000,
  at: 7_260_001,
  policy: 'c0ffee'.repeat(10).padEnd(64, '0'),
};

t.test('golden', async (t) => {
  const chain = createAuditChain();
  const committed = golden(t, 'alarm.1.ndjson', `${[chain.alarm(ALARM), chain.alarm({ ...ALARM, task: 4 })].join('\n')}\n`).toString();
  const lines = committed.trimEnd().split('\n');
  t.match(decodeAuditAlarm(lines[0]), { ok: true, value: { ...ALARM, seq: 0, prev: GENESIS.hash } });
  t.strictSame(verifyChain(lines).head.seq, 2);
});

t.test('strict, and no line of a window', async (t) => {
  const line = createAuditChain().alarm(ALARM);
  strictLine(t, line, decodeAuditAlarm);
  t.notOk(decodeAuditLine(line).ok);
  for (const change of [{ at: 0.5 }, { view: 7 }, { objective: -1 }, { task: -1 }, { policy: null }])
    t.notOk(decodeAuditAlarm(createAuditChain().alarm({ ...ALARM, ...change } as AuditAlarm)).ok, JSON.stringify(change));
});

t.test('a chain with an alarm that was taken out, or changed, is broken', async (t) => {
  const chain = createAuditChain();
  const lines = [chain.alarm(ALARM), chain.alarm({ ...ALARM, task: 4 }), chain.alarm({ ...ALARM, task: 5 })];
  t.equal(verifyChain(lines).broken, -1);
  t.equal(verifyChain([lines[0], lines[2]]).broken, 1);
  t.equal(verifyChain([lines[0], lines[1].replace('7260001', '7260002'), lines[2]]).broken, 1);
});
