import { createLog, deviceId, eachDevice, isCommon } from './world.ts';

const TOPIC = 'tuya.messages';

/** Messages of Tuya's cloud after its SDK opened them: an envelope, in `data` a device's status as a list of codes. */
export const tuya = (): string => {
  const log = createLog();
  let number = 0;
  const add = (data: object, key: string | null = null): void => {
    const value = { data, protocol: 4, pv: '2.0', sign: 'c2lnbmVk', t: log.nowMs() - 80 };
    log.add({ topic: TOPIC, key, headers: {}, value });
  };
  /** An item of the list: besides the code, it has the data point's number as a member. */
  const status = (code: string, value: unknown, point: number) => ({ code, t: log.nowMs() - 90, value, [String(point)]: value });
  const report = (id: string, items: readonly object[]) => ({
    dataId: `AAX${String(number++).padStart(9, '0')}`,
    devId: id,
    productKey: 'keyjup78v54myhan',
    status: items,
  });
  eachDevice((home, device) => {
    const items = isCommon(home)
      ? [status('switch_1', true, 1), status('cur_power', 612, 19)]
      : [status('switch_1', false, 1), status('cur_power', 0, 19)];
    add(report(deviceId(home, device), items));
  });
  add({ bizCode: 'offline', devId: deviceId(1, 0), productKey: 'keyjup78v54myhan', ts: log.nowMs() });
  add(report(deviceId(0, 0), [status('switch_1', true, 1), status('switch_1', false, 1)]));
  return log.text();
};
