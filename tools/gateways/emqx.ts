import { createLog, deviceId, eachDevice, homeId, ipOf, isCommon, macOf } from './world.ts';

const TOPIC = 'emqx.smart-home';

/** The Kafka sink of EMQX with its default templates: the key is the client id, the value is the whole MQTT message. */
export const emqx = (): string => {
  const log = createLog();
  let message = 0;
  const publish = (client: string, home: number, topic: string, payload: string) => ({
    username: `user-${homeId(home).slice(5)}`,
    topic,
    timestamp: log.nowMs() - 30,
    qos: 1,
    publish_received_at: log.nowMs() - 30,
    pub_props: { 'User-Property': {} },
    peerhost: ipOf(home),
    payload,
    node: 'emqx@127.0.0.1',
    metadata: { rule_id: 'to_kafka' },
    id: `000645A1C0FFEE00F44500003B${String(message++).padStart(6, '0')}`,
    flags: { retain: false, dup: false },
    event: 'message.publish',
    clientid: client,
  });
  const add = (value: ReturnType<typeof publish>): void => log.add({ topic: TOPIC, key: value.clientid, headers: {}, value });
  eachDevice((home, device) => {
    // One device of its home alone: what comes twice is a duplicate, and never folded into another device's event.
    if (home === 3 && device === 1) return;
    const what = isCommon(home) ? { operation: 'unlock', result: 'ok' } : { operation: 'reset', result: 'ok' };
    const payload = JSON.stringify({ model: 'door-lock-2', mac: macOf(home, device), ...what });
    const value = publish(deviceId(home, device), home, `homes/${homeId(home)}/${deviceId(home, device)}/operation`, payload);
    add(value);
    // QoS 1: at least once.
    if (home === 3 && device === 0) add(value);
  });
  const client = deviceId(0, 0);
  add(publish(client, 0, `homes/${homeId(0)}/${client}/operation`, 'unlock'));
  add(publish(client, 0, '$SYS/brokers', '{"model":"door-lock-2","operation":"unlock"}'));
  add(publish(client, 0, `homes/${homeId(0)}/${client}/operation`, '{"model":"door-lock-2","operation":"unlock","pin":"0000"}'));
  return log.text();
};
