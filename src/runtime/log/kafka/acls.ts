import kafkajs, { type Admin as KafkaAdmin } from 'kafkajs';

/** What somebody may do, in Kafka's own words. */
export const OPERATION_NAMES = [
  'read',
  'write',
  'describe',
  'describe-configs',
  'all',
  'create',
  'delete',
  'alter',
  'alter-configs',
] as const;

/** A right of a principal, in Kafka's own words. */
export interface AclRule {
  readonly principal: string;
  readonly resource: 'topic' | 'group' | 'transactional-id';
  readonly name: string;
  readonly isPrefix: boolean;
  readonly operation: (typeof OPERATION_NAMES)[number];
}

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

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
  all: AclOperationTypes.ALL,
  create: AclOperationTypes.CREATE,
  delete: AclOperationTypes.DELETE,
  alter: AclOperationTypes.ALTER,
  'alter-configs': AclOperationTypes.ALTER_CONFIGS,
} as const satisfies Record<AclRule['operation'], number>;

const nameOf = <T extends string>(names: Readonly<Record<T, number>>, value: number): T | undefined =>
  (Object.keys(names) as T[]).find((name) => names[name] === value);

/** A rule as kafkajs has it, for any host. */
const entryOf = ({ principal, resource, name, isPrefix, operation }: AclRule) => ({
  principal,
  host: '*',
  resourceType: RESOURCES[resource],
  resourceName: name,
  resourcePatternType: isPrefix ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
  operation: OPERATIONS[operation],
  permissionType: AclPermissionTypes.ALLOW,
});

/** Every right that the cluster gives on topics, groups and transactional ids. */
export const listAcls = async (admin: KafkaAdmin): Promise<AclRule[]> => {
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

export const createAcls = async (admin: KafkaAdmin, rules: readonly AclRule[]): Promise<void> => {
  await admin.createAcls({ acl: rules.map(entryOf) });
};

/** Takes rights away, from whatever host they were given for. */
export const deleteAcls = async (admin: KafkaAdmin, rules: readonly AclRule[]): Promise<void> => {
  await admin.deleteAcls({
    filters: rules.map((rule) => {
      const { host: _, ...filter } = entryOf(rule);
      return filter;
    }),
  });
};
