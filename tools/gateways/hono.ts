import { createLog, deviceId, eachDevice, isCommon } from './world.ts';

const TOPIC = 'hono.telemetry.smart-homes';

/** Eclipse Hono: the key is the device id, metadata are headers, the topic names the tenant. */
export const hono = (): string => {
  const log = createLog();
  const headersOf = (id: string): Record<string, string> => ({
    'content-type': 'application/json',
    'creation-time': String(log.nowMs() - 250),
    device_id: id,
    qos: '1',
    orig_adapter: 'hono-mqtt',
    orig_address: 'telemetry',
  });
  const value = { temperature: 21.5, battery: 88, firmware: '2.1.0' };
  eachDevice((home, device) => {
    const id = deviceId(home, device);
    const reading = isCommon(home) ? value : { temperature: 31, battery: 12, firmware: '2.1.0' };
    log.add({ topic: TOPIC, key: id, headers: headersOf(id), value: reading });
  });
  const lost = deviceId(0, 9);
  log.add({ topic: TOPIC, key: null, headers: headersOf(lost), value });
  log.add({ topic: TOPIC, key: lost, headers: { 'content-type': 'application/json', device_id: lost }, value });
  const opaque = { ...headersOf(lost), 'content-type': 'application/octet-stream' };
  log.add({ topic: TOPIC, key: lost, headers: opaque, value });
  return log.text();
};
