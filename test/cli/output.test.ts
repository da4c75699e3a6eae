import { CommanderError } from 'commander';
import t from 'tap';
import { CliError, failureOf } from '../../src/cli/exit.ts';
import { colorsOf, grouped, issueLines, outputOf, sayFailure, table } from '../../src/cli/output.ts';

function streams() {
  const written = { stdout: '', stderr: '' };
  return {
    written,
    stdout: {
      write: (text: string) => {
        written.stdout += text;
      },
    },
    stderr: {
      write: (text: string) => {
        written.stderr += text;
      },
    },
  };
}

t.test('talk goes to stdout, and out of the way of data', async (t) => {
  for (const [options, stdout, stderr] of [
    [{}, 'hello\n', ''],
    [{ json: true }, '{"a":1}\n', 'hello\n'],
    [{ dataOnStdout: true }, '', 'hello\n'],
  ] as const) {
    const to = streams();
    const output = outputOf(options, to);
    output.say('hello');
    output.document({ a: 1 });
    t.same(to.written, { stdout, stderr });
  }
});

t.test('colours: on a terminal, unless NO_COLOR', async (t) => {
  const terminal = { isTTY: true, write: () => {} };
  const pipe = { write: () => {} };
  t.not(colorsOf(terminal, {}).red('x'), 'x');
  t.equal(colorsOf(terminal, { NO_COLOR: '1' }).red('x'), 'x');
  t.not(colorsOf(terminal, { NO_COLOR: '' }).red('x'), 'x');
  t.equal(colorsOf(pipe, {}).red('x'), 'x');
  t.not(colorsOf(pipe, { FORCE_COLOR: '1' }).red('x'), 'x');
  t.equal(colorsOf(pipe, { FORCE_COLOR: '1', NO_COLOR: '1' }).red('x'), 'x');
});

t.test('tables: names to the left, numbers to the right', async (t) => {
  t.same(table(['view', 'released'], [['health', 12_345], ['b', 6]]), ['view    released', '------  --------', 'health    12 345', 'b              6']); // biome-ignore format: a table
  t.same(table(['a'], []), ['a', '-']);
});

t.test('grouped numbers', async (t) => {
  t.equal(grouped(0), '0');
  t.equal(grouped(1234567), '1 234 567');
  t.equal(grouped(1234.5678), '1 234.5678');
});

t.test('issues are file:line:column', async (t) => {
  const issue = {
    code: 'field-without-role',
    severity: 'error',
    file: 'p.yaml',
    line: 3,
    column: 5,
    message: 'no role',
    fix: 'give one',
  } as const;
  t.match(issueLines(issue, colorsOf({ write: () => {} }, {})), ['p.yaml:3:5 error field-without-role: no role', '  fix: give one']);
});

t.test('failures: code, expectation and next step on stderr; one document with --json', async (t) => {
  const failure = failureOf(new CliError('input-missing', 69, 'a file', 'name one'), []);
  const plain = streams();
  sayFailure(failure, false, plain);
  t.same(plain.written, { stdout: '', stderr: 'unjoin: input-missing: expected a file\n  next: name one\n' });
  const json = streams();
  sayFailure(failure, true, json);
  t.match(JSON.parse(json.written.stdout), { error: { code: 'input-missing', exit: 69 } });

  const usage = streams();
  sayFailure(failureOf(new CommanderError(1, 'commander.unknownOption', 'no'), []), true, usage);
  t.equal(usage.written.stderr, '', 'Commander said it already');
  t.match(JSON.parse(usage.written.stdout), { error: { code: 'usage', exit: 78 } });
  const help = streams();
  sayFailure(failureOf(new CommanderError(0, 'commander.helpDisplayed', 'help'), []), true, help);
  t.same(help.written, { stdout: '', stderr: '' });
});
