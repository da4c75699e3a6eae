import kafkajs, { type Admin as KafkaAdmin } from 'kafkajs';
import { TransportError } from '../../../model/log.ts';
import { type AclRule, createAcls, deleteAcls, listAcls } from './acls.ts';
import { kafkaOf } from './client.ts';
import { createTopics, patiently } from './create-topics.ts';
import { transportErrorOf } from './errors.ts';
import type { KafkaSettings } from './settings.ts';

export type { AclRule } from './acls.ts';

/** A topic as it is, or as it should be: settings by Kafka's own names. */
export interface TopicState {
  readonly name: string;
  readonly partitions: number;
  readonly settings: Readonly<Record<string, string>>;
}

/** Administration: what provisioning, checks and start-up ask of a cluster. Throws `TransportError`. */
export interface ClusterAdmin {
  /** How many brokers there are. */
  brokers(): Promise<number>;
  /** A setting of the brokers; null when we may not see it. */
  brokerSetting(name: string): Promise<string | null>;
  /** Topics of these names that exist, with the settings asked for. */
  describe(names: readonly string[], settings: readonly string[]): Promise<readonly TopicState[]>;
  /** Creates topics; `replicas` null: the cluster's default. */
  create(topics: readonly TopicState[], replicas: number | null): Promise<void>;
  /** Deletes those of these topics that exist. */
  remove(topics: readonly string[]): Promise<void>;
  /** Deletes the records of a topic before an offset of each partition, for good; returns when they are gone. */
  deleteRecords(topic: string, before: ReadonlyMap<number, number>): Promise<void>;
  /** Sets settings of a topic; all others stay as they are. */
  change(topic: string, settings: Readonly<Record<string, string>>): Promise<void>;
  acls(): Promise<readonly AclRule[]>;
  allow(rules: readonly AclRule[]): Promise<void>;
  revoke(rules: readonly AclRule[]): Promise<void>;
  /** Whether any record of a topic has an append time at or after `ms`. */
  isAppendedAfter(topic: string, ms: number): Promise<boolean>;
  /** Brings the coordinators of groups and transactions to life: a fresh cluster makes their topics at first use. */
  warmUp(group: string, transactionalId: string): Promise<void>;
  close(): Promise<void>;
}

const { ConfigResourceTypes, ConfigSource } = kafkajs;

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

/** AlterConfigs replaces everything that was set on the topic, so that what is to stay is sent again. */
const changeTopic = async (admin: KafkaAdmin, name: string, settings: Readonly<Record<string, string>>): Promise<void> => {
  const type = ConfigResourceTypes.TOPIC;
  const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type, name }] });
  const [own] = resources;
  if (own === undefined || own.errorCode !== 0) throw new TransportError('denied', 'rights to describe the settings of topics', false);
  const set = own.configEntries.filter(({ configSource }) => configSource === ConfigSource.TOPIC_CONFIG);
  const all = { ...Object.fromEntries(set.map(({ configName, configValue }) => [configName, configValue])), ...settings };
  const configEntries = Object.entries(all).map(([key, value]) => ({ name: key, value }));
  await admin.alterConfigs({ validateOnly: false, resources: [{ type, name, configEntries }] });
};

const brokerSettingOf = async (admin: KafkaAdmin, name: string): Promise<string | null> => {
  const { brokers } = await admin.describeCluster();
  const resources = brokers
    .slice(0, 1)
    .map(({ nodeId }) => ({ type: ConfigResourceTypes.BROKER, name: String(nodeId), configNames: [name] }));
  try {
    const [own] = (await admin.describeConfigs({ includeSynonyms: false, resources })).resources;
    return own?.configEntries.find(({ configName }) => configName === name)?.configValue ?? null;
  } catch (error) {
    if (transportErrorOf(error).code === 'denied') return null;
    throw error;
  }
};

