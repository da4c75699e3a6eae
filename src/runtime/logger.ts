import { pino } from 'pino';
import { InvariantError } from '../model/invariant.ts';
import { KeyError } from '../model/keys.ts';
import { TransportError } from '../model/log.ts';
import { type ErrorCode, LOG_CODES, LOG_SETS, type LogCode, type LogFieldKind, type LogFields, type LogLevel } from '../model/log-codes.ts';
import type { Clock } from '../model/ports.ts';
import { systemClock } from './clock.ts';

/** Writes JSON lines: time (ms), level, code, and the fields that the code declares. */
export interface Logger {
  log<C extends LogCode>(code: C, fields: LogFields<C>): void;
}

/** Where lines go: a stream, or a test. */
export interface LogDestination {
  write(line: string): void;
}

/** What stands for a field that is not of its declared kind. */
const UNKNOWN = null;

/**
 * A value as it may be written. Types alone do not keep texts out: a caller may have cast, and what comes from elsewhere
 * may not be what its type says. So each value is looked at, and anything but a number or a member of its set is dropped.
 */
const admitted = (kind: LogFieldKind, value: unknown): unknown => {
  if (kind === 'number') return typeof value === 'number' && Number.isFinite(value) ? value : UNKNOWN;
  const set: ReadonlySet<unknown> = LOG_SETS[kind];
  return set.has(value) ? value : UNKNOWN;
};

/** Exactly the declared fields, in their declared order. */
const lineOf = (code: LogCode, given: Readonly<Record<string, unknown>>): Record<string, unknown> => {
  const fields: [string, LogFieldKind][] = Object.entries(LOG_CODES[code].fields);
  return { code, ...Object.fromEntries(fields.map(([name, kind]) => [name, admitted(kind, given[name])])) };
};

/** A logger that can say what `LOG_CODES` lists and nothing else. Lines below `level` are not written. */
export const createLogger = (level: LogLevel | 'silent', destination: LogDestination, clock: Clock = systemClock): Logger => {
  const log = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":${clock.nowMs()}`,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return {
    log(code, fields) {
      // A code that is not registered could be any text.
      if (typeof code === 'string' && Object.hasOwn(LOG_CODES, code)) log[LOG_CODES[code].level](lineOf(code, fields));
    },
  };
};

const SYSTEM_ERRORS: Readonly<Record<string, ErrorCode>> = {
  ENOENT: 'file-missing',
  ENOTDIR: 'file-missing',
  EACCES: 'file-denied',
  EPERM: 'file-denied',
  EROFS: 'file-denied',
  ENOSPC: 'disk-full',
  EDQUOT: 'disk-full',
  EMFILE: 'too-many-files',
  ENFILE: 'too-many-files',
  EPIPE: 'pipe-closed',
  ECONNREFUSED: 'network-refused',
  ECONNRESET: 'network-reset',
  ETIMEDOUT: 'network-timeout',
  ENOTFOUND: 'name-not-found',
  EAI_AGAIN: 'name-not-found',
};

/**
 * What may be said of an error: a code of a closed set. Its message, name, stack, cause and properties are not, for
 * third parties quote values in them (JSON.parse quotes the text, Avro readers the datum).
 */
export const codeOf = (error: unknown): ErrorCode => {
  if (error instanceof KeyError || error instanceof TransportError) return LOG_SETS.error.has(error.code) ? error.code : 'internal-error';
  if (error instanceof InvariantError) return 'invariant';
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  if (typeof code === 'string' && Object.hasOwn(SYSTEM_ERRORS, code)) return SYSTEM_ERRORS[code];
  if (error instanceof RangeError) return 'range-error';
  if (error instanceof TypeError) return 'type-error';
  if (error instanceof SyntaxError) return 'syntax-error';
  return 'internal-error';
};
