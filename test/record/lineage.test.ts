import fc from 'fast-check';
import t from 'tap';
import { sealingKeyOf } from '../../src/control/sealing-key.ts';
import { REASONS } from '../../src/model/verdict.ts';
import { decodeLineage, encodeLineage, type LineageRow, type LineageRows, openLineage, sealLineage } from '../../src/record/lineage.ts';
import { openSealSession } from '../../src/record/seal.ts';
import { memoryPeriodKey, memoryRecipients } from '../../src/runtime/keys/memory.ts';
import { golden } from './golden.ts';
import { strict, strictLine } from './strict.ts';

const DIGEST = Uint8Array.from({ length: 8 }, (_, i) => 0xd0 + i);
const SOURCES = [
  { topic: 'telemetry.device', partition: 0 },
  { topic: 'telemetry.device', partition: 300 },
];
const ROWS: readonly LineageRow[] = [
  { source: 0, offset: 0, verdict: 0, digest: DIGEST },
  { source: 0, offset: 7, verdict: REASONS.k.code, digest: null },
  { source: 1, offset: 2 ** 40, verdict: 63, digest: DIGEST },
  { source: 1, offset: Number.MAX_SAFE_INTEGER, verdict: REASONS.folded.code, digest: null },
];
const HEAD = { view: 'device-health', windowStart: 1_760_000_400_000, chunk: 3 };

t.test('golden', async (t) => {
  golden(t, 'lineage.1.bin', encodeLineage({ sources: SOURCES, rows: ROWS }));
  const { recipients, lineageKey } = memoryRecipients('golden');
  const line = golden(t, 'lineage.1.ndjson', sealLineage(openSealSession(recipients.lineage, 'lineage'), HEAD, SOURCES, ROWS)).toString();
  t.match(line, /^\{"v":1,"view":"device-health","windowStart":1760000400000,"chunk":3,"sealed":"[A-Za-z0-9+/]+=*"\}$/);
  const opened = openLineage(line, lineageKey);
  t.same(opened, { ok: true, value: { ...HEAD, sources: SOURCES, rows: ROWS } });
});

t.test('rows are read as they were written', async () => {
  const verdict = fc.oneof(fc.nat(63), fc.constantFrom(...Object.values(REASONS).map(({ code }) => code)));
  const row = fc.record({ source: fc.nat(2), offset: fc.maxSafeNat(), verdict, digest: fc.uint8Array({ minLength: 8, maxLength: 8 }) });
  const sources = fc.array(fc.record({ topic: fc.string(), partition: fc.nat() }), { minLength: 3, maxLength: 3 });
  const plain = ({ sources, rows }: LineageRows) =>
    JSON.stringify({ sources, rows: rows.map(({ digest, ...row }) => ({ ...row, digest: digest && [...digest] })) });
  const keyOf = ({ source, offset }: { source: number; offset: number }) => `${source}:${offset}`;
  fc.assert(
    fc.property(sources, fc.uniqueArray(row, { selector: keyOf }), (sources, drawn) => {
      const rows = drawn
        .sort((a, b) => a.source - b.source || a.offset - b.offset)
        .map((row) => ({ ...row, digest: row.verdict <= 63 ? row.digest : null }));
      const result = decodeLineage(encodeLineage({ sources, rows }));
      return result.ok && plain(result.value) === plain({ sources, rows });
    }),
  );
});

t.test('strict', async (t) => {
  strict(t, encodeLineage({ sources: SOURCES, rows: ROWS }), decodeLineage, encodeLineage);
  const { recipients, lineageKey } = memoryRecipients();
  const line = sealLineage(openSealSession(recipients.lineage, 'lineage'), HEAD, SOURCES, ROWS);
  strictLine(t, line, (text) => openLineage(text, lineageKey));
});

t.test('rows out of order, twice, of no source, or without their digest are not written', async (t) => {
  const [first, second, third] = ROWS;
  for (const rows of [
    [second, first],
    [first, first],
    [third, second],
    [{ ...first, source: 2 }],
    [{ ...first, digest: null }],
    [{ ...first, digest: new Uint8Array(7) }],
  ]) {
    t.throws(() => encodeLineage({ sources: SOURCES, rows }), { name: 'InvariantError' });
  }
});

t.test('rows under another head, or sealed to another key, do not open', async (t) => {
  const { recipients, operatorKey, lineageKey } = memoryRecipients();
  const line = sealLineage(openSealSession(recipients.lineage, 'lineage'), HEAD, SOURCES, ROWS);
  const moved = line.replace('"chunk":3', '"chunk":4');
  t.same(openLineage(moved, lineageKey), { ok: false, error: 'unopenable' });
  t.same(openLineage(line, operatorKey), { ok: false, error: 'unopenable' });
});

t.test('a period has a key of its own, and the line says whose', async (t) => {
  const { recipients, lineageKey } = memoryRecipients();
  const head = { ...HEAD, task: 2, period: 'trial-7' };
  const { lineage, privateKey } = memoryPeriodKey('trial-7');
  const recipient = { ...recipients.lineage, publicKey: sealingKeyOf(lineage) as NonNullable<ReturnType<typeof sealingKeyOf>> };
  const line = sealLineage(openSealSession(recipient, 'lineage'), head, SOURCES, ROWS);
  const keys = (period: string | null) => (period === 'trial-7' ? privateKey : lineageKey);
  t.same(openLineage(line, keys), { ok: true, value: { ...head, sources: SOURCES, rows: ROWS } });
  t.same(openLineage(line, lineageKey), { ok: false, error: 'unopenable' });
  t.same(
    openLineage(line, () => null),
    { ok: false, error: 'unopenable' },
    'nobody has it any more',
  );
  t.equal(sealingKeyOf(Buffer.alloc(32).toString('base64')), null, 'to a point of small order nothing is sealed');
  strictLine(t, line, (text) => openLineage(text, keys));
});