const isAppendedAfter = async (admin: KafkaAdmin, topic: string, ms: number): Promise<boolean> => {
  // In this order: where it finds nothing it answers with the end as of then, which is not below an end as of before.
  const ends = await admin.fetchTopicOffsets(topic);
  const found = await admin.fetchTopicOffsetsByTimestamp(topic, ms);
  return found.some(({ partition, offset }) => {
    const end = ends.find((one) => one.partition === partition);
    return end !== undefined && BigInt(offset) < BigInt(end.high);
  });
};

const deleteRecords = async (admin: KafkaAdmin, topic: string, before: ReadonlyMap<number, number>): Promise<void> => {
  if (before.size === 0) return;
  // Leaders of a topic that the client has not heard of are not looked up by the call itself.
  await admin.fetchTopicOffsets(topic);
  await admin.deleteTopicRecords({ topic, partitions: [...before].map(([partition, offset]) => ({ partition, offset: String(offset) })) });
  const left = await admin.fetchTopicOffsets(topic);
  if ([...before].some(([partition, offset]) => left.some((one) => one.partition === partition && BigInt(one.low) < BigInt(offset))))
    throw new TransportError('misconfigured', 'records that were deleted are still there', false);
};

const WARM_UP_TRIES = 50;

const NO_AUTHORIZER = 54;
const TOO_MANY_REPLICAS = 38;

const REFUSALS: Readonly<Record<number, string>> = {
  [NO_AUTHORIZER]: 'the brokers have no authorizer: --no-acls leaves access lists alone',
  [TOO_MANY_REPLICAS]: 'there are fewer brokers than `topics.replication`',
};

/** Codes that only administration meets; the first of several that one answer holds. */
const adminErrorOf = (error: unknown): TransportError => {
  const { errors, partitions, code } = Object(error) as Readonly<Record<string, unknown>>;
  if (Array.isArray(errors) && errors.length > 0) return adminErrorOf(errors[0]);
  if (Array.isArray(partitions) && partitions.length > 0) return adminErrorOf(Object(partitions[0]).error);
  const known = transportErrorOf(error);
  if (known.code !== 'fenced') return known;
  return new TransportError('misconfigured', REFUSALS[Number(code)] ?? `the brokers refuse with error ${Number(code)}`, false);
};

export const openAdmin = async (settings: KafkaSettings): Promise<ClusterAdmin> => {
  const kafka = kafkaOf(settings);
  const admin = kafka.admin();
  const asked = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw adminErrorOf(error);
    }
  };
  await asked(() => admin.connect());
  return {
    brokers: () => asked(async () => (await admin.describeCluster()).brokers.length),
    brokerSetting: (name) => asked(() => brokerSettingOf(admin, name)),
    describe: (names, wanted) => asked(() => describeTopics(admin, names, wanted)),
    create: (topics, replicas) =>
      asked(async () => {
        const wanted = topics.map(({ name, partitions, settings: own }) => ({
          topic: name,
          numPartitions: partitions,
          replicationFactor: replicas ?? -1,
          configEntries: Object.entries(own).map(([key, value]) => ({ name: key, value })),
        }));
        await createTopics(admin, wanted);
      }),
    remove: (topics) =>
      asked(async () => {
        const known = new Set(await admin.listTopics());
        const present = topics.filter((topic) => known.has(topic));
        if (present.length > 0) await admin.deleteTopics({ topics: present });
      }),
    deleteRecords: (topic, before) => asked(() => deleteRecords(admin, topic, before)),
    change: (topic, own) => asked(() => changeTopic(admin, topic, own)),
    acls: () => asked(() => listAcls(admin)),
    allow: (rules) => asked(() => createAcls(admin, rules)),
    revoke: (rules) => asked(() => deleteAcls(admin, rules)),
    isAppendedAfter: (topic, ms) => asked(() => isAppendedAfter(admin, topic, ms)),
    warmUp: (group, transactionalId) =>
      asked(async () => {
        await patiently(() => admin.fetchOffsets({ groupId: group }), WARM_UP_TRIES);
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
