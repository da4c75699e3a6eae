import { joinGroup } from '../../../src/runtime/log/kafka/group.ts';

/** A member of a group in a process of its own, for tests that kill it: prints its tasks after each rebalance, a line each. */
const [brokers, group, ledgerTopic, tasks, sessionTimeoutMs] = process.argv.slice(2);
await joinGroup({
  settings: { brokers: [brokers], clientId: 'member', tls: null, sasl: null, connectTimeoutMs: 5000, requestTimeoutMs: 10_000 },
  group,
  tasks: Number(tasks),
  ledgerTopic,
  sessionTimeoutMs: Number(sessionTimeoutMs),
  onAssigned: (owned) => void process.stdout.write(`${JSON.stringify(owned)}\n`),
  onLost: () => process.exit(1),
});
