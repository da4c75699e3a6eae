import { CommanderError } from 'commander';
import t from 'tap';
import { CliError, EXIT, failureOf } from '../../src/cli/exit.ts';
import { InvariantError } from '../../src/model/invariant.ts';
import { KeyError } from '../../src/model/keys.ts';

const SECRET = '490154203237518';

t.test('each kind of error has its exit code', async (t) => {
  const exitOf = (error: unknown) => failureOf(error, []).exit;
  t.equal(exitOf(new CliError('x', EXIT.data, 'a', 'b')), 65);
  t.equal(exitOf(new KeyError('key-destroyed', 'a key ring with this epoch')), 77);
  t.equal(exitOf(new InvariantError('sums agree')), 70);
  t.equal(exitOf(new CommanderError(1, 'commander.unknownOption', 'no')), 78);
  t.equal(exitOf(new CommanderError(0, 'commander.helpDisplayed', 'help')), 0);
  t.equal(exitOf(Object.assign(new Error('x'), { code: 'ENOENT' })), 69);
  t.equal(exitOf(Object.assign(new Error('x'), { code: 'EACCES' })), 77);
  t.equal(exitOf(Object.assign(new Error('x'), { code: 'ENOSPC' })), 75);
  t.equal(exitOf(Object.assign(new Error('x'), { code: 'EPIPE' })), 0);
  for (const odd of [new Error('x'), undefined, null, 'text', 7, { code: 'toString' }, { code: '__proto__' }]) t.equal(exitOf(odd), 70);
});

t.test('what others wrote is never repeated', async (t) => {
  const named = new Error(SECRET);
  named.name = SECRET;
  let parse: unknown;
  try {
    JSON.parse(`{"imei": ${SECRET}x}`);
  } catch (error) {
    parse = error;
  }
  const errors = [parse, named, SECRET, Object.assign(new Error(SECRET), { code: 'ENOENT', path: `/data/${SECRET}` }), { code: SECRET }];
  for (const error of errors) t.notOk(JSON.stringify(failureOf(error, ['run', '--in', 'a'])).includes(SECRET));
});

t.test('a path that the user typed is named', async (t) => {
  const missing = Object.assign(new Error('x'), { code: 'ENOENT', path: 'typo.yaml' });
  t.match(failureOf(missing, ['lint', 'typo.yaml']), { code: 'file-missing', expected: /^typo\.yaml: / });
  t.notMatch(failureOf(missing, ['lint', 'other.yaml']).expected, /typo/);
});

t.test('issues travel with the error', async (t) => {
  const issue = { code: 'c', severity: 'error', file: 'f', line: 1, column: 2, message: 'm', fix: 'x' } as const;
  t.same(failureOf(new CliError('policy', EXIT.config, 'a', 'b', [issue]), []).issues, [issue]);
});
