import { createLog, deviceId, eachDevice, homeId, isCommon, uuidOf } from './world.ts';

const TOPIC = 'events';

/** CloudEvents 1.0: one device of each home in binary mode, the other in structured mode. */
export const cloudevents = (): string => {
  const log = createLog();
  const attributesOf = (home: number, device: number) => ({
    specversion: '1.0',
    id: uuidOf(home, device),
    source: `/homes/${homeId(home)}/locks`,
    type: 'com.example.lock.operation',
    subject: deviceId(home, device),
    time: new Date(log.nowMs() - 60).toISOString(),
  });
  type Attributes = ReturnType<typeof attributesOf>;
  const binary = (attributes: Attributes, data: object, contentType = 'application/json'): void => {
    const named = Object.entries(attributes).map(([name, value]) => [`ce_${name}`, value] as const);
    const headers = { ...Object.fromEntries(named), 'content-type': contentType };
    log.add({ topic: TOPIC, key: attributes.subject, headers, value: data });
  };
  const structured = (attributes: Attributes, data: object): void => {
    const headers = { 'content-type': 'application/cloudevents+json; charset=UTF-8' };
    const value = { ...attributes, datacontenttype: 'application/json', data };
    log.add({ topic: TOPIC, key: attributes.subject, headers, value });
  };
  eachDevice((home, device) => {
    // One device of its home alone: what comes twice is a duplicate, and never folded into another device's event.
    if (home === 2 && device === 1) return;
    const data = isCommon(home) ? { operation: 'unlock', result: 'ok' } : { operation: 'reset', result: 'ok' };
    (device === 0 ? binary : structured)(attributesOf(home, device), data);
  });
  const data = { operation: 'unlock', result: 'ok' };
  // The same event once more, in the other mode.
  structured({ ...attributesOf(2, 0), time: new Date(log.nowMs() - 60_000).toISOString() }, data);
  binary({ ...attributesOf(0, 7), type: 'com.example.lock.paired' }, data);
  binary(attributesOf(0, 8), data, 'application/avro');
  log.add({ topic: TOPIC, key: deviceId(0, 9), headers: { 'content-type': 'application/json' }, value: data });
  return log.text();
};
