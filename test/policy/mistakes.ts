import type { IssueCode } from '../../src/policy/codes.ts';
import { DATASETS } from './mistakes-datasets.ts';

/**
 * One mistake each: what is edited in the base policy, with `«` at the place where its one issue must be, and a part of
 * the fix that must be told. A second edit may belong to it.
 */
export type Mistake = readonly [code: IssueCode, from: string, to: string, fix: string, from2?: string, to2?: string];

/** The path of the view `sensors`. */
const PARTS = "      - { sensors: bucket, duration: bucket }\n      - { sensors: bucket, duration: '*' }\n";

const FILE: readonly Mistake[] = [
  ['policy-syntax', 'consumers: [city]', 'consumers: [city\n    «subject: household', 'indent'],
  ['policy-syntax', 'name: base\n', 'name: base\n«\tepoch: 1d\n', 'spaces'],
  ['policy-syntax', '    retention: 30d\n  presence', '    retention: 30d\n«---\n  presence', 'one document a file'],
  ['policy-syntax', 'name: base\n', 'name: base\n«[a]: b\n', 'quotes'],
  ['policy-alias', 'purpose: choose defaults', 'purpose: «*other', 'write the value out'],
  ['policy-tag', 'purpose: choose defaults', 'purpose: !!str «choose', 'delete'],
  ['policy-tag', 'consumers: [design]', 'consumers: !names «[design]', 'delete'],
  ['policy-duplicate-key', '    subject: device\n', '    subject: device\n    «subject: household\n', 'delete one'],
  ['policy-duplicate-key', 'name: base\n', 'name: base\n«"name": other\n', 'delete one'],
  ['policy-bad-name', '  usage:\n', '  «"":\n', 'rename'],
  ['policy-bad-name', '  sensors:\n    event', '  «"a\\nb":\n    event', 'rename'],
  ['policy-bad-name', '  theme: { table: theme.csv }', '  «__proto__: { table: theme.csv }', 'rename'],
];

const TOPICS = '    topics: [home.actions]\n';
const ID = '    id: eventId\n    device: deviceId\n    household: { trusted: householdId }\n    gateway: gatewayId\n';

/** Where the roles of the first event begin. */
const FIELDS = '    gateway: gatewayId\n    fields:\n';

/** What events read beside the fields of their schemas. */
const DERIVED: readonly Mistake[] = [
  ['pattern-invalid', TOPICS, "    topics: [home.actions, «'home.{a}{b}']\n", 'zigbee2mqtt/{device}'],
  ['pattern-invalid', TOPICS, `${TOPICS}    patterns: { $key: ['a/{a}', «'{a'] }\n`, 'zigbee2mqtt/{device}', 'raw: { role: drop }', 'raw: { role: drop }\n      $key.a: { role: drop }'],
  ['pattern-not-a-text', TOPICS, `${TOPICS}    patterns: { «durationMs: 'x/{a}' }\n`, 'a text field', 'raw: { role: drop }', 'raw: { role: drop }\n      durationMs.a: { role: drop }'],
  ['pattern-not-a-text', TOPICS, `${TOPICS}    patterns: { «$topic: 'x/{a}' }\n`, 'among `topics`', 'raw: { role: drop }', 'raw: { role: drop }\n      $topic.a: { role: drop }'],
  ['list-invalid', TOPICS, `${TOPICS}    lists: { «sensors: { name: kind, value: nothing } }\n`, 'two members'],
  ['list-invalid', TOPICS, `${TOPICS}    lists: { «raw: { name: kind, value: serial } }\n`, 'name a list'],
  ['optional-misplaced', 'sensors[].serial: { role: identifier, kind: serial }', 'sensors[].serial: { role: identifier, kind: serial, «optional: true }', 'delete `optional`'],
  ['embedded-invalid', TOPICS, `${TOPICS}    embedded: [«raw]\n`, 'schema is a record'],
  ['event-id-missing', ID, ID.replace('eventId', '«$position'), 'with an id'],
  ['field-reserved', '    schema: location.avsc\n', '    schema: «reserved.avsc\n', 'rename'],
  ['field-without-role', TOPICS, `    patterns: { $key: 'home/{device}' }\n${TOPICS}`, '$key.device', FIELDS, FIELDS.replace('fields', '«fields')],
  ['field-without-role', '    when: { field: type, equals: operation }\n', '    when: { field: $headers.sent, equals: operation }\n', '$headers.sent', FIELDS, FIELDS.replace('fields', '«fields')],
  ['field-not-an-identifier', ID, ID.replace('deviceId', '«$key'), 'role: identifier'],
  ['field-unknown', ID, ID.replace('deviceId', '«$ce.subject'), 'name a field'],
  ['field-unknown', ID, ID.replace('deviceId', '«$timestamp'), 'name a field'],
  ['field-unknown', 'when: { field: type, equals: operation }', 'when: { field: «$position, equals: operation }', 'name a field'],
  ['field-unknown', '    appendTime: receivedAt\n', '    appendTime: «$headers.at\n', 'field of the value'],
]; // biome-ignore format: a table

