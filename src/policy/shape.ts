import { type Static, Type } from '@sinclair/typebox';

/** The shape of a policy file. The JSON Schema for editors is this object, committed and drift-tested. */
const closed = { additionalProperties: false };
const text = (description: string) => Type.String({ minLength: 1, description });
const duration = (description: string) => Type.String({ pattern: '^[1-9][0-9]*(ms|s|m|h|d|w)$', description });
const oneOrMany = (description: string) => Type.Union([text(description), Type.Array(text(description), { minItems: 1 })]);

const TimeFieldShape = Type.Union([
  text('field that holds the time: ms since 1970, or ISO 8601 text'),
  Type.Object({ field: text('field'), unit: Type.Union([Type.Literal('ms'), Type.Literal('s'), Type.Literal('us')]) }, closed),
]);

export const IDENTIFIER_KINDS = [
  'device-id',
  'account-id',
  'household-id',
  'gateway-id',
  'event-id',
  'session-id',
  'user-id',
  'mac',
  'bssid',
  'ssid',
  'bluetooth',
  'device-name',
  'imei',
  'serial',
  'advertising-id',
  'phone',
  'email',
  'ip',
  'position',
  'other',
] as const;

export const FieldShape = Type.Union([
  Type.Object({ role: Type.Literal('identifier'), kind: Type.Union(IDENTIFIER_KINDS.map((kind) => Type.Literal(kind))) }, closed),
  Type.Object(
    {
      role: Type.Literal('quasi'),
      ladder: text('name of a ladder'),
      as: Type.Optional(text('name of the attribute; default: the last part of the path')),
      axis: Type.Optional(text('which input of a ladder with several: lat, lon, name, version')),
    },
    closed,
  ),
  Type.Object(
    {
      role: Type.Literal('sensitive'),
      ladder: text('name of a ladder'),
      as: Type.Optional(text('name of the field in outputs')),
      revealing: Type.Optional(Type.Array(text('a value that must not be most of a class'))),
    },
    closed,
  ),
  Type.Object({ role: Type.Literal('constant'), value: Type.Union([Type.String(), Type.Number(), Type.Boolean()]) }, closed),
  Type.Object({ role: Type.Literal('drop') }, closed),
]);

export const EventShape = Type.Object(
  {
    schema: oneOrMany('Avro schema file, relative to the policy'),
    topics: Type.Optional(Type.Array(text('topic'))),
    when: Type.Optional(Type.Object({ field: text('field of a bare JSON event'), equals: oneOrMany('value') }, closed)),
    appendTime: Type.Optional(TimeFieldShape),
    eventTime: TimeFieldShape,
    id: text('field: event id'),
    device: text('field: device id'),
    household: Type.Optional(
      Type.Union([
        Type.Literal('bindings'),
        Type.Literal('gateway'),
        Type.Object({ trusted: text('field whose publisher is trusted for it') }, closed),
      ]),
    ),
    gateway: Type.Optional(text('field: authenticated gateway')),
    fields: Type.Record(Type.String(), FieldShape),
  },
  closed,
);

export const LadderShape = Type.Union([
  Type.Object({ table: text('CSV file: value, level 1, level 2, ...') }, closed),
  Type.Object({ version: Type.Array(text('level'), { minItems: 1 }), families: Type.Optional(Type.Array(text('family'))) }, closed),
  Type.Object({ h3: Type.Array(Type.Integer({ minimum: 0, maximum: 6 }), { minItems: 1 }) }, closed),
  Type.Object({ time: Type.Array(text('hour, 6h, day, week'), { minItems: 1 }) }, closed),
  Type.Object({ buckets: Type.Array(Type.Number(), { minItems: 1 }) }, closed),
  Type.Object(
    { language: Type.Array(text('tag, primary, top'), { minItems: 1 }), top: Type.Optional(Type.Array(text('primary language'))) },
    closed,
  ),
  Type.Object({ ip: Type.Array(text('country, region'), { minItems: 1 }) }, closed),
  Type.Object({ count: Type.Array(Type.Integer({ minimum: 1 }), { minItems: 1 }) }, closed),
]);

export const ViewShape = Type.Object(
  {
    event: text('event type'),
    purpose: text('why, for consumers and officers'),
    consumers: Type.Array(text('consumer'), { minItems: 1 }),
    subject: Type.Union([Type.Literal('household'), Type.Literal('device')]),
    window: duration('tumbling window of append time'),
    k: Type.Optional(Type.Integer({ minimum: 1 })),
    path: Type.Array(Type.Record(Type.String(), Type.Union([Type.String(), Type.Integer()])), { minItems: 1 }),
    sensitive: Type.Optional(text('the one sensitive field')),
    topShare: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1 })),
    pseudonym: Type.Optional(Type.Union([Type.Literal('none'), Type.Literal('class')])),
    contribution: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
    gateways: Type.Optional(
      Type.Object(
        {
          min: Type.Optional(Type.Integer({ minimum: 1 })),
          publishers: Type.Optional(Type.Array(text('gateway id that may read the view'))),
        },
        closed,
      ),
    ),
    retention: Type.Optional(duration('how long the broker may keep the view')),
  },
  closed,
);

export const PolicyShape = Type.Object(
  {
    unjoin: Type.Literal(1),
    name: text('name of the policy'),
    prf: Type.Optional(Type.Union([Type.Literal('aes-256-cmac'), Type.Literal('hmac-sha-256')])),
    epoch: Type.Optional(duration('length of a key epoch; a multiple of every window')),
    limits: Type.Optional(
      Type.Partial(
        Type.Object(
          {
            recordBytes: Type.Integer({ minimum: 64 }),
            depth: Type.Integer({ minimum: 1 }),
            items: Type.Integer({ minimum: 1 }),
            stringBytes: Type.Integer({ minimum: 1 }),
          },
          closed,
        ),
      ),
    ),
    retention: Type.Optional(
      Type.Partial(
        Type.Object(
          {
            quarantine: duration('72h; 7d at most'),
            lineage: duration('sealed lineage'),
            audit: duration('audit lines'),
            keys: duration('a key epoch after its end'),
          },
          closed,
        ),
      ),
    ),
    events: Type.Record(Type.String(), EventShape),
    ladders: Type.Record(Type.String(), LadderShape),
    datasets: Type.Optional(Type.Object({}, closed)),
    views: Type.Record(Type.String(), ViewShape),
  },
  closed,
);

export type Policy = Static<typeof PolicyShape>;
export type PolicyEvent = Static<typeof EventShape>;
export type PolicyField = Static<typeof FieldShape>;
export type PolicyLadder = Static<typeof LadderShape>;
export type PolicyView = Static<typeof ViewShape>;
