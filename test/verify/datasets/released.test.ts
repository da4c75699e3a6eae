import { createHash } from 'node:crypto';
import t from 'tap';
import type { IdentifierKind } from '../../../src/policy/canonical/index.ts';
import { createReleasedValues, type ReleasedValues } from '../../../src/verify/datasets/released.ts';
import { crc32 } from '../../../src/verify/identifiers/digests.ts';
import type { OutputTable } from '../../../src/verify/outputs.ts';
import type { ViewRule } from '../../../src/verify/rules.ts';
import { createInterner } from '../../../src/verify/sources.ts';

const VIEW = { name: 'view', sensitive: { name: 'result' }, pseudonym: true } as unknown as ViewRule;
const KINDS: readonly IdentifierKind[] = ['account-id', 'mac', 'position', 'ip'];

/** What left: tuples of one value, sensitive values, pseudonyms. */
const releasedOf = (
  tuples: readonly string[],
  sensitive: readonly string[] = ['*'],
  pseudonym: readonly string[] = ['*'],
): ReleasedValues => {
  const [all, shown, names] = [createInterner(), createInterner(), createInterner()];
  const table = {
    ...{ tuples: all, sensitives: shown, pseudonyms: names },
    tuple: tuples.map((text) => all.of(JSON.stringify([text, '*']))),
    sensitive: sensitive.map(shown.of),
    pseudonym: pseudonym.map(names.of),
  } as unknown as OutputTable;
  // A tuple of raw data that did not leave is interned, too.
  all.of(JSON.stringify(['stayed-inside', '*']));
  return createReleasedValues([[VIEW, table]], new Set(KINDS), new Set(['android 14', 'abcdef']));
};

const howOf = (released: ReleasedValues, kind: IdentifierKind, text: string): string => released.find(kind, text)?.how ?? 'not';

t.test('a registered value is found however it is written', async (t) => {
  const found: readonly (readonly [how: string, kind: IdentifierKind, registered: string, left: string])[] = [
    ['value', 'account-id', 'Android-14', 'android 14'],
    ['value', 'position', '52.500, 13.40', '52.5,13.4'],
    ['value', 'account-id', 'x', 'X'],
    ['encoded', 'mac', 'AA:BB:CC:DD:EE:F1', 'f1eeddccbbaa'],
    ['encoded', 'mac', 'AA:BB:CC:DD:EE:F1', String(0xaabbccddeef1)],
    ['encoded', 'mac', 'aabbccddeef1', Buffer.from('aabbccddeef1', 'hex').toString('base64')],
    ['encoded', 'ip', '203.0.113.7', 'cb007107'],
    ['encoded', 'position', '52.52437,13.41053', '1341053'],
    ['digest', 'account-id', 'somebody', createHash('sha256').update('SOMEBODY').digest('base64url').slice(0, 22)],
    ['checksum', 'account-id', 'somebody', crc32(Buffer.from('somebody')).toString(16).padStart(8, '0')],
    ['not', 'account-id', 'stayed-inside', 'android 14'],
    ['not', 'account-id', '11259375', 'abcdef'],
    ['not', 'account-id', 'droid', 'android 14'],
    ['not', 'position', '52.52437,13.41053', '87283472bffffff'],
  ]; // biome-ignore format: a table
  for (const [how, kind, registered, left] of found) t.equal(howOf(releasedOf([left]), kind, registered), how, `${registered} as ${left}`);
});

t.test('sensitive values and pseudonyms are looked at, what rules put in their place is not', async (t) => {
  t.equal(howOf(releasedOf(['a'], ['wrong-pin', '*', 'other']), 'account-id', 'wrong-pin'), 'value');
  t.equal(howOf(releasedOf(['a'], ['other']), 'account-id', 'other'), 'not', 'it says that a value is rare');
  t.equal(howOf(releasedOf(['other']), 'account-id', 'other'), 'value', 'a value of a ladder all the same');
  t.equal(howOf(releasedOf(['a'], ['*'], [createHash('md5').update('somebody').digest('hex')]), 'account-id', 'somebody'), 'digest');
});

t.test('times and cells are not taken for halves of digests, so that nothing is hashed for them', async (t) => {
  const released = releasedOf(['2026-01-05T07Z', '2026-W02', '2026-01-05T06Z/PT6H', '85283473fffffff']);
  t.equal(howOf(released, 'account-id', 'somebody'), 'not');
  t.same(released.checksums(), { words: 0, looked: 0 });
  t.equal(released.values, 4);
});
