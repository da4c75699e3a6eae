import { setTimeout as pause } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { type Fault, until, type World } from '../chaos/world.ts';
import { whole } from './nodes.ts';

const TOPIC = 'unjoin.control';
const NODE = 3;
/** What was appended later before the log was away is not known (`skewMs` of the service): windows that end later must wait. */
const SKEW_MS = 5000;
/** So long nobody answers for the control log: several windows. */
const AWAY_MS = 30_000;

/** Puts the control log on one broker alone, and everything else on the others: they go on when that one sleeps. */
const isolate = async ({ cluster }: World): Promise<void> => {
  const admin = new Kafka({ brokers: [...cluster.plaintext], clientId: 'chaos-controls', logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    const replicasOf = (name: string, partition: number): number[] => (name === TOPIC ? [NODE] : partition % 2 === 0 ? [1, 2] : [2, 1]);
    const { topics } = await admin.fetchTopicMetadata();
    await admin.alterPartitionReassignments({
      topics: topics.map(({ name, partitions }) => ({
        topic: name,
        partitionAssignment: partitions.map(({ partitionId }) => ({ partition: partitionId, replicas: replicasOf(name, partitionId) })),
      })),
    });
    const isMoved = async (): Promise<boolean> => {
      const { topics: now } = await admin.fetchTopicMetadata();
      return now.every(({ name, partitions }) =>
        partitions.every(
          ({ partitionId, leader, replicas, isr }) =>
            replicas.length === replicasOf(name, partitionId).length && isr.length === replicas.length && replicas.includes(leader),
        ),
      );
    };
    if (!(await until(isMoved))) throw new Error('the control log did not move to one broker');
  } finally {
    await admin.disconnect();
  }
};

export const controls: Fault = {
  says: 'the control log cannot be read for 30 s while everything else goes on: release stops, and resumes exactly',
  count: 3,
  nodes: 3,
  async harm(world) {
    const { cluster, count, gates, say } = world;
    const broken: string[] = [];
    let undue = 0;
    const resumed: number[] = [];
    const closedAfter = (atMs: number): number[] =>
      gates.logged().flatMap(({ code, time }) => (code === 'window-closed' && time >= atMs ? [time - atMs] : []));
    await isolate(world);
    for (let i = 0; i < count && world.goesOn(); i++) {
      const calmMs = Date.now();
      if (!(await until(() => closedAfter(calmMs).length > 0))) broken.push('no window closed although all was there');
      await cluster.pause(NODE);
      const strike = world.strike(`the control log is away (${i + 1})`);
      await pause(AWAY_MS);
      const late = gates
        .logged()
        .filter(({ code, time, window = 0 }) => code === 'window-closed' && time >= strike.atMs && window > strike.atMs - SKEW_MS);
      undue += late.length;
      if (late.length > 0) broken.push(`${late.length} windows were released whose control records nobody could know`);
      await cluster.resume(NODE);
      const backMs = Date.now();
      const again = await until(() => closedAfter(backMs).length > 0);
      if (again) resumed.push(Math.min(...closedAfter(backMs)));
      else broken.push('no window closed when the control log was back');
      // Nothing has to be opened anew for that.
      strike.backMs = again ? Date.now() - strike.atMs : null;
      say(`  ${strike.what}: ${late.length} releases that had to wait, first one ${resumed.at(-1)} ms after it was back`);
      if (!(await whole(world))) broken.push('copies were not whole again');
    }
    return { figures: { undue, firstReleaseMs: Math.max(...resumed) }, broken };
  },
};