const SHAPE: readonly Mistake[] = [
  ['policy-unknown-key', 'name: base\n', 'name: base\n«epochs: 7d\n', 'delete it'],
  ['policy-unknown-key', 'epoch: 7d\n', '«epohc: 7d\n', 'did you mean `epoch`?'],
  ['policy-unknown-key', '    purpose: improve products', '    «porpose: improve products', 'did you mean `purpose`?'],
  ['policy-unknown-key', 'model: { role: quasi, ladder: model }', 'model: { role: quasi, «lader: model }', 'did you mean `ladder`?'],
  ['policy-unknown-key', 'raw: { role: drop }', 'raw: { «rle: drop }', 'did you mean `role`?'],
  ['policy-unknown-key', 'theme: { table: theme.csv }', 'theme: { «tabel: theme.csv }', 'did you mean `table`?'],
  ['policy-unknown-key', 'theme: { table: theme.csv }', 'theme: { table: theme.csv, «h3: [6] }', 'delete it'],
  ['policy-unknown-key', 'raw: { role: drop }', 'raw: { role: drop, «ladder: model }', 'delete it'],
  ['policy-missing-key', 'name: base\n', '', 'add `name`: name of the policy', 'unjoin: 1', '«unjoin: 1'],
  ['policy-missing-key', '  looks:\n    event: operation\n', '  «looks:\n', 'add `event`'],
  ['policy-missing-key', 'raw: { role: drop }', '«raw: {}', 'identifier, quasi, sensitive, constant, drop'],
  ['policy-missing-key', 'sensors[].serial: { role: identifier, kind: serial }', '«sensors[].serial: { role: identifier }', 'add `kind`'],
  ['policy-missing-key', 'theme: { table: theme.csv }', '«theme: {}', 'table, version, h3'],
  ['policy-wrong-type', 'k: 20', 'k: «twenty', 'write a whole number of at least 1'],
  ['policy-wrong-type', 'k: 20', 'k: «20.5', 'write a whole number'],
  ['policy-wrong-type', 'consumers: [design]', 'consumers: «design', 'write a list'],
  ['policy-wrong-type', 'raw: { role: drop }', 'raw: «drop', 'write a map'],
  [
    'policy-wrong-type',
    'eventTime: eventTime\n    id: eventId\n    device: deviceId\n    household: { trusted: householdId }\n    gateway',
    'eventTime: «7\n    id: eventId\n    device: deviceId\n    household: { trusted: householdId }\n    gateway',
    'write a text',
  ],
  ['policy-wrong-type', 'gateways: { min: 4 }', 'gateways: «', 'write a map'],
  ['policy-wrong-value', 'unjoin: 1', 'unjoin: «2', 'write 1'],
  ['policy-wrong-value', 'window: 24h', 'window: «24 hours', 'a duration such as'],
  ['policy-wrong-value', 'subject: device\n', 'subject: «devices\n', 'did you mean `device`?'],
  ['policy-wrong-value', 'kind: serial', 'kind: «serials', 'did you mean `serial`?'],
  ['policy-wrong-value', 'raw: { role: drop }', 'raw: { role: «dorp }', 'did you mean `drop`?'],
  ['policy-wrong-value', 'pseudonym: class', 'pseudonym: «daily', 'none, class'],
  ['policy-wrong-value', 'consumers: [city]', 'consumers: «[]', 'at least 1'],
  ['policy-wrong-value', 'h3: [6, 5, 4]', 'h3: [«7, 6, 5]', 'at most 6'],
  ['policy-wrong-value', 'contribution: 2', 'topShare: «0', 'above 0 and at most 1'],
  ['policy-wrong-value', 'purpose: plan parts', "purpose: «''", 'write a text'],
];

