import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, copyFileSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openSealed, openSealSession } from '../../../src/record/seal.ts';
import { loadPrivateKey, openRecipients } from '../../../src/runtime/keys/recipients.ts';

const folder = (t: Test): string => join(t.testdir({}), 'keys');

t.test('pairs are made once, private halves private, and what is sealed opens with them', async (t) => {
  const dir = folder(t);
  const { operator, lineage } = openRecipients(dir, { create: true });
  t.same(readdirSync(dir).sort(), ['lineage.key', 'lineage.pub', 'operator.key', 'operator.pub']);
  for (const name of ['operator.key', 'lineage.key']) t.equal(statSync(join(dir, name)).mode & 0o777, 0o600);
  t.match(readFileSync(join(dir, 'operator.pub'), 'utf8'), /^-----BEGIN PUBLIC KEY-----\n/);
  t.match(readFileSync(join(dir, 'operator.key'), 'utf8'), /^-----BEGIN PRIVATE KEY-----\n/);
  const blob = openSealSession(operator, 'quarantine').seal('a', Buffer.from('b'));
  t.same(openSealed(loadPrivateKey(join(dir, 'operator.key')), 'quarantine', 'a', blob), Buffer.from('b'));
  t.equal(openSealed(loadPrivateKey(join(dir, 'lineage.key')), 'quarantine', 'a', blob), null);
  t.notOk(operator.publicKey.equals(lineage.publicKey));
  t.ok(openRecipients(dir, { create: true }).operator.publicKey.equals(operator.publicKey), 'nothing is made twice');
});

t.test('private halves may be moved away', async (t) => {
  const dir = folder(t);
  const { operator } = openRecipients(dir, { create: true });
  rmSync(join(dir, 'operator.key'));
  rmSync(join(dir, 'lineage.key'));
  chmodSync(join(dir, 'operator.pub'), 0o644);
  t.ok(openRecipients(dir, { create: false }).operator.publicKey.equals(operator.publicKey));
  t.same(readdirSync(dir).sort(), ['lineage.pub', 'operator.pub']);
});

t.test('a private half without its public one is never overwritten', async (t) => {
  const dir = folder(t);
  openRecipients(dir, { create: true });
  const before = readFileSync(join(dir, 'operator.key'), 'utf8');
  rmSync(join(dir, 'operator.pub'));
  t.throws(() => openRecipients(dir, { create: true }), { name: 'KeyError', code: 'key-file-broken' });
  t.equal(readFileSync(join(dir, 'operator.key'), 'utf8'), before);
});

t.test('open modes are refused', async (t) => {
  const dir = folder(t);
  openRecipients(dir, { create: true });
  for (const [name, mode] of [
    ['operator.key', 0o640],
    ['lineage.key', 0o604],
    ['operator.pub', 0o622],
    ['.', 0o711],
  ] as const) {
    const whole = statSync(join(dir, name)).mode;
    chmodSync(join(dir, name), mode);
    t.throws(() => openRecipients(dir, { create: true }), { code: 'key-file-mode' }, name);
    if (name.endsWith('.key')) t.throws(() => loadPrivateKey(join(dir, name)), { code: 'key-file-mode' }, name);
    chmodSync(join(dir, name), whole);
  }
  t.doesNotThrow(() => openRecipients(dir, { create: false }));
});

t.test('anything but an X25519 public key is refused', async (t) => {
  const dir = folder(t);
  t.throws(() => openRecipients(dir, { create: false }), { code: 'key-file-broken' }, 'none');
  openRecipients(dir, { create: true });
  const path = join(dir, 'operator.pub');
  const ed25519 = generateKeyPairSync('ed25519').publicKey.export({ format: 'pem', type: 'spki' });
  for (const text of ['', 'x', ed25519, readFileSync(path, 'utf8').slice(0, 60)]) {
    writeFileSync(path, text);
    t.throws(() => openRecipients(dir, { create: true }), { code: 'key-file-broken' });
  }
  copyFileSync(join(dir, 'operator.key'), path);
  t.throws(() => openRecipients(dir, { create: true }), { code: 'key-file-broken' }, 'a private key in its place');
  t.throws(() => loadPrivateKey(join(dir, 'lineage.pub')), { code: 'key-file-broken' }, 'and the other way round');
  t.throws(() => loadPrivateKey(join(dir, 'nothing')), { code: 'key-file-broken' });
});
