import { createLog, eachDevice, homeId, ieeeOf, isCommon } from './world.ts';

const NAMES = ['living room lamp', 'hallway_lamp'];

/** Zigbee2MQTT behind a bridge that puts the MQTT topic into the key; the friendly name stands nowhere else. */
export const zigbee2mqtt = (): string => {
  const log = createLog();
  const topicOf = (home: number): string => `homes.${homeId(home)}.zigbee2mqtt`;
  eachDevice((home, device) => {
    const state = isCommon(home) ? { state: 'ON', brightness: 180 } : { state: 'OFF', brightness: 0 };
    const seen = { linkquality: 98, last_seen: new Date(log.nowMs() - 400).toISOString() };
    const told = {
      friendlyName: NAMES[device],
      ieeeAddr: ieeeOf(home, device),
      networkAddress: 40_000 + home,
      model: 'LED1545G12',
      type: 'Router',
      powerSource: 'Mains (single phase)',
    };
    const value = { ...state, ...seen, ...(device === 0 ? { device: told } : {}) };
    log.add({ topic: topicOf(home), key: `zigbee2mqtt/${NAMES[device]}`, headers: {}, value });
  });
  const sound = { state: 'ON', brightness: 180, linkquality: 98, last_seen: new Date(log.nowMs()).toISOString() };
  log.add({ topic: topicOf(0), key: 'zigbee2mqtt/bridge/state', headers: {}, value: { state: 'online' } });
  log.add({ topic: topicOf(0), key: null, headers: {}, value: sound });
  return log.text();
};
