import { type Static, Type } from '@sinclair/typebox';
import { DatasetShape } from './shape-datasets.ts';
import { closed, closedAs, duration, identifierKind, text } from './shape-parts.ts';

export type { PolicyColumn, PolicyDataset } from './shape-datasets.ts';
export { IDENTIFIER_KINDS } from './shape-parts.ts';

/** The shape of a policy file. The JSON Schema for editors is this object, committed and drift-tested. */
const oneOrMany = (description: string) => Type.Union([text(description), Type.Array(text(description), { minItems: 1 })]);

const TimeFieldShape = Type.Union([
  text('field that holds the time: ms since 1970, or ISO 8601 text'),
  Type.Object(
    {
      field: text('field'),
      unit: Type.Union([Type.Literal('ms'), Type.Literal('s'), Type.Literal('us')], {
        description: 'unit of numbers; text is ISO 8601 whatever the unit',
      }),
    },
    closedAs('a time field in another unit than ms'),
  ),
]);

const optional = () =>
  Type.Optional(Type.Boolean({ description: 'of a key, header, part or attribute: records may lack it; without it they must not' }));

export const FieldShape = Type.Union([
  Type.Object(
    {
      role: Type.Literal('identifier'),
      kind: identifierKind('what it identifies; chooses the canonical spelling'),
      optional: optional(),
    },
    closedAs('names somebody or something; never leaves, hashed or not'),
  ),
  Type.Object(
    {
      role: Type.Literal('quasi'),
      ladder: text('name of a ladder'),
      as: Type.Optional(text('name of the attribute; default: the last part of the path')),
      axis: Type.Optional(text('which input of a ladder with several: lat, lon, name, version')),
      optional: optional(),
    },
    closedAs('may single somebody out together with others; leaves generalised, counted in the tuple'),
  ),
  Type.Object(
    {
      role: Type.Literal('sensitive'),
      ladder: text('name of a ladder'),
      as: Type.Optional(text('name of the field in outputs')),
      revealing: Type.Optional(Type.Array(text('a value that must not be most of a class'))),
      optional: optional(),
    },
    closedAs('says something about somebody; leaves as the one sensitive field of a view'),
  ),
  Type.Object(
    {
      role: Type.Literal('constant'),
      value: Type.Union([Type.String(), Type.Number(), Type.Boolean()], { description: 'the only value' }),
      optional: optional(),
    },
    closedAs('always has this value; any other is a fault'),
  ),
  Type.Object({ role: Type.Literal('drop') }, closedAs('dies in the first stage')),
]);

export const EventShape = Type.Object(
  {
    schema: oneOrMany('Avro schema file, relative to the policy'),
    topics: Type.Optional(
      Type.Array(text('topic, or a pattern of topics with parts in braces'), {
        description: 'topics whose values are this event, besides those named after it',
      }),
    ),
    patterns: Type.Optional(
      Type.Record(Type.String(), oneOrMany('pattern: text and parts in braces, such as zigbee2mqtt/{device}'), {
        description: 'texts that hold several names, by path; each part is a path below it',
      }),
    ),
    lists: Type.Optional(
      Type.Record(
        Type.String(),
        Type.Object(
          { name: text('member of an item that holds its name'), value: text('member of an item that holds its value') },
          closedAs('a list of named values'),
        ),
        { description: 'lists of named values, by path; each name is a path below it' },
      ),
    ),
    cloudevents: Type.Optional(
      Type.Boolean({ description: 'records are CloudEvents 1.0; the schema is of their data, attributes are $ce.NAME' }),
    ),
    embedded: Type.Optional(Type.Array(text('field'), { description: 'fields that hold JSON as text; the schema says what is in it' })),
    when: Type.Optional(
      Type.Object(
        { field: text('field of a bare JSON event'), equals: oneOrMany('value that makes a bare record this event') },
        closedAs('which bare JSON records are this event'),
      ),
    ),
    appendTime: Type.Optional(TimeFieldShape),
    eventTime: TimeFieldShape,
    id: text('field: event id; $position when gateways give none'),
    device: text('field: device id; also $key, $headers.NAME and $topic.PART'),
    household: Type.Optional(
      Type.Union(
        [
          Type.Literal('bindings'),
          Type.Literal('gateway'),
          Type.Object({ trusted: text('field whose publisher is trusted for it') }, closedAs('the publisher says it')),
        ],
        { description: 'how the household of a record is told: signed bindings, the gateway, or a trusted field' },
      ),
    ),
    gateway: Type.Optional(text('field: authenticated gateway')),
    account: Type.Optional(text('field: account that used the device; bindings and consent are looked up by it')),
    fields: Type.Record(Type.String(), FieldShape, {
      description: 'one role for every leaf of every schema version, by dotted path, and for what is read around the value',
    }),
  },
  closedAs('an event type: its schemas, and what each field is'),
);

