import kafkajs, { type Admin, type Kafka } from 'kafkajs';
import { createTopics } from '../../../src/runtime/log/kafka/create-topics.ts';
import { unique } from './broker.ts';

// Only a few of its names can be imported one by one: the package is CommonJS.
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

/** Creates a topic of a name that no other test uses; returns the name. */
export const makeTopic = async (
  admin: Admin,
  what: string,
  partitions = 1,
  settings: Readonly<Record<string, string>> = {},
): Promise<string> => {
  const topic = unique(what);
  const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
  await createTopics(admin, [{ topic, numPartitions: partitions, configEntries }]);
  return topic;
};

/** Lets a user do something with a topic, a group or transactional ids that begin with a name. */
export const allow = (
  admin: Admin,
  user: string,
  resource: 'TOPIC' | 'GROUP' | 'TRANSACTIONAL_ID',
  name: string,
  ...operations: readonly ('READ' | 'WRITE' | 'DESCRIBE' | 'DESCRIBE_CONFIGS')[]
): Promise<boolean> =>
  admin.createAcls({
    acl: operations.map((operation) => ({
      principal: `User:${user}`,
      host: '*',
      resourceType: AclResourceTypes[resource],
      resourceName: name,
      resourcePatternType: ResourcePatternTypes.PREFIXED,
      operation: AclOperationTypes[operation],
      permissionType: AclPermissionTypes.ALLOW,
    })),
  });

/** The first `count` committed values of a topic, as text. Rejects when the consumer crashes, e.g. without the right to read. */
export const readValues = async (kafka: Kafka, topic: string, count: number, groupId: string = unique('reader')): Promise<string[]> => {
  const consumer = kafka.consumer({ groupId, retry: { initialRetryTime: 50, retries: 20 } });
  const values: string[] = [];
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      // A crash that it restarts from by itself is a coordinator on its way to another node.
      consumer.on('consumer.crash', ({ payload }) => {
        if (!payload.restart) reject(payload.error);
      });
      const eachMessage = async ({ message }: { message: { value: Buffer | null } }): Promise<void> => {
        values.push(message.value?.toString('utf8') ?? '');
        if (values.length === count) resolve();
      };
      consumer.run({ eachMessage }).catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
  return values;
};