const EVENTS: readonly Mistake[] = [
  ['schema-unsupported', 'schema: location.avsc', 'schema: «recursive.avsc', 'change the schema'],
  [
    'schema-id-doubled',
    'schema: [operation.avsc, operation-2.avsc]',
    'schema: [operation.avsc, operation-2.avsc, «operation-2b.avsc]',
    'its own `schemaId`',
  ],
  [
    'event-later',
    '\nladders:\n',
    '\n  «log:\n    schema: log.avsc\n    eventTime: at\n    id: id\n    device: id\n    fields: { id: { role: identifier, kind: event-id }, at: { role: drop } }\n\nladders:\n',
    'take the event',
  ],
  ['event-ambiguous', 'equals: [location, position]', 'equals: [location, «operation]', 'one of the two'],
  ['event-ambiguous', '    schema: location.avsc\n', '    schema: location.avsc\n    topics: [a, «home.actions]\n', 'one of the two'],
  [
    'field-without-role',
    '    fields:\n      eventId: { role: identifier, kind: event-id }\n      deviceId: { role: identifier, kind: device-id }\n      householdId: { role: identifier, kind: household-id }\n      gatewayId',
    '    «fields:\n      deviceId: { role: identifier, kind: device-id }\n      householdId: { role: identifier, kind: household-id }\n      gatewayId',
    'eventId: { role: drop }',
  ],
  [
    'field-without-role',
    '    fields:\n      eventId: { role: identifier, kind: event-id }\n      deviceId: { role: identifier, kind: device-id }\n      householdId: { role: identifier, kind: household-id }\n      eventTime: { role: quasi',
    '    «fields:\n      eventId: { role: identifier, kind: event-id }\n      deviceId: { role: identifier, kind: device-id }\n      eventTime: { role: quasi',
    'householdId: { role: drop }',
  ],
  ['field-unknown', '      raw: { role: drop }', '      «rwa: { role: drop }', 'did you mean `raw`?'],
  ['field-unknown', '      raw: { role: drop }', '      raw: { role: drop }\n      «entirelyDifferent: { role: drop }', 'delete it'],
  ['field-unknown', '      model: { role: quasi', '      «modle: { role: quasi', 'did you mean `model`?'],
  ['field-unknown', '      $reason: { role: drop }', '      «reason: { role: drop }', 'did you mean `$reason`?'],
  ['field-unknown', 'sensors[].kind', '«sensors.kind', 'did you mean `sensors[].kind`?'],
  ['field-unknown', 'gateway: gatewayId', 'gateway: «gatewayIdd', 'did you mean `gatewayId`?'],
  ['field-unknown', 'appendTime: receivedAt', 'appendTime: «meta.receivedAt', 'name a field'],
  ['field-unknown', 'when: { field: type, equals: operation }', 'when: { field: «meta.type, equals: operation }', 'name a field'],
  ['field-two-roles', '      raw: { role: drop }', '      raw: { role: drop }\n      «os: { role: drop }', 'delete'],
  ['field-not-a-value', 'settings: { role: drop }', '«settings: { role: constant, value: x }', 'drop or identifier'],
  [
    'field-not-a-value',
    'sensors[].kind: { role: drop }',
    '«sensors[].kind: { role: quasi, ladder: theme, as: kind }',
    'drop or identifier',
  ],
  [
    'field-not-a-value',
    'sensors: { role: quasi, ladder: sensors }\n      sensors[].serial: { role: identifier, kind: serial }',
    'sensors: { role: quasi, ladder: sensors }\n      «sensors[].serial: { role: constant, value: x }',
    'drop or identifier',
  ],
  ['field-not-a-value', 'gateway: gatewayId', 'gateway: «settings', 'one value'],
  ['field-not-an-identifier', 'gateway: gatewayId', 'gateway: «channel', 'role: identifier'],
  [
    'field-not-an-identifier',
    'deviceId: { role: identifier, kind: device-id }\n      householdId: { role: identifier, kind: household-id }\n      gatewayId',
    'deviceId: { role: drop }\n      householdId: { role: identifier, kind: household-id }\n      gatewayId',
    'role: identifier',
    'device: deviceId\n    household: { trusted: householdId }\n    gateway',
    'device: «deviceId\n    household: { trusted: householdId }\n    gateway',
  ],
  ['field-not-a-time', 'appendTime: receivedAt', 'appendTime: «channel', 'holds a time'],
  ['constant-impossible', 'value: home', 'value: «house', 'enum'],
  ['constant-impossible', 'value: home', 'value: «7', 'enum'],
  ['household-without-gateway', 'household: { trusted: householdId }\n    fields', 'household: «gateway\n    fields', 'add `gateway'],
];

