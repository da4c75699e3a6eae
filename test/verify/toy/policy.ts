/** A small policy that uses every rule the checker knows, with its schemas and ladder files, all in memory. */
export const POLICY_FILE = 'toy.yaml';

export const POLICY_TEXT = `unjoin: 1
name: toy
epoch: 24h
events:
  operation:
    schema: operation.avsc
    when: { field: type, equals: operation }
    eventTime: eventTime
    id: eventId
    device: deviceId
    household: { trusted: householdId }
    gateway: gatewayId
    fields:
      eventId: { role: identifier, kind: event-id }
      deviceId: { role: identifier, kind: device-id }
      householdId: { role: identifier, kind: household-id }
      gatewayId: { role: identifier, kind: gateway-id }
      mac: { role: identifier, kind: mac }
      eventTime: { role: drop }
      model: { role: quasi, ladder: model }
      operation: { role: quasi, ladder: operation }
      result: { role: sensitive, ladder: result, revealing: [wrong-pin] }
  location:
    schema: location.avsc
    when: { field: type, equals: location }
    eventTime: eventTime
    id: eventId
    device: deviceId
    fields:
      eventId: { role: identifier, kind: event-id }
      deviceId: { role: identifier, kind: device-id }
      eventTime: { role: quasi, ladder: time, as: time }
      lat: { role: quasi, ladder: place, axis: lat }
      lon: { role: quasi, ladder: place, axis: lon }
  ping:
    schema: ping.avsc
    when: { field: type, equals: ping }
    eventTime: eventTime
    id: eventId
    device: deviceId
    fields:
      eventId: { role: identifier, kind: event-id }
      deviceId: { role: identifier, kind: device-id }
      eventTime: { role: drop }
ladders:
  model: { table: model.csv }
  operation: { table: operation.csv }
  result: { table: result.csv }
  place: { h3: [6, 5, 4] }
  time: { time: [6h, day, week] }
views:
  usage:
    event: operation
    purpose: improve products
    consumers: [product]
    subject: household
    window: 1h
    k: 12
    path:
      - { model: series, operation: group }
      - { model: brand, operation: group }
      - { model: brand, operation: '*' }
    sensitive: result
  habits:
    event: operation
    purpose: count repeated use
    consumers: [research]
    subject: device
    window: 1h
    k: 12
    path:
      - { model: model, operation: operation }
      - { model: series, operation: group }
    pseudonym: class
    contribution: 3
    gateways: { min: 4, publishers: [gw-0000-home] }
  places:
    event: location
    purpose: where to add service
    consumers: [planning]
    subject: device
    window: 6h
    k: 12
    path:
      - { place: r6, time: 6h }
      - { place: r5, time: 6h }
      - { place: r4, time: day }
`;

const avsc = (name: string, id: number, fields: readonly (readonly [string, unknown])[]): string =>
  JSON.stringify({ type: 'record', name, namespace: 'toy', schemaId: id, fields: fields.map(([field, type]) => ({ name: field, type })) });

const optional = ['null', 'string'];

export const FILES: Readonly<Record<string, string>> = {
  'operation.avsc': avsc('operation', 1, [
    ['eventId', 'string'],
    ['deviceId', 'string'],
    ['householdId', optional],
    ['gatewayId', 'string'],
    ['mac', 'string'],
    ['eventTime', 'long'],
    ['model', 'string'],
    ['operation', 'string'],
    ['result', optional],
  ]),
  'location.avsc': avsc('location', 2, [
    ['eventId', 'string'],
    ['deviceId', 'string'],
    ['eventTime', 'long'],
    ['lat', 'double'],
    ['lon', 'double'],
  ]),
  'ping.avsc': avsc('ping', 3, [
    ['eventId', 'string'],
    ['deviceId', 'string'],
    ['eventTime', 'long'],
  ]),
  'model.csv': `model,series,brand
aero-1,aero,Northwind
aero-2,aero,Northwind
terra-1,terra,Northwind
luma-1,luma,Contoso
luma-2,luma,Contoso
nova-1,nova,Fabrikam
*,,Unbranded
`,
  'operation.csv': `operation,group
unlock,door
lock,door
dim,light
switch,light
brew,kitchen
*,,elsewhere
`,
  'result.csv': `result,kind
ok,fine
timeout,trouble
wrong-pin,trouble
jammed,trouble
*,,trouble
`,
};