export const LadderShape = Type.Union([
  Type.Object({ table: text('CSV file: value, level 1, level 2, ...') }, closedAs('a table of listed values')),
  Type.Object(
    { version: Type.Array(text('level'), { minItems: 1 }), families: Type.Optional(Type.Array(text('family'))) },
    closedAs('versions: major.minor, major, family'),
  ),
  Type.Object(
    {
      h3: Type.Array(Type.Integer({ minimum: 0, maximum: 6, description: 'resolution; 6 is about 36 square kilometres' }), { minItems: 1 }),
    },
    closedAs('places as H3 cells; axes lat and lon'),
  ),
  Type.Object({ time: Type.Array(text('hour, 6h, day, week'), { minItems: 1 }) }, closedAs('the event time')),
  Type.Object(
    { buckets: Type.Array(Type.Number({ description: 'edge' }), { minItems: 1 }) },
    closedAs('numbers between fixed edges, ends open'),
  ),
  Type.Object(
    { language: Type.Array(text('tag, primary, top'), { minItems: 1 }), top: Type.Optional(Type.Array(text('primary language'))) },
    closedAs('language tags'),
  ),
  Type.Object(
    { ip: Type.Array(text('country, region'), { minItems: 1 }) },
    closedAs('where an address is registered; the address itself dies'),
  ),
  Type.Object(
    { count: Type.Array(Type.Integer({ minimum: 1, description: 'edge' }), { minItems: 1 }) },
    closedAs('how many items a list has, between fixed edges'),
  ),
]);

export const ViewShape = Type.Object(
  {
    event: text('event type'),
    purpose: text('why, for consumers and officers'),
    consumers: Type.Array(text('consumer'), { minItems: 1, description: 'who may read the view' }),
    subject: Type.Union([Type.Literal('household'), Type.Literal('device')], { description: 'whom k counts' }),
    window: duration('tumbling window of append time'),
    k: Type.Optional(Type.Integer({ minimum: 1, description: 'least distinct subjects of a class: 20, or 50 for places; 12 at least' })),
    path: Type.Array(
      Type.Record(Type.String(), Type.Union([Type.String(), Type.Integer()]), { description: 'attribute: ladder level, or *' }),
      {
        minItems: 1,
        description: 'levels, finest first; each fixes every attribute',
      },
    ),
    sensitive: Type.Optional(text('the one sensitive field')),
    topShare: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, maximum: 1, description: 'largest share of a class that may have one revealing value: 0.5' }),
    ),
    pseudonym: Type.Optional(
      Type.Union([Type.Literal('none'), Type.Literal('class')], {
        description: 'class: connects the records of a subject inside one class',
      }),
    ),
    contribution: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: 'most records of one subject in a class: 1' })),
    gateways: Type.Optional(
      Type.Object(
        {
          min: Type.Optional(Type.Integer({ minimum: 1, description: 'least distinct gateways of a class: 4' })),
          publishers: Type.Optional(Type.Array(text('gateway id that may read the view'))),
        },
        closedAs('a class must not hang on few gateways'),
      ),
    ),
    retention: Type.Optional(duration('how long the broker may keep the view')),
  },
  closedAs('one projection of one event type for one purpose'),
);

/** Kinds of control records: what a signer may say. */
export const CONTROL_KINDS = [
  'binding',
  'consent',
  'erasure',
  'profile',
  'dataset',
  'loss',
  'period',
  'activation',
  'end',
  'recall',
  'epoch',
  'rekey',
  'acceptance',
  'shutdown',
  'replay',
] as const;

export const SignerShape = Type.Object(
  {
    key: Type.String({
      // DER of SubjectPublicKeyInfo before the 32 bytes of the key (RFC 8410, section 4), in base64.
      pattern: '^MCowBQYDK2VwAyEA[A-Za-z0-9+/]{43}=$',
      description: 'Ed25519 public key: the line of its PEM between BEGIN and END PUBLIC KEY',
    }),
    may: Type.Array(
      Type.Union(
        CONTROL_KINDS.map((kind) => Type.Literal(kind)),
        { description: 'kind of control records' },
      ),
      { minItems: 1, description: 'what the signer may say' },
    ),
  },
  closedAs('somebody whose signature on control records counts'),
);

export const PolicyShape = Type.Object(
  {
    unjoin: Type.Literal(1, { description: 'version of the policy format' }),
    name: text('name of the policy'),
    prf: Type.Optional(
      Type.Union([Type.Literal('aes-256-cmac'), Type.Literal('hmac-sha-256')], { description: 'keyed function of tokens: aes-256-cmac' }),
    ),
    epoch: Type.Optional(duration('length of a key epoch; a multiple of every window')),
    limits: Type.Optional(
      Type.Partial(
        Type.Object(
          {
            recordBytes: Type.Integer({ minimum: 64, description: 'bytes of a record: 1 MiB' }),
            depth: Type.Integer({ minimum: 1, description: 'nesting of a record: 32' }),
            items: Type.Integer({ minimum: 1, description: 'items of a list or map: 10 000' }),
            stringBytes: Type.Integer({ minimum: 1, description: 'bytes of a text: 64 KiB' }),
          },
          closedAs('bounds on input, checked before decoding'),
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
          closedAs('how long what unjoin keeps for itself may live'),
        ),
      ),
    ),
    events: Type.Record(Type.String(), EventShape, { description: 'event types by name' }),
    ladders: Type.Record(Type.String(), LadderShape, { description: 'generalisation hierarchies by name' }),
    signers: Type.Optional(Type.Record(Type.String(), SignerShape, { description: 'who may sign control records, by name' })),
    datasets: Type.Optional(
      Type.Record(Type.String(), DatasetShape, { description: 'registered personal datasets that guard views, by name' }),
    ),
    views: Type.Record(Type.String(), ViewShape, { description: 'views by name; the name is the topic' }),
  },
  closed,
);

export type Policy = Static<typeof PolicyShape>;
export type PolicyEvent = Static<typeof EventShape>;
export type PolicyField = Static<typeof FieldShape>;
export type PolicyLadder = Static<typeof LadderShape>;
export type PolicyView = Static<typeof ViewShape>;
