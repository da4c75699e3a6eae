import kafkajs, { type Admin as KafkaAdmin } from 'kafkajs';
import { TransportError } from '../../../model/log.ts';
import { kafkaOf } from './client.ts';
import { transportErrorOf } from './errors.ts';
import type { KafkaSettings } from './settings.ts';

/** A topic as it is, or as it should be: settings by Kafka's own names. */
export interface TopicState {
  readonly name: string;
  readonly partitions: number;
  readonly settings: Readonly<Record<string, string>>;
}

/** A right of a principal, in Kafka's own words. */
export interface AclRule {
  readonly principal: string;
  readonly resource: 'topic' | 'group' | 'transactional-id';
  readonly name: string;
  readonly isPrefix: boolean;
  readonly operation: 'read' | 'write' | 'describe' | 'describe-configs';
}

/** Administration: what provisioning, checks and start-up ask of a cluster. Throws `TransportError`. */
export interface ClusterAdmin {
  /** Topics of these names that exist, with the settings asked for. */
  describe(names: readonly string[], settings: readonly string[]): Promise<readonly TopicState[]>;
  /** Creates topics; `replicas` null: the cluster's default. */
  create(topics: readonly TopicState[], replicas: number | null): Promise<void>;
  acls(): Promise<readonly AclRule[]>;
  allow(rules: readonly AclRule[]): Promise<void>;
  /** Brings the coordinators of groups and transactions to life: a fresh cluster makes their topics at first use. */
  warmUp(group: string, transactionalId: string): Promise<void>;
  close(): Promise<void>;
}

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ConfigResourceTypes, ResourcePatternTypes } = kafkajs;

const RESOURCES = {
  topic: AclResourceTypes.TOPIC,
  group: AclResourceTypes.GROUP,
  'transactional-id': AclResourceTypes.TRANSACTIONAL_ID,
} as const;
const OPERATIONS = {
  read: AclOperationTypes.READ,
  write: AclOperationTypes.WRITE,
  describe: AclOperationTypes.DESCRIBE,
  'describe-configs': AclOperationTypes.DESCRIBE_CONFIGS,
} as const;

const nameOf = <T extends string>(names: Readonly<Record<T, number>>, value: number): T | undefined =>
  (Object.keys(names) as T[]).find((name) => names[name] === value);

const describeTopics = async (admin: KafkaAdmin, names: readonly string[], settings: readonly string[]): Promise<TopicState[]> => {
  const known = new Set(await admin.listTopics());
  const present = names.filter((name) => known.has(name));
  if (present.length === 0) return [];
  const { topics } = await admin.fetchTopicMetadata({ topics: present });
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: present.map((name) => ({ type: ConfigResourceTypes.TOPIC, name, configNames: [...settings] })),
  });
  return topics.map(({ name, partitions }) => {
    const own = resources.find(({ resourceName }) => resourceName === name);
    if (own === undefined || own.errorCode !== 0) throw new TransportError('denied', 'rights to describe the settings of topics', false);
    return {
      name,
      partitions: partitions.length,
      settings: Object.fromEntries(own.configEntries.map(({ configName, configValue }) => [configName, configValue])),
    };
  });
};

const listAcls = async (admin: KafkaAdmin): Promise<AclRule[]> => {
  const { resources } = await admin.describeAcls({
    resourceType: AclResourceTypes.ANY,
    resourcePatternType: ResourcePatternTypes.ANY,
    operation: AclOperationTypes.ANY,
    permissionType: AclPermissionTypes.ALLOW,
  });
  return resources.flatMap(({ resourceType, resourceName, resourcePatternType, acls }) => {
    const resource = nameOf(RESOURCES, resourceType);
    return acls.flatMap(({ principal, operation }) => {
      const word = nameOf(OPERATIONS, operation);
      if (resource === undefined || word === undefined) return [];
      return [
        { principal, resource, name: resourceName, isPrefix: resourcePatternType === ResourcePatternTypes.PREFIXED, operation: word },
      ];
    });
  });
};

const WARM_UP_TRIES = 50;

export const openAdmin = async (settings: KafkaSettings): Promise<ClusterAdmin> => {
  const kafka = kafkaOf(settings);
  const admin = kafka.admin();
  const asked = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw transportErrorOf(error);
    }
  };
  await asked(() => admin.connect());
  return {
    describe: (names, wanted) => asked(() => describeTopics(admin, names, wanted)),
    create: (topics, replicas) =>
      asked(async () => {
        await admin.createTopics({
          waitForLeaders: true,
          topics: topics.map(({ name, partitions, settings: own }) => ({
            topic: name,
            numPartitions: partitions,
            replicationFactor: replicas ?? -1,
            configEntries: Object.entries(own).map(([key, value]) => ({ name: key, value })),
          })),
        });
      }),
    acls: () => asked(() => listAcls(admin)),
    allow: (rules) =>
      asked(async () => {
        await admin.createAcls({
          acl: rules.map(({ principal, resource, name, isPrefix, operation }) => ({
            principal,
            host: '*',
            resourceType: RESOURCES[resource],
            resourceName: name,
            resourcePatternType: isPrefix ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
            operation: OPERATIONS[operation],
            permissionType: AclPermissionTypes.ALLOW,
          })),
        });
      }),
    warmUp: (group, transactionalId) =>
      asked(async () => {
        await admin.fetchOffsets({ groupId: group });
        const producer = kafka.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1, retry: { retries: WARM_UP_TRIES } });
        try {
          await producer.connect();
          await (await producer.transaction()).abort();
        } finally {
          await producer.disconnect().catch(() => {});
        }
      }),
    close: () => admin.disconnect().catch(() => {}),
  };
};
