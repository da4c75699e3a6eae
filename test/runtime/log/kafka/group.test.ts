import kafkajs, { type Consumer } from 'kafkajs';
import t from 'tap';
import { TransportError } from '../../../../src/model/log.ts';
import { consumerConfig, type GroupOptions, joinGroup } from '../../../../src/runtime/log/kafka/group.ts';
import type { Claim } from '../../../../src/runtime/log/kafka/membership.ts';

const settings = { brokers: ['127.0.0.1:1'], clientId: 'c', tls: null, sasl: null, connectTimeoutMs: 100, requestTimeoutMs: 100 };

/** A consumer whose events a test makes. */
const scripted = async (options: Partial<GroupOptions> = {}, run: () => Promise<void> = async () => {}) => {
  const listeners = new Map<string, (event: { payload: unknown }) => void>();
  const calls: string[] = [];
  const lost: TransportError[] = [];
  const assigned: (readonly number[])[] = [];
  const { events } = new kafkajs.Kafka({ brokers: ['127.0.0.1:1'], logLevel: 0 }).consumer({ groupId: 'g' });
  const consumer = {
    events,
    on: (name: string, listener: (event: { payload: unknown }) => void) => void listeners.set(name, listener),
    pause: ([{ topic }]: readonly { topic: string }[]) => void calls.push(`pause ${topic}`),
    connect: async () => {},
    subscribe: async () => {},
    run,
    disconnect: async () => void calls.push('disconnect'),
  } as unknown as Consumer;
  let claim = (): Claim => ({ owned: [], generation: -1 });
  const group = await joinGroup(
    {
      settings,
      group: 'g',
      tasks: 4,
      ledgerTopic: 'ledger',
      sessionTimeoutMs: 10_000,
      onAssigned: (tasks) => void assigned.push(tasks),
      onLost: (error) => void lost.push(error),
      ...options,
    },
    (_, told) => {
      claim = told;
      return consumer;
    },
  );
  const emit = (name: string, payload: unknown): void => listeners.get(name)?.({ payload });
  return { group, calls, lost, assigned, events, emit, claim: () => claim() };
};

t.test('a member beats several times in the time after which it is given up, however short that is', async (t) => {
  for (const sessionTimeoutMs of [1000, 3000, 10_000, 60_000]) {
    const options = { settings, group: 'g', tasks: 1, ledgerTopic: 'l', sessionTimeoutMs, onAssigned: () => {}, onLost: () => {} };
    const { heartbeatInterval = 0, maxWaitTimeInMs = 0, retry } = consumerConfig(options, () => ({ owned: [], generation: -1 }));
    t.ok(heartbeatInterval + maxWaitTimeInMs <= sessionTimeoutMs / 4, 'a paused consumer sleeps for maxWaitTimeInMs, by default 5 s');
    t.ok(Number(retry?.retries) > 5, '`retries` is told (H4)');
    const { initialRetryTime = 0, maxRetryTime = 0, multiplier = 0, retries = 0 } = retry ?? {};
    const pauses = Array.from({ length: retries }, (_, i) => Math.min(maxRetryTime, initialRetryTime * multiplier ** i));
    t.ok(pauses.reduce((sum, ms) => sum + ms, 0) < 5000, 'a coordinator that died is given up in time');
  }
});

t.test('a member never reads, and tells what it owns as of which generation (H6 to H10)', async (t) => {
  const { calls, assigned, emit, events, claim } = await scripted();
  t.strictSame(claim(), { owned: [], generation: -1 });
  emit(events.GROUP_JOIN, { memberAssignment: { ledger: [3, 1] } });
  t.strictSame(calls, ['pause ledger']);
  t.strictSame(assigned, [[1, 3]]);
  emit(events.HEARTBEAT, { groupGenerationId: 7 });
  t.strictSame(claim(), { owned: [1, 3], generation: 7 });
  emit(events.GROUP_JOIN, { memberAssignment: {} });
  t.strictSame(assigned, [[1, 3], []], 'a member without tasks is told so');
});

t.test('joining confirms nothing that was asked before it', async (t) => {
  const { group, emit, events } = await scripted();
  let isConfirmed = false;
  const confirmed = group.confirmed().then(() => {
    isConfirmed = true;
  });
  emit(events.GROUP_JOIN, { memberAssignment: { ledger: [0] } });
  emit(events.HEARTBEAT, { groupGenerationId: 1 });
  await new Promise<void>((resolve) => setImmediate(resolve));
  t.notOk(isConfirmed);
  emit(events.HEARTBEAT, { groupGenerationId: 1 });
  await confirmed;
});

t.test('nothing thrown crosses a handler, and the process learns of it (H11)', async (t) => {
  const { emit, events, lost } = await scripted({
    onAssigned: () => {
      throw new RangeError('canary');
    },
  });
  emit(events.GROUP_JOIN, { memberAssignment: { ledger: [0] } });
  t.equal(lost.length, 1);
  t.ok(lost[0] instanceof TransportError);
  t.notMatch(lost[0].message, /canary/);
});

t.test('a crash that it does not restart from ends the membership; others do not (H11)', async (t) => {
  const { emit, events, lost } = await scripted();
  emit(events.CRASH, { restart: true, error: new Error('canary') });
  t.strictSame(lost, []);
  emit(events.CRASH, { restart: false, error: new TypeError('canary') });
  t.match(lost, [{ name: 'TransportError', code: 'unreachable' }]);
  t.notMatch(lost[0].message, /canary/);
  const denied = new kafkajs.KafkaJSProtocolError({ type: 'X', code: 30, message: 'canary', retriable: false } as never);
  emit(events.CRASH, { restart: false, error: denied });
  t.match(lost[1], { code: 'denied' }, 'and says why');
});

t.test('a group that cannot be joined leaves nothing open', async (t) => {
  const refused = scripted({}, async () => {
    throw new Error('canary');
  });
  await t.rejects(refused, { name: 'TransportError', code: 'unreachable' });
});