const ATTRIBUTES: readonly Mistake[] = [
  ['ladder-unknown', '{ role: quasi, ladder: operation }', '{ role: quasi, ladder: «operatoin }', 'did you mean `operation`?'],
  ['ladder-unknown', '{ role: quasi, ladder: operation }', '{ role: quasi, ladder: «verbs }', 'add `verbs`'],
  ['ladder-wrong-type', 'raw: { role: drop }', 'raw: { role: quasi, ladder: «theme }', 'another kind'],
  [
    'ladder-wrong-type',
    '{ role: quasi, ladder: duration, as: duration }',
    '{ role: quasi, ladder: «sensors, as: duration }',
    'another field',
  ],
  ['ladder-wrong-type', 'sensors: { role: quasi, ladder: sensors }', 'sensors: { role: quasi, ladder: «duration }', 'another kind'],
  ['axis-unknown', 'axis: lat }', 'axis: «latt }', 'did you mean `lat`?'],
  ['axis-unknown', '{ role: quasi, ladder: theme }', '{ role: quasi, ladder: theme, as: theme, axis: «name }', 'delete `axis`'],
  ['axis-missing', 'gps.lat: { role: quasi, ladder: place, axis: lat }', '«gps.lat: { role: quasi, ladder: place }', 'axis'],
  [
    'axis-missing',
    'gps.lat: { role: quasi, ladder: place, axis: lat }\n      gps.lon',
    'gps.lat: { role: drop }\n      «gps.lon',
    'axis: lat',
  ],
  ['axis-doubled', 'gps.accuracy: { role: drop }', 'gps.accuracy: { role: quasi, ladder: place, axis: «lat }', 'one of the fields'],
  ['attribute-mixed', 'gps.accuracy: { role: drop }', '«gps.accuracy: { role: quasi, ladder: time, as: place, axis: x }', 'another `as`'],
  ['attribute-doubled', '      $reason: { role: drop }', '      $reason: { role: quasi, ladder: theme, as: «model }', 'another name'],
  ['attribute-bad-name', '      $reason: { role: drop }', '      «$reason: { role: quasi, ladder: theme }', '`as`'],
  ['attribute-bad-name', '      $reason: { role: drop }', '      $reason: { role: quasi, ladder: theme, as: «level }', '`as`'],
  ['time-not-event-time', '      $reason: { role: drop }', '      $reason: { role: quasi, ladder: «time, as: reason }', 'eventTime'],
  ['revealing-unknown', 'revealing: [failed-pin]', 'revealing: [ok, «failed-pni]', 'as the ladder lists it'],
];

