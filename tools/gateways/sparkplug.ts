import { createLog, deviceId, eachDevice, gatewayId, HOMES, homeId, isCommon } from './world.ts';

const TOPIC = 'sparkplug.json';

/** Sparkplug B as JSON: the MQTT topic is the key and says who speaks, metrics are a list of named values. */
export const sparkplug = (): string => {
  const log = createLog();
  let seq = 0;
  const metric = (name: string, dataType: string, value: unknown) => ({ name, timestamp: log.nowMs() - 120, dataType, value });
  const add = (key: string, metrics: readonly object[]): void => {
    const payload = { timestamp: log.nowMs() - 100, metrics, seq: seq++ % 256 };
    log.add({ topic: TOPIC, key, headers: {}, value: payload });
  };
  const keyOf = (message: string, home: number, device?: string): string =>
    ['spBv1.0', homeId(home), message, gatewayId(home), ...(device === undefined ? [] : [device])].join('/');
  for (let home = 0; home < HOMES; home++) {
    const serial = `SN${deviceId(home, 0).slice(4).toUpperCase()}`;
    add(keyOf('NBIRTH', home), [metric('Node Control/Rebirth', 'Boolean', false), metric('bdSeq', 'Int64', 0)]);
    add(keyOf('DBIRTH', home, deviceId(home, 0)), [
      metric('Properties/Serial', 'String', serial),
      metric('Outputs/Mode', 'String', 'heat'),
      metric('Inputs/Room Temperature', 'Float', 19),
    ]);
  }
  eachDevice((home, device) => {
    const mode = metric('Outputs/Mode', 'String', isCommon(home) ? 'heat' : 'cool');
    const room = metric('Inputs/Room Temperature', 'Float', isCommon(home) ? 21.4 : 27.1);
    add(keyOf('DDATA', home, deviceId(home, device)), [mode, room, metric('Inputs/Humidity', 'Float', 40 + home)]);
  });
  const key = keyOf('DDATA', 0, deviceId(0, 0));
  const room = metric('Inputs/Room Temperature', 'Float', 21.4);
  add(key, [room, { ...room, value: 21.5 }]);
  add(keyOf('STATE', 0), [room]);
  add(`spBv1.0/${homeId(0)}`, [room]);
  return log.text();
};
