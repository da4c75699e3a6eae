import fc from 'fast-check';
import t from 'tap';
import { type AuditEntry, createAuditChain, decodeAuditLine, exported, GENESIS, verifyChain } from '../../src/record/audit.ts';
import { golden } from './golden.ts';
import { strictLine } from './strict.ts';

const HOUR = 3_600_000;
const entry = (n: number): AuditEntry => ({
  view: 'feature-usage',
  windowStart: n * HOUR,
  windowEnd: (n + 1) * HOUR,
  windows: 1,
  inputs: [{ topic: 'telemetry.operation', partition: n % 3, from: n * 1000, to: n * 1000 + 999 }],
  policy: 'c0ffee'.repeat(10).padEnd(64, '0'),
  controls: 0,
  epoch: 0,
  counts: { released: [400, 20, 0], blocked: { k: 20, folded: 540, 'no-level': 0 } },
});
const chainOf = (count: number): string[] => {
  const chain = createAuditChain();
  return Array.from({ length: count }, (_, n) => chain.line(entry(n)));
};

t.test('golden', async (t) => {
  const committed = golden(t, 'audit.1.ndjson', `${chainOf(3).join('\n')}\n`).toString();
  t.equal(verifyChain(committed.trimEnd().split('\n')).broken, -1);
});

t.test('a line comes back; reasons stand in the order of their numbers, whatever the order given', async (t) => {
  const [line] = chainOf(1);
  const result = decodeAuditLine(line);
  t.match(result, { ok: true, value: { ...entry(0), seq: 0, prev: GENESIS.hash } });
  t.match(line, /"blocked":\{"no-level":0,"folded":540,"k":20\}/);
  t.match(line, /^\{"v":1,"seq":0,.*,"prev":"0{64}","hash":"[0-9a-f]{64}"\}$/);
});

t.test('a topic that nobody named stands under its digest', async (t) => {
  const inputs = [{ topicId: '00ff'.repeat(4), partition: 1, from: 2, to: 3 }];
  const line = createAuditChain().line({ ...entry(0), inputs });
  t.match(line, '"inputs":[{"topicId":"00ff00ff00ff00ff","partition":1,"from":2,"to":3}]');
  t.match(decodeAuditLine(line), { ok: true, value: { inputs } });
});

t.test('strict', async (t) => {
  strictLine(t, chainOf(2)[1], decodeAuditLine);
  const odd: readonly object[] = [
    { windowStart: 0.5 },
    { windows: -1 },
    { inputs: [{ topic: 'x', partition: 0, from: 0 }] },
    { inputs: [{ topic: 5, partition: 0, from: 0, to: 1 }] },
    { inputs: [{ topicId: 'ab', partition: 0, from: 0, to: 1 }] },
    { inputs: [{ partition: 0, from: 0, to: 1 }] },
    { counts: { released: [0.5], blocked: {} } },
    { counts: { released: [], blocked: { k: '5' } } },
    { view: 7 },
    { epoch: Number.NaN },
  ];
  for (const change of odd)
    t.same(decodeAuditLine(createAuditChain().line({ ...entry(0), ...change })), { ok: false, error: 'malformed' }, JSON.stringify(change));
});

/** An edit: of one character, or of the order and presence of lines. */
const edits = fc.oneof(
  fc.record({ kind: fc.constant('character' as const), line: fc.nat(), at: fc.nat(), put: fc.string({ minLength: 0, maxLength: 2 }) }),
  fc.record({ kind: fc.constantFrom('remove' as const, 'repeat' as const, 'swap' as const), line: fc.nat(), other: fc.nat() }),
);

const LINES = 8;

t.test('a thousand random edits are found, each at the first line that it touches', async (t) => {
  const chain = chainOf(LINES);
  let found = 0;
  fc.assert(
    fc.property(edits, (edit) => {
      const lines = [...chain];
      let first: number;
      if (edit.kind === 'character') {
        first = edit.line % LINES;
        const at = edit.at % lines[first].length;
        lines[first] = lines[first].slice(0, at) + edit.put + lines[first].slice(at + 1);
        fc.pre(lines[first] !== chain[first]);
      } else if (edit.kind === 'remove') {
        first = edit.line % (LINES - 1);
        lines.splice(first, 1);
      } else if (edit.kind === 'repeat') {
        first = edit.line % (LINES + 1);
        lines.splice(first, 0, chain[edit.other % LINES]);
        fc.pre(lines[first] !== chain[first]);
      } else {
        const [a, b] = [edit.line % LINES, edit.other % LINES];
        fc.pre(a !== b);
        [lines[a], lines[b]] = [lines[b], lines[a]];
        first = Math.min(a, b);
      }
      found++;
      return verifyChain(lines).broken === first;
    }),
    { numRuns: 1000 },
  );
  t.equal(found, 1000);
});

t.test('an edit whose line was hashed anew breaks the next line', async (t) => {
  const lines = chainOf(4);
  const forger = createAuditChain({ seq: 1, hash: (JSON.parse(lines[0]) as { hash: string }).hash });
  lines[1] = forger.line({ ...entry(1), counts: { released: [0, 0, 0], blocked: {} } });
  t.equal(verifyChain(lines).broken, 2);
});

t.test('cut ends and remade chains are seen by a pinned head alone', async (t) => {
  const lines = chainOf(4);
  const whole = verifyChain(lines);
  t.same(whole, { broken: -1, head: { seq: 4, hash: (JSON.parse(lines[3]) as { hash: string }).hash } });
  const cut = verifyChain(lines.slice(0, 3));
  t.equal(cut.broken, -1);
  t.notSame(cut.head, whole.head);
  t.same(verifyChain([]), { broken: -1, head: GENESIS });
});

t.test('a chain goes on after its head', async (t) => {
  const lines = chainOf(2);
  const chain = createAuditChain(verifyChain(lines).head);
  const more = [chain.line(entry(2)), chain.line(entry(3))];
  t.same([...lines, ...more], chainOf(4));
  t.same(verifyChain(more, verifyChain(lines).head), verifyChain([...lines, ...more]));
  t.same(chain.head(), verifyChain([...lines, ...more]).head);
  t.equal(verifyChain(more).broken, 0);
});

t.test('exported counts are multiples of k, and never more than the count', async (t) => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 1000 }), (count, k) => {
      const said = exported(count, k);
      return said % k === 0 && said <= count && count - said < k;
    }),
  );
  t.same([exported(0, 20), exported(19, 20), exported(20, 20), exported(41, 20)], [0, 0, 20, 40]);
  for (const k of [0, -1, Number.NaN]) t.throws(() => exported(5, k), { name: 'InvariantError' });
});