const VIEWS: readonly Mistake[] = [
  ['view-bad-name', '  looks:\n', '  «../looks:\n', 'letters'],
  ['view-name-doubled', '  presence:\n', '  «Look_s:\n', 'rename'],
  ['view-event-unknown', 'event: location', 'event: «locations', 'did you mean `location`?'],
  [
    'view-without-household',
    '    household: { trusted: householdId }\n    fields',
    '    fields',
    'subject: device',
    'subject: household\n    window: 6h',
    'subject: «household\n    window: 6h',
  ],
  ['k-too-small', 'k: 20', 'k: «11', '12 or more'],
  ['k-low', 'k: 20', 'k: «19', 'use 20'],
  ['k-low', '    window: 6h\n', '    window: 6h\n    k: «49\n', 'use 50'],
  ['contribution-high', 'contribution: 2', 'contribution: «6', 'use 5 or less'],
  ['sensitive-unknown', 'sensitive: result', 'sensitive: «resutl', 'did you mean `result`?'],
  ['sensitive-wrong-role', 'sensitive: result', 'sensitive: «duration', 'role sensitive'],
  ['sensitive-wrong-role', 'sensitive: result', 'sensitive: «raw', 'role sensitive'],
  ['pseudonym-with-sensitive', 'gateways: { min: 4 }', 'pseudonym: «class', 'none'],
  ['pseudonym-with-place', '    window: 6h\n', '    window: 6h\n    pseudonym: «class\n', 'none'],
  ['gateways-without-field', '    window: 6h\n', '    window: 6h\n    «gateways: {}\n', 'add `gateway'],
  ['path-attribute-unknown', '{ sensors: bucket, duration: bucket }', '{ sensors: bucket, «duraton: bucket }', 'did you mean `duration`?'],
  [
    'path-attribute-unknown',
    '{ sensors: bucket, duration: bucket }',
    '{ sensors: bucket, «durationMs: bucket }',
    'not the field: `duration`',
  ],
  ['path-attribute-missing', "{ sensors: bucket, duration: '*' }", '«{ sensors: bucket }', 'give it a level'],
  [
    'path-attribute-sensitive',
    PARTS,
    PARTS.replace('bucket }', 'bucket, «result: result }').replace("'*' }", "'*', result: class }"),
    'sensitive: result',
  ],
  ['path-level-unknown', '{ model: series, operation: group }', '{ model: «serie, operation: group }', 'did you mean `series`?'],
  ['path-level-unknown', '{ place: 6, time: 6h }', '{ place: «7, time: 6h }', 'r6'],
  [
    'path-level-empty',
    '- { sensors: bucket, duration: bucket }\n',
    "- { sensors: bucket, duration: bucket }\n      - «{ sensors: '*', duration: '*' }\n",
    'delete it',
  ],
  ['path-level-empty', PARTS, '      - «{}\n', 'delete it'],
  [
    'path-too-long',
    '    path:\n      - { sensors: bucket, duration: bucket }\n',
    `    «path:\n${'      - { sensors: bucket, duration: bucket }\n'.repeat(63)}`,
    '63',
  ],
  ['path-not-monotone', '{ model: brand, operation: area }', '{ model: «series, operation: area }', 'fine to coarse'],
  ['path-not-monotone', '- { model: brand, operation: area }', '- «{ model: brand, operation: group }', 'coarser'],
  ['path-wide', `    path:\n${PARTS}`, '    «path:\n      - { sensors: bucket, duration: bucket, theme: theme, os: major }\n', 'two views'],
  ['window-not-in-epoch', 'window: 24h', 'window: «5h', '24h'],
  ['window-not-in-epoch', 'window: 24h', 'window: «9999999999999999999w', '24h'],
  ['window-too-short', 'window: 6h', 'window: «1h', '6h'],
  ['time-too-fine', '{ place: 6, time: 6h }', '{ place: 6, time: «hour }', '6h'],
  [
    'consumer-windows-differ',
    'consumers: [design]',
    'consumers: [supply]',
    'use 24h',
    'product-analytics]\n    subject: household\n    window: 1h\n    path',
    'product-analytics]\n    subject: household\n    window: «1h\n    path',
  ],
  [
    'consumer-attribute-shared',
    PARTS,
    '      - { sensors: bucket, «model: series }\n      - { sensors: bucket, model: brand }\n',
    'take it from one',
  ],
  ['consumer-sensitive-shared', PARTS, `${PARTS}    sensitive: «result\n`, 'take it from one'],
  [
    'retention-missing',
    '    contribution: 2\n    retention: 30d\n',
    '    contribution: 2\n',
    'retention: 30d',
    '  looks:\n',
    '  «looks:\n',
  ],
  ['retention-too-long', 'quarantine: 72h', 'quarantine: «8d', '7d at most'],
  ['retention-keys', 'keys: 30d', 'keys: «12h', 'longest window'],
];

export const MISTAKES: readonly Mistake[] = [...FILE, ...SHAPE, ...DERIVED, ...EVENTS, ...ATTRIBUTES, ...VIEWS, ...DATASETS];
