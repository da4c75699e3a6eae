import { type TransportCode, TransportError } from '../../../model/log.ts';

/** Broker error codes (Kafka protocol guide, "Error Codes") that mean something of their own to us. */
const BY_CODE: Readonly<Record<number, TransportCode>> = {
  1: 'out-of-range',
  2: 'corrupt',
  10: 'misconfigured',
  17: 'misconfigured',
  18: 'misconfigured',
  22: 'fenced',
  26: 'misconfigured',
  29: 'denied',
  30: 'denied',
  31: 'denied',
  33: 'misconfigured',
  35: 'misconfigured',
  47: 'fenced',
  48: 'fenced',
  49: 'fenced',
  50: 'misconfigured',
  53: 'denied',
  58: 'denied',
  87: 'corrupt',
  90: 'fenced',
};

/** Codes that the next metadata, the next try or a new producer (45, 46, 59) may settle. */
const PASSING = new Set([3, 5, 6, 7, 8, 9, 13, 14, 15, 16, 19, 20, 25, 27, 41, 45, 46, 51, 56, 59, 72, 74, 75, 76, 77, 78, 79, 89]);

/** Settings that are not what they should be, by the code that tells so. */
const SETTINGS: Readonly<Record<number, string>> = {
  10: 'a record is larger than `max.message.bytes` of its topic allows',
  17: 'a topic has a name that the broker does not take',
  18: 'a batch is larger than `segment.bytes` of its topic allows',
  26: '`kafka.sessionTimeoutMs` is outside of what the brokers allow (`group.min.session.timeout.ms`, `group.max.session.timeout.ms`)',
  33: 'the broker does not know the SASL mechanism',
  35: 'the broker speaks another version of the protocol',
  50: '`kafka.transactionTimeoutMs` is longer than `transaction.max.timeout.ms` of the brokers',
};

const TEXTS: Readonly<Partial<Record<TransportCode, string>>> = {
  fenced: 'a newer owner of the task exists',
  denied: 'the broker refuses the principal',
  unreachable: 'no broker answers as it should',
};

/** What a broker's error code means. Codes that nobody knows are fencing: only a new owner may go on (H5). */
export const errorOfCode = (code: number): TransportError => {
  if (PASSING.has(code)) return new TransportError('unreachable', `a broker answers with error ${code}`, true);
  const name = BY_CODE[code] ?? 'fenced';
  return new TransportError(name, TEXTS[name] ?? SETTINGS[code] ?? `a broker answers with error ${code}`, false);
};

interface Foreign {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly cause?: unknown;
  readonly originalError?: unknown;
}

const AUTHENTICATION = ['KafkaJSSASLAuthenticationError', 'KafkaJSSASLServerFirstMessage'];

/**
 * kafkajs calls everything that goes wrong during a log-in a refusal, a broker that dies just then included, and keeps of the
 * cause its text alone. These are its own texts of connections (2.2.4, which client.ts pins); a broker's refusal has another.
 */
const CUT = /Closed connection|Connection (error|timeout|closed)|Not connected|Failed to connect|Request .* timed out/;

/**
 * What kafkajs threw, as ours: its text names brokers and topics and is dropped. An error that nobody knows is taken for a
 * connection that is gone: whoever owns the task starts anew from the ledger.
 */
export const transportErrorOf = (error: unknown): TransportError => {
  if (error instanceof TransportError) return error;
  for (let at = error as Foreign | null | undefined, depth = 0; at && depth < 5; at = (at.originalError ?? at.cause) as Foreign, depth++) {
    if (typeof at.code === 'number' && String(at.name).includes('Protocol')) return errorOfCode(at.code);
    if (AUTHENTICATION.includes(String(at.name)) && !CUT.test(String(at.message)))
      return new TransportError('denied', 'the broker refuses the credentials', false);
  }
  return new TransportError('unreachable', 'no broker answers as it should', true);
};
