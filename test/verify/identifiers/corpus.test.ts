import { createHash } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { createCorpus } from '../../../src/verify/identifiers/corpus.ts';
import { formsOf } from '../../../src/verify/identifiers/forms.ts';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

const base32 = (text: string): string => {
  const bits = [...Buffer.from(text)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{1,5}/g) ?? []).map((five) => BASE32[Number.parseInt(five.padEnd(5, '0'), 2)]).join('');
};

/** Ways in which an identifier may leave, around which other text stands. */
const ENCODINGS: Readonly<Record<string, (id: string, before: string, after: string) => string>> = {
  plain: (id, before, after) => before + id + after,
  'upper case': (id, before, after) => `${before} ${id.toUpperCase()} ${after}`,
  hex: (id, before, after) => `${before} ${Buffer.from(id).toString('hex')} ${after}`,
  base64: (id, before, after) => Buffer.from(before + id + after).toString('base64'),
  base64url: (id, before, after) => Buffer.from(before + id + after).toString('base64url'),
  base32: (id, before, after) => `${before} ${base32(id)} ${after}`,
  percent: (id, before, after) => before + [...Buffer.from(id)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('') + after,
  escaped: (id, before, after) => before + [...id].map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`).join('') + after,
};

const id = fc.stringMatching(/^[a-z]{2,4}-[0-9a-f]{10,14}$/);
const around = fc.stringMatching(/^[a-z ]{0,6}$/);

t.test('an identifier is found in every encoding, inside other text', async (t) => {
  for (const [name, encode] of Object.entries(ENCODINGS)) {
    fc.assert(
      fc.property(id, around, around, (text, before, after) => {
        const corpus = createCorpus();
        corpus.text('nothing to see here', 'a view');
        corpus.text(encode(text, before, after), 'a log');
        t.equal(corpus.find(text), 'a log', name);
      }),
      { numRuns: 30 },
    );
  }
});

t.test('what did not leave is not found', async (t) => {
  const corpus = createCorpus();
  for (const text of ['861f1d487ffffff', 'Galaxy S21', '2024-03-05T12Z/PT6H', 'android 14.1']) corpus.text(text, 'a view');
  corpus.random(createHash('sha256').update('pseudonym').digest('hex').slice(0, 32), 'a view pseudonym');
  corpus.number(1_709_636_400_000, 'a view');
  fc.assert(
    fc.property(id, (text) => t.equal(corpus.find(text), null)),
    { numRuns: 100 },
  );
  t.equal(corpus.find('2024'), null, 'short numbers stand everywhere');
  t.equal(corpus.find('1709636400000'), null, 'whole hours are windows');
});

const findAny = (leak: string, raw: string, exact = false): boolean => {
  const corpus = createCorpus();
  corpus.text(`leak: ${leak}`, 'a log');
  return formsOf(raw, raw.toLowerCase().replace(/[:-]/g, ''), exact).some((form) => corpus.find(form) !== null);
};

t.test('other spellings of addresses, numbers and positions', async (t) => {
  for (const leak of ['a0b1c2d3e4f5', 'a0-b1-c2-d3-e4-f5', 'a0b1.c2d3.e4f5', 'f5:e4:d3:c2:b1:a0', '176685338322165']) {
    t.ok(findAny(leak, 'A0:B1:C2:D3:E4:F5'), leak);
  }
  const corpus = createCorpus();
  corpus.text(`0x${(0x5dfa0b75).toString(16)} and 1576667005`, 'a log');
  t.equal(
    corpus.find(formsOf('93.250.11.117', '93.250.11.117', false).find((form) => form === '5dfa0b75') ?? ''),
    null,
    'joined with what stands before it',
  );
  t.ok(findAny('5dfa0b75', '93.250.11.117'), 'an IPv4 address as hex');
  t.ok(findAny('1576668021', '93.250.11.117'), 'and as a number');
  t.ok(findAny('52.520008', '52.520008', true));
  t.ok(findAny('52520008', '52.520008', true), 'in millionths of a degree');
});

t.test('digests are found by either end, whatever they are written in', async (t) => {
  const digest = createHash('sha256').update('dev-1').digest();
  for (const text of [
    digest.toString('hex'),
    digest.toString('hex').slice(0, 32),
    digest.toString('base64'),
    digest.subarray(0, 16).toString('base64url'),
    digest.toString('hex').slice(-24),
  ]) {
    const corpus = createCorpus();
    corpus.text(text, 'a log');
    t.equal(corpus.findDigest(digest), 'a log', text);
    t.equal(corpus.findDigest(createHash('sha256').update('dev-2').digest()), null);
  }
});

t.test('ciphertext is searched only for what can be read in it', async (t) => {
  const corpus = createCorpus();
  corpus.bytes(Buffer.concat([Buffer.from([0, 1, 255]), Buffer.from('dev-0123456789ab'), Buffer.from([9])]), 'quarantine');
  t.equal(corpus.find('dev-0123456789ab'), 'quarantine');
  t.equal(corpus.find('dev-0123456789ac'), null);
});
