import { type Static, Type } from '@sinclair/typebox';

/** The shape of the service's configuration: where, not what. The JSON Schema for editors is this object, drift-tested. */
const closedAs = (description: string) => ({ additionalProperties: false, description });
const text = (description: string) => Type.String({ minLength: 1, description });
const millis = (description: string) => Type.Integer({ minimum: 1, maximum: 3_600_000, description });

const KafkaShape = Type.Object(
  {
    brokers: Type.Array(text('host:port'), { minItems: 1, description: 'brokers to begin with' }),
    group: text('consumer group, and prefix of the transactional ids'),
    clientId: Type.Optional(text('name that brokers see (default: unjoin)')),
    tls: Type.Optional(
      Type.Union([
        Type.Boolean({ description: 'true: TLS by the authorities of the system' }),
        Type.Object({ caFile: text('PEM file of the authority') }, closedAs('TLS by an authority of your own')),
      ]),
    ),
    sasl: Type.Optional(
      Type.Object(
        {
          mechanism: Type.Union([Type.Literal('scram-sha-512'), Type.Literal('scram-sha-256'), Type.Literal('plain')]),
          username: text('user'),
          passwordFile: text('file with the password, mode 0600'),
        },
        closedAs('how to log in; secrets stand in files of their own'),
      ),
    ),
    connectTimeoutMs: Type.Optional(millis('default 10000')),
    requestTimeoutMs: Type.Optional(millis('default 30000')),
    sessionTimeoutMs: Type.Optional(millis('silence after which the tasks of a process go to others (default 10000)')),
    transactionTimeoutMs: Type.Optional(millis('time after which a broker aborts an open transaction (default 15000)')),
  },
  closedAs('how to reach the brokers'),
);

export const ConfigShape = Type.Object(
  {
    unjoin: Type.Literal(1, { description: 'version of this format' }),
    policy: text('the policy: what may leave'),
    kafka: KafkaShape,
    topics: Type.Object(
      {
        sources: Type.Record(text('event type of the policy'), text('its topic'), { description: 'topic of each event type' }),
        prefix: text('what the names of our own topics begin with'),
        sourcePartitions: Type.Optional(
          Type.Integer({ minimum: 1, maximum: 10_000, description: 'partitions of source topics that provision makes (default: tasks)' }),
        ),
        viewPartitions: Type.Optional(
          Type.Integer({ minimum: 1, maximum: 1000, description: 'partitions of view topics that provision makes (default 4)' }),
        ),
      },
      closedAs('names of topics'),
    ),
    schemas: Type.Object({ dir: text('folder with the source schemas, each with its `schemaId`') }, closedAs('where schema ids come from')),
    tasks: Type.Integer({ minimum: 1, maximum: 1024, description: 'units of parallelism: fixed once the topics exist' }),
    keys: text('folder of the key ring, mode 0700'),
    http: Type.Object(
      { host: text('address, loopback by default'), port: Type.Integer({ minimum: 0, maximum: 65_535 }) },
      closedAs('where /livez, /readyz and /metrics are served'),
    ),
    principals: Type.Optional(
      Type.Object(
        {
          service: Type.Optional(text('principal of the service (default: the user it logs in as)')),
          gateways: Type.Optional(Type.Array(text('principal that may publish, such as User:gateway'))),
        },
        closedAs('whom provision gives rights; consumers are those of the policy'),
      ),
    ),
    limits: Type.Optional(
      Type.Object(
        {
          fetchBytes: Type.Optional(
            Type.Integer({ minimum: 65_536, maximum: 268_435_456, description: 'bytes of one fetch (default 4194304)' }),
          ),
          fetchWaitMs: Type.Optional(millis('how long a fetch may wait for records (default 200)')),
          heldEveryMs: Type.Optional(millis('how old survivors get before they are written to `held` (default 10000)')),
          idleMs: Type.Optional(millis('how far an idle partition is set behind our clock (default 30000)')),
        },
        closedAs('bounds'),
      ),
    ),
    log: Type.Optional(
      Type.Object(
        {
          level: Type.Union(
            [Type.Literal('debug'), Type.Literal('info'), Type.Literal('warn'), Type.Literal('error'), Type.Literal('silent')],
            { description: 'default info' },
          ),
        },
        closedAs('log lines on stderr'),
      ),
    ),
  },
  closedAs('configuration of the service: where, not what'),
);

export type Config = Static<typeof ConfigShape>;
