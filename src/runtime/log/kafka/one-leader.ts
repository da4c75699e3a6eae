import kafkajs, { type ICustomPartitioner, type Message } from 'kafkajs';

/** Holds every attempt of a send to one leader. */
export interface OneLeader {
  /** To be called before each send. */
  begin(): void;
  readonly createPartitioner: ICustomPartitioner;
}

/**
 * Who leads is known to kafkajs otherwise than to us, and it looks again before each attempt of a send. An attempt that spans
 * brokers loses records when one of them has answered and a leader moves to it, and writes them twice when one of them fails
 * while the other is still busy: its answer is not waited for, and the same records go to it again as new ones (H1). kafkajs
 * asks the partitioner about every record in every attempt and tells it what it takes for the leaders, so that such an
 * attempt can be refused before anything of it is sent.
 */
export const createOneLeader = (): OneLeader => {
  let leader: number | null = null;
  let asked = new Set<Message>();
  const begin = (): void => {
    leader = null;
    asked = new Set();
  };
  return {
    begin,
    createPartitioner:
      () =>
      ({ partitionMetadata, message }) => {
        // A record that comes again begins another attempt.
        if (asked.has(message)) begin();
        asked.add(message);
        const partition = message.partition as number;
        const now = partitionMetadata.find(({ partitionId }) => partitionId === partition)?.leader;
        leader ??= now ?? null;
        if (now === undefined || now !== leader) throw new kafkajs.KafkaJSNonRetriableError('a send would span brokers');
        return partition;
      },
  };
};
