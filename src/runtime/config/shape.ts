import { type Static, Type } from '@sinclair/typebox';

/** The shape of the service's configuration: where, not what. The JSON Schema for editors is this object, drift-tested. */
const closedAs = (description: string) => ({ additionalProperties: false, description });
const text = (description: string) => Type.String({ minLength: 1, description });
const millis = (description: string) => Type.Integer({ minimum: 1, maximum: 3_600_000, description });
const whole = (minimum: number, maximum: number, description: string) => Type.Integer({ minimum, maximum, description });
const oneOf = <const T extends readonly string[]>(values: T, description: string) =>
  Type.Union(
    values.map((value) => Type.Literal(value as T[number])),
    { description },
  );

const TlsShape = Type.Union([
  Type.Boolean({ description: 'true: TLS by the authorities of the system' }),
  Type.Object({ caFile: text('PEM file of the authority') }, closedAs('TLS by an authority of your own')),
]);

const SaslShape = Type.Object(
  {
    mechanism: oneOf(['scram-sha-512', 'scram-sha-256', 'plain'], 'how the password is proven'),
    username: text('user'),
    passwordFile: text('file with the password, mode 0600'),
  },
  closedAs('how to log in; secrets stand in files of their own'),
);

const KafkaShape = Type.Object(
  {
    brokers: Type.Array(text('host:port'), { minItems: 1, description: 'brokers to begin with' }),
    group: text('consumer group, and prefix of the transactional ids'),
    clientId: Type.Optional(text('name that brokers see (default: unjoin)')),
    tls: Type.Optional(TlsShape),
    sasl: Type.Optional(SaslShape),
    connectTimeoutMs: Type.Optional(millis('default 10000')),
    requestTimeoutMs: Type.Optional(millis('default 30000')),
    sessionTimeoutMs: Type.Optional(millis('silence after which the tasks of a process go to others (default 10000)')),
    transactionTimeoutMs: Type.Optional(millis('time after which a broker aborts an open transaction (default 15000)')),
  },
  closedAs('how to reach the brokers'),
);

const TopicsShape = Type.Object(
  {
    sources: Type.Record(text('event type of the policy'), text('its topic'), { description: 'topic of each event type' }),
    prefix: text('what the names of our own topics begin with'),
    sourcePartitions: Type.Optional(whole(1, 10_000, 'partitions of source topics that provision makes (default: tasks)')),
    viewPartitions: Type.Optional(whole(1, 1000, 'partitions of view topics that provision makes (default 4)')),
    replication: Type.Optional(whole(1, 9, 'copies of each topic that provision makes (default: that of the cluster)')),
  },
  closedAs('names of topics, and what provision makes of them'),
);

const SchemasShape = Type.Union([
  Type.Object({ dir: text('folder with the source schemas, each with its `schemaId`') }, closedAs('schema ids by files')),
  Type.Object(
    {
      registry: Type.Object(
        {
          url: text('http or https address of a Confluent-compatible registry'),
          caFile: Type.Optional(text('PEM file of its authority')),
          timeoutMs: Type.Optional(millis('longest wait for a whole answer (default 5000)')),
          username: Type.Optional(text('user, where it asks for one; `passwordFile` then, too')),
          passwordFile: Type.Optional(text('file with the password, mode 0600')),
        },
        closedAs('a schema registry'),
      ),
    },
    closedAs('schema ids by a registry'),
  ),
]);

const PrincipalsShape = Type.Object(
  {
    service: Type.Optional(text('principal of the service (default: the user it logs in as)')),
    gateways: Type.Optional(Type.Array(text('principal'), { description: 'who may publish, such as User:gateway' })),
    auditors: Type.Optional(Type.Array(text('principal'), { description: 'who may read everything but what is held, to verify' })),
    officers: Type.Optional(
      Type.Array(text('principal'), { description: 'who may write the control log; what they say counts by its signatures' }),
    ),
    consumers: Type.Optional(
      Type.Record(text('consumer of the policy'), text('its principal'), {
        description: 'principals of consumers (default: User:<consumer>)',
      }),
    ),
  },
  closedAs('whom provision gives rights'),
);

const LimitsShape = Type.Object(
  {
    rssMiB: Type.Optional(whole(128, 1_048_576, 'memory that the process may take (default 1024)')),
    fetchBytes: Type.Optional(whole(65_536, 268_435_456, 'bytes of one fetch (default 4194304)')),
    fetchWaitMs: Type.Optional(millis('how long a fetch may wait for records (default 200)')),
    heldEveryMs: Type.Optional(millis('how old survivors get before they are written to `held` (default 10000)')),
    idleMs: Type.Optional(millis('how far an idle partition is set behind our clock (default 30000)')),
    skewMs: Type.Optional(millis("how far brokers' clocks may be behind ours: control records are waited for so long (default 5000)")),
  },
  closedAs('bounds'),
);

const HttpShape = Type.Object(
  { host: text('address, loopback by default'), port: whole(0, 65_535, '0: any free one') },
  closedAs('where /livez, /readyz and /metrics are served (default 127.0.0.1:9464)'),
);

const AcceptShape = Type.Object(
  {
    digest: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'what `unjoin policy diff` names as acceptance' }),
    by: Type.String({ minLength: 1, maxLength: 200, description: 'who accepts it; it stands in the audit chain' }),
    why: Type.String({ minLength: 1, maxLength: 1000, description: 'why; it stands in the audit chain' }),
  },
  closedAs('who answers for what the policy loosens against the one in force; read again with the policy'),
);

export const ConfigShape = Type.Object(
  {
    unjoin: Type.Literal(1, { description: 'version of this format' }),
    policy: text('the policy: what may leave'),
    accept: Type.Optional(AcceptShape),
    kafka: KafkaShape,
    topics: TopicsShape,
    schemas: SchemasShape,
    tasks: whole(1, 1024, 'units of parallelism: fixed once the topics exist'),
    keys: text('folder of the key ring, mode 0700'),
    plans: Type.Optional(
      text('folder of the policies that decided something, kept by digest (default: `plans` in the folder of the keys)'),
    ),
    datasets: Type.Optional(text('folder of the indexes of registered datasets; needed when the policy declares any')),
    http: Type.Optional(HttpShape),
    principals: Type.Optional(PrincipalsShape),
    limits: Type.Optional(LimitsShape),
    delayObjectiveMs: Type.Optional(millis('how long after its end a window may be open before it is told as late (default 60000)')),
    log: Type.Optional(
      Type.Object(
        { level: oneOf(['debug', 'info', 'warn', 'error', 'silent'], 'least severe line that is written (default info)') },
        closedAs('log lines on stderr'),
      ),
    ),
  },
  closedAs('configuration of the service: where, not what'),
);

export type Config = Static<typeof ConfigShape>;
