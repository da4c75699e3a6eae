import t from 'tap';
import { isChance } from '../../../src/verify/identifiers/chance.ts';
import { createCorpus } from '../../../src/verify/identifiers/corpus.ts';
import { crc32 } from '../../../src/verify/identifiers/digests.ts';
import { createSearch } from '../../../src/verify/identifiers/search.ts';
import { createFindings } from '../../../src/verify/report.ts';

const idOf = (i: number): string => `dev-${(i * 2_654_435_761).toString(16)}x${i}`;
const checksumOf = (text: string): string => String(crc32(Buffer.from(text)));

/** What is found of `identifiers` in a ledger of so many random numbers of 32 bits, beside some texts. */
const findingsOf = (identifiers: number, numbers: number, texts: readonly string[]) => {
  const corpus = createCorpus();
  let state = 1;
  for (let i = 0; i < numbers; i += 100) {
    const line = Array.from({ length: 100 }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return String(state);
    });
    corpus.text(line.join(' '), 'ledger');
  }
  for (const text of texts) corpus.text(text, 'view');
  const findings = createFindings();
  const search = createSearch(corpus, new Set(), findings);
  for (let i = 0; i < identifiers; i++) search.look({ kind: 'device-id', text: idOf(i), exact: false }, `record ${i}`);
  search.finish();
  return findings.report().findings.find(({ id }) => id === 'I7');
};

t.test('checksums of 32 bits: a few among many numbers are chance, one among few is not, and a leak never is', async (t) => {
  const met = [checksumOf(idOf(1))];
  t.match(findingsOf(300, 40_000, met), { verdict: 'pass', note: /1 checksums of 32 bits met, as many as chance gives/ });
  t.match(findingsOf(50, 100, met), { verdict: 'fail', count: 1, first: 'record 1' });
  const leak = Array.from({ length: 30 }, (_, i) => checksumOf(idOf(i)));
  t.match(findingsOf(300, 40_000, leak), { verdict: 'fail' }, 'a tenth of all devices');
  t.match(findingsOf(50, 0, []), { verdict: 'pass' });
});

t.test('what chance gives', async (t) => {
  t.ok(isChance(0, 0, 0));
  t.notOk(isChance(1, 100, 1000), 'once in forty thousand runs');
  t.ok(isChance(2, 40_000, 2 ** 17), 'about one is expected');
  t.notOk(isChance(12, 40_000, 2 ** 17));
  t.ok(isChance(1000, 2 ** 21, 2 ** 21), 'a thousand and twenty-four are expected');
  t.notOk(isChance(1200, 2 ** 21, 2 ** 21));
});
