import kafkajs from 'kafkajs';
import t from 'tap';
import { errorOfCode, transportErrorOf } from '../../../../src/runtime/log/kafka/errors.ts';

const { KafkaJSConnectionError, KafkaJSNumberOfRetriesExceeded, KafkaJSProtocolError, KafkaJSSASLAuthenticationError } = kafkajs;

const protocol = (code: number): Error => new KafkaJSProtocolError({ type: 'X', code, message: 'canary', retriable: false } as never);

t.test('codes are told apart by who must act, and unknown ones are fencing (H5)', async (t) => {
  t.match(errorOfCode(29), { code: 'denied', canRetry: false });
  t.match(errorOfCode(47), { code: 'fenced', canRetry: false });
  t.match(errorOfCode(6), { code: 'unreachable', canRetry: true });
  t.match(errorOfCode(1), { code: 'out-of-range' });
  for (const unknown of [90, 120, 999]) t.match(errorOfCode(unknown), { code: 'fenced', canRetry: false }, `${unknown}`);
});

t.test('what only an operator mends is no fencing', async (t) => {
  t.match(errorOfCode(10), { code: 'misconfigured', canRetry: false, message: /max\.message\.bytes/ });
  t.match(errorOfCode(50), { code: 'misconfigured', message: /transaction\.max\.timeout\.ms/ });
  t.match(errorOfCode(26), { code: 'misconfigured', message: /sessionTimeoutMs/ });
});

t.test('what a new producer mends may be tried again', async (t) => {
  for (const code of [45, 46, 51, 59]) t.match(errorOfCode(code), { code: 'unreachable', canRetry: true }, `${code}`);
});

t.test('a broker that dies during a log-in has refused nobody', async (t) => {
  const failed = (text: string) =>
    new (KafkaJSSASLAuthenticationError as unknown as new (text: string) => Error)(`SASL SCRAM SHA512 authentication failed: ${text}`);
  for (const text of ['Closed connection', 'Connection error: read ECONNRESET', 'Connection timeout', 'Not connected', 'Request SaslAuthenticate(key: 36, version: 1) timed out']) // biome-ignore format: a list
    t.match(transportErrorOf(failed(text)), { code: 'unreachable', canRetry: true }, text);
  const refused = 'Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512';
  t.match(transportErrorOf(failed(refused)), { code: 'denied', canRetry: false });
});

t.test("a third party's text is dropped, however deep the cause lies", async (t) => {
  const wrapped = new KafkaJSNumberOfRetriesExceeded(protocol(47), { retryCount: 5, retryTime: 1 } as never);
  t.match(transportErrorOf(wrapped), { code: 'fenced' });
  t.match(transportErrorOf(protocol(29)), { code: 'denied' });
  t.match(transportErrorOf(new (KafkaJSSASLAuthenticationError as unknown as new (text: string) => Error)('canary')), { code: 'denied' });
  t.match(transportErrorOf(new KafkaJSConnectionError('canary', { broker: 'canary:1', code: 'ECONNREFUSED' } as never)), { code: 'unreachable', canRetry: true }); // biome-ignore format: a line
  for (const error of [wrapped, protocol(29), new Error('canary'), 'canary', null]) t.notMatch(transportErrorOf(error).message, /canary/);
});
