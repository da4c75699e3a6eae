import kafkajs, { type PartitionAssigner } from 'kafkajs';
import { assignTasks } from './assignment.ts';

/** What a member tells the others when it joins. */
export interface Claim {
  readonly owned: readonly number[];
  readonly generation: number;
}

const NAME = 'unjoin-tasks';
const VERSION = 1;
const NOTHING: Claim = { owned: [], generation: -1 };

export const encodeClaim = (topics: readonly string[], { owned, generation }: Claim): Buffer =>
  kafkajs.AssignerProtocol.MemberMetadata.encode({
    version: VERSION,
    topics: [...topics],
    userData: Buffer.from(JSON.stringify({ owned, generation })),
  });

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);

/** Never throws: whoever says what nobody understands claims nothing (an error here would end the membership of us all). */
export const decodeClaim = (metadata: Buffer): Claim => {
  try {
    const decoded = kafkajs.AssignerProtocol.MemberMetadata.decode(metadata);
    const said: unknown = JSON.parse(decoded?.userData.toString('utf8') ?? '');
    const owned: unknown = Reflect.get(Object(said), 'owned');
    const generation: unknown = Reflect.get(Object(said), 'generation');
    return { owned: Array.isArray(owned) ? owned.filter(isWhole) : [], generation: isWhole(generation) ? generation : -1 };
  } catch {
    return NOTHING;
  }
};

/** Assigns whole tasks, sticky; partition i of the topic stands for task i, so that Kafka's own tools show who owns what. */
export const taskAssigner =
  (topic: string, tasks: number, claim: () => Claim): PartitionAssigner =>
  () => ({
    name: NAME,
    version: VERSION,
    async assign({ members }) {
      const shares = assignTasks(
        members.map(({ memberId, memberMetadata }) => ({ id: memberId, ...decodeClaim(memberMetadata) })),
        tasks,
      );
      return [...shares].map(([memberId, share]) => ({
        memberId,
        memberAssignment: kafkajs.AssignerProtocol.MemberAssignment.encode({
          version: VERSION,
          assignment: { [topic]: [...share] },
          userData: Buffer.alloc(0),
        }),
      }));
    },
    protocol: ({ topics }) => ({ name: NAME, metadata: encodeClaim(topics, claim()) }),
  });

/** Those who wait until the broker has confirmed us. */
export interface Confirmations {
  wait(): Promise<void>;
  /** A beat that the broker answered. */
  beat(): void;
}

/**
 * Beats are sent one after another, so that the second that is answered was sent after whoever waits had asked. The first may
 * have been answered long ago: the process may have slept since, and its tasks may have gone to others.
 */
const BEATS = 2;

export const createConfirmations = (): Confirmations => {
  let waiting: { left: number; readonly resolve: () => void }[] = [];
  return {
    wait: () => new Promise((resolve) => waiting.push({ left: BEATS, resolve })),
    beat() {
      for (const one of waiting) one.left--;
      const confirmed = waiting.filter(({ left }) => left === 0);
      waiting = waiting.filter(({ left }) => left > 0);
      for (const { resolve } of confirmed) resolve();
    },
  };
};
