import fc from 'fast-check';
import t from 'tap';
import { InvariantError } from '../../src/model/invariant.ts';
import { KeyError } from '../../src/model/keys.ts';
import { TransportError } from '../../src/model/log.ts';
import { ERROR_CODES, LOG_CODES, LOG_SETS, type LogCode, type LogFields } from '../../src/model/log-codes.ts';
import { createManualClock } from '../../src/runtime/clock.ts';
import { codeOf, createLogger } from '../../src/runtime/logger.ts';

const CANARY = 'canary-490154203237518';

const captured = (level: 'debug' | 'info' | 'warn' | 'error' | 'silent' = 'debug') => {
  const lines: string[] = [];
  const logger = createLogger(level, { write: (line) => lines.push(line) }, createManualClock(1_760_000_000_000));
  /** Logs as a caller would who casts, or whose values are not what their types say. */
  const force = (code: unknown, fields: unknown) => logger.log(code as 'failed', fields as LogFields<'failed'>);
  return { lines, logger, force };
};

const codes = Object.keys(LOG_CODES) as LogCode[];

t.test('a line is time, level, code and the declared fields, in this order', async (t) => {
  const { lines, logger } = captured();
  logger.log('window-closed', { lagMs: 12, task: 0, view: 2, window: 1_759_996_800_000 });
  logger.log('quarantined', { task: 1, fault: 'no-value', rows: 20 });
  t.same(lines, [
    '{"level":"info","time":1760000000000,"code":"window-closed","task":0,"view":2,"window":1759996800000,"lagMs":12}\n',
    '{"level":"warn","time":1760000000000,"code":"quarantined","task":1,"fault":"no-value","rows":20}\n',
  ]);
});

t.test('every code can be logged, at its level, and lines below the level are not written', async (t) => {
  for (const code of codes) {
    const { lines, force } = captured();
    force(code, {});
    t.match(JSON.parse(lines.join()), { code, level: LOG_CODES[code].level }, code);
  }
  const { lines, logger } = captured('warn');
  logger.log('ready', { tasks: 1, tookMs: 1 });
  logger.log('failed', { error: 'invariant', exit: 70 });
  t.equal(lines.length, 1);
  const silent = captured('silent');
  silent.logger.log('failed', { error: 'invariant', exit: 70 });
  t.equal(silent.lines.length, 0);
});

/** Everything that a canary could hide in. */
const carriers: readonly (() => unknown)[] = [
  () => CANARY,
  () => [CANARY],
  () => ({ [CANARY]: CANARY, toJSON: () => CANARY, toString: () => CANARY }),
  () => Buffer.from(CANARY),
  () => new Error(CANARY),
  () => Object.assign(new Error(CANARY, { cause: new Error(CANARY) }), { name: CANARY, code: CANARY, path: CANARY }),
  () => new AggregateError([new Error(CANARY)], CANARY),
  () => {
    try {
      return JSON.parse(`{"imei":${CANARY}}`);
    } catch (error) {
      return error;
    }
  },
  () => new KeyError(CANARY as 'key-destroyed', CANARY),
  () => new TransportError(CANARY as 'fenced', CANARY, false),
  () => new InvariantError(CANARY),
  () => Object.assign(new RangeError(CANARY), { code: 'ENOENT' }),
  () => ({ toString: () => 'failed', toJSON: () => CANARY }),
  () => Symbol(CANARY),
  () => () => CANARY,
];

t.test('no canary gets into the log: not as a field, a code, an error, nor beside the declared fields', async (t) => {
  const { lines, force } = captured();
  for (const carrier of carriers) {
    for (const code of codes) {
      const kinds: readonly string[] = Object.keys(LOG_CODES[code].fields);
      force(code, Object.fromEntries([...kinds, 'msg', 'err', 'error', 'extra', CANARY].map((name) => [name, carrier()])));
      force(code, carrier());
    }
    force(carrier(), { error: carrier(), exit: carrier() });
    force('failed', { error: codeOf(carrier()), exit: 70 });
  }
  t.ok(lines.length > codes.length * carriers.length);
  const text = lines.join('');
  t.notMatch(text, /canary|490154203237518/);
  t.notOk(text.includes(Buffer.from(CANARY).toString('hex')) || text.includes(Buffer.from(CANARY).toString('base64')));
});

t.test('no text at all gets in that is not registered', async (t) => {
  const registered = new Set<unknown>(Object.values(LOG_SETS).flatMap((set) => [...set]));
  fc.assert(
    fc.property(
      fc.constantFrom(...codes),
      fc.dictionary(fc.constantFrom('task', 'view', 'fault', 'error', 'reason', 'rows', 'msg'), fc.anything()),
      (code, fields) => {
        const { lines, force } = captured();
        force(code, fields);
        const { level, code: said, time, ...rest } = JSON.parse(lines.join()) as Record<string, unknown>;
        t.same([level, said, time], [LOG_CODES[code].level, code, 1_760_000_000_000]);
        t.same(Object.keys(rest), Object.keys(LOG_CODES[code].fields));
        return Object.values(rest).every((value) => value === null || typeof value === 'number' || registered.has(value));
      },
    ),
    { numRuns: 50 },
  );
});

t.test('errors become codes of the closed set', async (t) => {
  const system = (code: string) => Object.assign(new Error(CANARY), { code });
  const expected: readonly (readonly [unknown, string])[] = [
    [new KeyError('key-destroyed', 'x'), 'key-destroyed'],
    [new TransportError('fenced', 'x', false), 'fenced'],
    [new InvariantError('x'), 'invariant'],
    [system('ENOENT'), 'file-missing'],
    [system('EACCES'), 'file-denied'],
    [system('ENOSPC'), 'disk-full'],
    [system('EMFILE'), 'too-many-files'],
    [system('EPIPE'), 'pipe-closed'],
    [system('ECONNREFUSED'), 'network-refused'],
    [system('ECONNRESET'), 'network-reset'],
    [system('ETIMEDOUT'), 'network-timeout'],
    [system('ENOTFOUND'), 'name-not-found'],
    [system('constructor'), 'internal-error'],
    [new RangeError('x'), 'range-error'],
    [new TypeError('x'), 'type-error'],
    [new SyntaxError('x'), 'syntax-error'],
    [new Error('x'), 'internal-error'],
    ...[undefined, null, 5, 'x', { code: 'ENOENT' }].map((thrown) => [thrown, 'internal-error'] as const),
  ];
  for (const [error, code] of expected) t.equal(codeOf(error), code);
  const codesOfErrors: readonly string[] = ERROR_CODES;
  for (const carrier of carriers) t.ok(codesOfErrors.includes(codeOf(carrier())));
});
